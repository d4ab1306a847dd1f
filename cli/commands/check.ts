/**
 * `muster check`: validates a layout, and shows its nodes and who connects to whom. Opens no port.
 */
import { loadLayout } from '../../layout/load-layout.js';
import { acceptsFrom, connectsTo } from '../../layout/topology.js';
import { formatAddress } from '../address.js';
import { exitCodes } from '../exit-codes.js';
import { printJson, printLine, printWarning } from '../print.js';
import { alignColumns } from '../words.js';

export interface CheckOptions {
  /** Warnings and topology problems count as failure. */
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** @throws {@link MusterError} `MUSTER_LAYOUT_…`, naming every problem. */
export async function check(
  source: string | undefined,
  { strict = false, json = false }: CheckOptions,
): Promise<number> {
  const { layout, file, warnings, problems } = await loadLayout(source, process.env);
  const nodes = Object.entries(layout).map(([name, node]) => ({
    name,
    nodeType: node.nodeType,
    address: formatAddress(node),
    connectsTo: connectsTo(layout, name),
    acceptsFrom: acceptsFrom(layout, name),
  }));

  if (json) {
    printJson({ type: 'check', layout: file ?? null, nodes, warnings, problems });
  } else {
    const rows = nodes.map(({ name, nodeType, address, connectsTo }) => [
      name,
      nodeType,
      address ?? '-',
      connectsTo.length > 0 ? `→ ${connectsTo.join(', ')}` : '',
    ]);
    for (const line of alignColumns(rows)) printLine(line.join('  ').trimEnd());
    for (const warning of warnings) printWarning(warning);
    for (const { message } of problems) printWarning(`topology: ${message}`);
    printLine(summary(file, nodes.length, warnings.length, problems.length));
  }
  return strict && warnings.length + problems.length > 0 ? exitCodes.failed : exitCodes.ok;
}

function summary(file: string | undefined, nodes: number, warnings: number, problems: number): string {
  const found = [
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
    ...(problems > 0 ? [`${count(problems, 'topology problem')}: "muster up" will not start it`] : []),
  ];
  return `${file ?? 'the layout'} is valid: ${count(nodes, 'node')}, ${found.join(', ') || 'no warnings'}`;
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}
