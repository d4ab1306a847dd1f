/**
 * `muster charts`: prints the state charts of Muster's own machines. Runs nothing.
 */
import { type ChartName, chartNames, charts } from '../../machines/charts.js';
import { mermaidOf } from '../../machines/mermaid.js';
import { statesOf } from '../../machines/states.js';
import { transitionsOf } from '../../machines/transitions.js';
import { exitCodes } from '../exit-codes.js';
import { printJson, printLine } from '../print.js';

export { chartNames };

export function isChart(name: string): name is ChartName {
  return (chartNames as readonly string[]).includes(name);
}

/** Of all machines if none is named: as Mermaid, each after a comment that names it; or as data. */
export async function printCharts(names: readonly ChartName[], { json = false }: { json?: boolean }): Promise<number> {
  for (const [place, name] of (names.length > 0 ? names : chartNames).entries()) {
    const { machine, purpose } = charts[name];
    if (json) {
      printJson({ type: 'chart', name, purpose, states: statesOf(machine), transitions: transitionsOf(machine) });
    } else {
      if (place > 0) printLine('');
      printLine(`%% ${name}: ${purpose}\n${mermaidOf(machine)}`);
    }
  }
  return exitCodes.ok;
}
