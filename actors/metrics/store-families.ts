/**
 * Store families: how the stores of a node are.
 */
import type { StoreReport } from '../stores/report.js';
import { type Family, oneOf, type Sample } from './family.js';

const states: readonly StoreReport['state'][] = ['opening', 'failed', 'waiting', 'syncing', 'live', 'stale'];

export const storeFamilies: readonly Family[] = [
  {
    name: 'muster_store_state',
    help: '1 for the state in which the replica of this node is, 0 for the others',
    type: 'gauge',
    labels: ['store', 'role', 'state'],
    read: ({ stores }) => stores.reports.flatMap((report) => oneOf(states, report.state, labelsOf(report))),
  },
  ofContents('muster_store_entries', 'gauge', 'Entries of the replica of this node', ({ size }) => size),
  ofContents(
    'muster_store_bytes',
    'gauge',
    'Bytes of the entries of the replica of this node as they are written, keys included',
    ({ bytes }) => bytes,
  ),
  ofContents(
    'muster_store_mutations_total',
    'counter',
    'Mutations that the replica of this node shows; falls when it gets a copy of another history',
    ({ sequence }) => sequence,
  ),
  {
    name: 'muster_store_clone_lag_mutations',
    help: 'Mutations of a master at this node that were not sent yet to the clone at the peer',
    type: 'gauge',
    labels: ['store', 'peer'],
    read: ({ stores }) =>
      stores.lags.map(({ store, clone, mutations }) => ({ labels: { store, peer: clone }, value: mutations })),
  },
  {
    name: 'muster_store_unsettled_mutations',
    help: 'Mutations asked for at this node of whose outcome its clone has not heard yet',
    type: 'gauge',
    labels: ['store'],
    read: ({ stores }) => stores.unsettled.map(({ store, mutations }) => ({ labels: { store }, value: mutations })),
  },
  {
    name: 'muster_store_differences_total',
    help: 'How often the clone of this node differed from its master and was fetched anew',
    type: 'counter',
    labels: ['store'],
    read: ({ stores }) =>
      stores.reports
        .filter(({ master }) => !master)
        .map(({ name, differences }) => ({ labels: { store: name }, value: differences })),
  },
];

function ofContents(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: (contents: NonNullable<StoreReport['contents']>) => number,
): Family {
  return {
    name,
    help,
    type,
    labels: ['store', 'role'],
    read: ({ stores }) =>
      stores.reports.map((report): Sample => {
        return { labels: labelsOf(report), value: report.contents === null ? 0 : value(report.contents) };
      }),
  };
}

function labelsOf({ name, master }: StoreReport): { readonly store: string; readonly role: string } {
  return { store: name, role: master ? 'master' : 'clone' };
}
