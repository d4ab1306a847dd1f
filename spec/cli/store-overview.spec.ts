import test from 'ava';
import type { StoreReport } from '../../actors/stores/report.js';
import { compare } from '../../cli/stores/compare.js';
import { masterOf } from '../../cli/stores/masters.js';
import { type StoreOverview, storesIn } from '../../cli/stores/overview.js';
import type { StoreState } from '../../stores/backend.js';

const contents = (given: Partial<StoreState> = {}): StoreState => ({
  epoch: 'e1',
  sequence: 5,
  digest: 255,
  size: 2,
  bytes: 20,
  ...given,
});

const report = (given: Partial<StoreReport> = {}): StoreReport => ({
  name: 's',
  masterNode: 'manager',
  master: false,
  backend: 'memory',
  state: 'live',
  problem: null,
  differences: 0,
  contents: contents(),
  ...given,
});

const master = (given: Partial<StoreReport> = {}) => ({
  name: 'manager',
  stores: [report({ master: true, ...given })],
});
const clone = (name: string, given: Partial<StoreReport> = {}) => ({ name, stores: [report(given)] });
const overview = (...nodes: Parameters<typeof storesIn>[0]) => storesIn(nodes)[0] as StoreOverview;
const verdicts = (store: StoreOverview, before?: ReturnType<typeof compare>) =>
  compare(store, before).replicas.map(({ verdict }) => verdict);

test('the nodes are seen store by store, the master first', (t) => {
  const stores = storesIn([
    clone('worker-1'),
    { name: 'manager', stores: [report({ name: 'z', master: true, contents: null }), report({ master: true })] },
    { name: 'silent', stores: null },
  ]);
  t.deepEqual(
    stores.map(({ name, size, replicas }) => [name, size, replicas.map(({ node }) => node)]),
    [
      ['s', 2, ['manager', 'worker-1']],
      ['z', null, ['manager']],
    ],
  );
  t.is(stores[0]?.replicas[0]?.digest, '00000000000ff');
});

test('replicas are equal, behind, or after the same mutations not the same', (t) => {
  t.deepEqual(verdicts(overview(master(), clone('a'), clone('b', { state: 'waiting' }))), ['equal', 'equal', 'equal']);
  t.deepEqual(verdicts(overview(master(), clone('a', { contents: contents({ digest: 1 }) }))), ['equal', 'differs']);
  t.deepEqual(verdicts(overview(master(), clone('a', { contents: contents({ size: 3 }) }))), ['equal', 'differs']);
  t.deepEqual(verdicts(overview(master(), clone('a', { contents: contents({ sequence: 4, digest: 1 }) }))), [
    'equal',
    'behind',
  ]);
  t.deepEqual(verdicts(overview(master(), clone('a', { contents: contents({ epoch: 'e0' }) }))), ['equal', 'behind']);
  t.deepEqual(verdicts(overview(master(), clone('a', { contents: null }))), ['equal', 'behind']);
  t.deepEqual(verdicts(overview(master({ state: 'failed', contents: null }), clone('a'))), ['failed', 'behind']);
  t.deepEqual(verdicts(overview(clone('a'), clone('b', { contents: contents({ sequence: 4 }) }))), ['equal', 'behind']);
});

test('a replica that has come to where the master was keeps up with it', (t) => {
  const at = (sequence: number) => ({ contents: contents({ sequence, digest: sequence }) });
  const first = compare(overview(master(at(10)), clone('a', at(8))));
  t.deepEqual([first.verdict, first.isOpen], ['behind', true]);
  const later = compare(overview(master(at(20)), clone('a', at(12))), first);
  t.deepEqual([later.verdict, later.isOpen], ['following', true]);
  t.deepEqual(verdicts(overview(master(at(30)), clone('a', at(30))), later), ['equal', 'equal']);
});

test('the master is found, or said where it should be', (t) => {
  const nodes = [clone('worker-1'), master()];
  t.is(masterOf('s', nodes), 'manager');
  const failed = (code: string, message: RegExp) => ({ code, message });
  t.throws(() => masterOf('x', nodes), failed('MUSTER_STORE_UNKNOWN', /no store x; its stores are s$/));
  t.throws(() => masterOf('x', []), failed('MUSTER_STORE_UNKNOWN', /it has no stores$/));
  t.throws(
    () => masterOf('s', [clone('worker-1')]),
    failed('MUSTER_STORE_UNREACHABLE', /at manager, which does not run here$/),
  );
  const other = [clone('worker-1'), master({ name: 'x' })];
  t.throws(() => masterOf('s', other), failed('MUSTER_STORE_UNREACHABLE', /at manager, which has not created it$/));
  const silent = { name: 'manager', stores: null };
  t.throws(
    () => masterOf('s', [clone('worker-1'), silent]),
    failed('MUSTER_STORE_UNREACHABLE', /which does not answer$/),
  );
  t.throws(() => masterOf('s', [silent]), failed('MUSTER_STORE_UNREACHABLE', /manager does not answer$/));
});
