/**
 * Assignment: which nodes of a layout belong to which pool, as Zeek's `pools.zeek` distributes them.
 * Every node computes the same from the same layout and specs: pools in the order of their topics, nodes in that of their
 * names; exclusive pools take the first ones, the others share the rest in turn, each from where the last one stopped.
 */
import { MusterError } from '../../errors.js';
import { type PoolNodeType, type PoolSpec, poolNodeTypes } from '../../layout/pool-spec.js';
import type { Layout, NodeType } from '../../layout/types.js';

/**
 * @returns the names of each pool's nodes, in order.
 * @throws {@link MusterError} `MUSTER_POOL_TOO_FEW_NODES` if exclusive pools need more nodes of a type than there are.
 */
export function assignNodes(
  specs: readonly PoolSpec[],
  layout: Layout,
  managerIsLogger: boolean,
): Map<PoolSpec, readonly string[]> {
  const sorted = specs.toSorted((a, b) => Buffer.compare(Buffer.from(a.topic), Buffer.from(b.topic)));
  const assigned = new Map<PoolSpec, readonly string[]>();
  for (const nodeType of poolNodeTypes) {
    const eligible = eligibleNodes(layout, nodeType, managerIsLogger);
    const ofType = sorted.filter((spec) => spec.nodeType === nodeType);
    const exclusive = ofType.filter((spec) => spec.exclusive === true);
    requireEnough(exclusive, eligible, nodeType);
    for (const spec of exclusive) assigned.set(spec, eligible.splice(0, spec.maxNodes));
    let next = 0;
    for (const spec of ofType) {
      if (spec.exclusive === true) continue;
      const size = Math.min(spec.maxNodes ?? eligible.length, eligible.length);
      const names = Array.from({ length: size }, (_, i) => eligible[(next + i) % eligible.length] as string);
      assigned.set(spec, names);
      next = eligible.length === 0 ? 0 : (next + size) % eligible.length;
    }
  }
  return assigned;
}

/** Sorted by name. The manager counts as a logger if it keeps the logs, for there is no other. */
function eligibleNodes(layout: Layout, nodeType: PoolNodeType, managerIsLogger: boolean): string[] {
  const nodes = namesOf(layout, nodeType);
  if (nodeType !== 'logger' || nodes.length > 0 || !managerIsLogger) return nodes;
  return namesOf(layout, 'manager').slice(0, 1);
}

function namesOf(layout: Layout, nodeType: NodeType): string[] {
  const names = Object.keys(layout).filter((name) => layout[name]?.nodeType === nodeType);
  return names.sort();
}

function requireEnough(exclusive: readonly PoolSpec[], eligible: readonly string[], nodeType: PoolNodeType): void {
  const needed = exclusive.reduce((sum, { maxNodes = 0 }) => sum + maxNodes, 0);
  if (needed <= eligible.length) return;
  const pools = exclusive.map(({ topic, maxNodes }) => `${topic} ${maxNodes}`).join(', ');
  throw new MusterError(
    'MUSTER_POOL_TOO_FEW_NODES',
    `exclusive pools need ${needed} nodes of type ${nodeType} (${pools}), and the layout has ${eligible.length}: ` +
      'add nodes, or lower maxNodes',
  );
}
