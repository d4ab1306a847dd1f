/**
 * Masters: which node is to be asked about a store, from what all nodes say.
 */
import { MusterError } from '../../errors.js';
import type { NodeStores } from '../messages.js';

/**
 * The node that has the master of a store.
 * @throws {@link MusterError} `MUSTER_STORE_UNKNOWN` if nobody has the store, `MUSTER_STORE_UNREACHABLE` if its master is not
 * among these nodes, or may be at one that does not answer.
 */
export function masterOf(store: string, nodes: readonly NodeStores[]): string {
  const reports = nodes.flatMap(({ name: node, stores }) => (stores ?? []).map((report) => ({ node, ...report })));
  const known = reports.filter(({ name }) => name === store);
  const master = known.find((report) => report.master);
  if (master !== undefined) return master.node;
  const silent = nodes.filter(({ stores }) => stores === null).map(({ name }) => name);
  const [clone] = known;
  if (clone !== undefined) {
    const { masterNode } = clone;
    const runs = nodes.some(({ name }) => name === masterNode);
    const why = silent.includes(masterNode) ? 'does not answer' : runs ? 'has not created it' : 'does not run here';
    throw new MusterError(
      'MUSTER_STORE_UNREACHABLE',
      `store ${store}: its master is to be at ${masterNode}, which ${why}`,
    );
  }
  if (silent.length > 0) {
    const who = `${silent.join(' and ')} ${silent.length === 1 ? 'does' : 'do'} not answer`;
    throw new MusterError('MUSTER_STORE_UNREACHABLE', `store ${store}: no node that answers has it; ${who}`);
  }
  const names = [...new Set(reports.map(({ name }) => name))].sort();
  const others = names.length === 0 ? 'it has no stores' : `its stores are ${names.join(', ')}`;
  throw new MusterError('MUSTER_STORE_UNKNOWN', `the cluster has no store ${store}; ${others}`);
}
