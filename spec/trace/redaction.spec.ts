import test from 'ava';
import { simulateCluster, type TraceRecord } from '../../testing/index.js';

const layout = { manager: { nodeType: 'manager', ip: '127.0.0.1', port: 5_001 } } as const;

test('a hook of the user decides what a trace may tell; what it throws at is told to nobody', async (t) => {
  const records: TraceRecord[] = [];
  const cluster = await simulateCluster({
    layout,
    trace: (record) => records.push(record),
    options: {
      redactTrace: (record) => {
        if (record.kind === 'raised' && record.data.event === 'App::secret') return undefined;
        if (record.kind === 'raised' && record.data.event === 'App::odd') throw new Error('odd');
        return { ...record, wall: 0 };
      },
    },
  });
  const node = cluster.node('manager');
  for (const event of ['App::secret', 'App::odd', 'App::plain']) node.raise(event);
  const events = records.flatMap((record) => (record.kind === 'raised' ? [record.data.event] : []));
  t.true(events.includes('App::plain'));
  t.false(events.some((event) => event === 'App::secret' || event === 'App::odd'));
  t.true(records.filter(({ node }) => node === 'manager').every(({ wall }) => wall === 0));
  t.is(cluster.lines.filter(({ kind, message }) => kind === 'error' && message.includes('redactTrace')).length, 1);
});
