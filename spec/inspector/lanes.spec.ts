import test from 'ava';
import { standingAt } from '../../inspector/model/instant.js';
import { intervalsOf, type Lane, lanesOf, marksOf } from '../../inspector/model/lanes.js';
import { topologyOf } from '../../inspector/model/topology.js';
import { layout, record, recorded, storeOf } from './recorded.js';

test('a lane for each node, and for the actors of those that are open', async (t) => {
  const { store } = await recorded();
  t.deepEqual(
    lanesOf(store, new Set()).map(({ label }) => label),
    ['simulation', 'manager', 'logger', 'worker-1', 'worker-2'],
  );
  t.deepEqual(
    lanesOf(store, new Set(['worker-2']))
      .map(({ label }) => label)
      .slice(5),
    ['clone hosts', 'peering logger', 'peering manager'].sort(),
  );
});

test('intervals say of each moment what state it was in', async (t) => {
  const { store, at, cluster } = await recorded(async (cluster) => {
    cluster.cut('manager', 'worker-1');
    await cluster.advance(3_000);
    cluster.crash('worker-1');
    await cluster.advance(3_000);
  });
  const span = [at(0), at(cluster.now)] as const;
  for (const actor of store.actors.filter(({ machine }) => machine !== '')) {
    const intervals = intervalsOf(store, actor, span, 0, span[1]);
    t.true(intervals.length > 0);
    for (const { from, to, state } of intervals) {
      if (to <= from) continue;
      const standing = standingAt(store, actor, (from + to) / 2);
      t.is(standing.state, state);
      t.not(standing.mood, 'gone');
    }
    for (const [index, { from }] of intervals.entries()) t.true(index === 0 || from >= (intervals[index - 1]?.to ?? 0));
  }
});

test('never more intervals than there are steps', async (t) => {
  const { store, at, cluster } = await recorded();
  for (const actor of store.actors.filter(({ machine }) => machine !== '')) {
    const step = cluster.now / 10;
    t.true(intervalsOf(store, actor, [at(0), at(cluster.now)], step, at(cluster.now)).length <= 11);
  }
});

test('a fault is a mark of the nodes it is about, and of their peering', async (t) => {
  const { store, at, cluster } = await recorded(async (cluster) => {
    cluster.cut('manager', 'worker-1');
    await cluster.advance(1_000);
  });
  const faults = (holds: (lane: Lane) => boolean) => {
    const lanes = lanesOf(store, new Set(Object.keys(layout))).filter(holds);
    return lanes.map(
      (lane) =>
        marksOf(store, lane, [at(0), at(cluster.now)], 1).filter(({ kind, row }) => {
          const told = row === -1 ? undefined : store.record(row);
          return kind === 'fault' && told?.kind === 'fault' && told.data.fault === 'cut';
        }).length,
    );
  };
  t.deepEqual(
    faults(({ key }) => key === 'node manager' || key === 'node worker-1'),
    [1, 1],
  );
  t.deepEqual(
    faults(({ key }) => key === 'node worker-2'),
    [0],
  );
  t.deepEqual(
    faults(({ key }) => key === 'actor worker-1 peering manager'),
    [1],
  );
  t.deepEqual(
    faults(({ key }) => key === 'actor worker-1 peering logger'),
    [0],
  );
});

test('a node that the layout expects and nobody has seen has its place', (t) => {
  const store = storeOf([
    record({
      node: 'manager',
      kind: 'node',
      data: {
        nodeType: 'manager',
        layout: { manager: 'manager', 'worker-7': 'worker' },
        initiates: [],
        accepts: ['worker-7'],
      },
    }),
  ]);
  const { nodes, edges } = topologyOf(store);
  t.deepEqual(
    nodes.map(({ name, type }) => [name, type]),
    [
      ['manager', 'manager'],
      ['worker-7', 'worker'],
    ],
  );
  t.deepEqual(edges, [{ initiator: 'worker-7', acceptor: 'manager' }]);
});
