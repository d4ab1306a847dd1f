/**
 * Overview: what the nodes of a cluster say of their stores, by store.
 */
import type { StoreReport } from '../../actors/stores/report.js';
import type { NodeStores } from '../messages.js';

/** A store at one node. */
export interface Replica {
  readonly node: string;
  readonly role: 'master' | 'clone';
  readonly state: StoreReport['state'];
  readonly problem: string | null;
  readonly differences: number;
  /** Null, with all that follows: it has nothing yet. */
  readonly epoch: string | null;
  readonly sequence: number | null;
  readonly size: number | null;
  /** 13 hexadecimal digits. */
  readonly digest: string | null;
}

export interface StoreOverview {
  readonly name: string;
  readonly backend: StoreReport['backend'];
  readonly masterNode: string;
  /** Of the master; without it, of a clone. */
  readonly size: number | null;
  /** The master first. */
  readonly replicas: readonly Replica[];
}

/** In the order of their names. */
export function storesIn(nodes: readonly NodeStores[]): StoreOverview[] {
  const reports = nodes.flatMap(({ name: node, stores }) => (stores ?? []).map((report) => ({ node, report })));
  const names = [...new Set(reports.map(({ report }) => report.name))].sort();
  return names.map((name) => {
    const own = reports.filter(({ report }) => report.name === name);
    const sorted = [...own.filter(({ report }) => report.master), ...own.filter(({ report }) => !report.master)];
    const [{ report: first }] = sorted as [(typeof sorted)[number]];
    const replicas = sorted.map(({ node, report }) => replicaOf(node, report));
    const { backend, masterNode } = first;
    return { name, backend, masterNode, size: first.contents?.size ?? null, replicas };
  });
}

/** A digest, or any whole number below 2^52, as people compare it. */
export function showDigest(digest: number): string {
  return digest.toString(16).padStart(13, '0');
}

function replicaOf(node: string, { master, state, problem, differences, contents }: StoreReport): Replica {
  return {
    node,
    role: master ? 'master' : 'clone',
    state,
    problem,
    differences,
    epoch: contents?.epoch ?? null,
    sequence: contents?.sequence ?? null,
    size: contents?.size ?? null,
    digest: contents === null ? null : showDigest(contents.digest),
  };
}
