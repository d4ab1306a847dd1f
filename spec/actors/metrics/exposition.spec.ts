/**
 * What `/metrics` says is what the formats allow, and what happened.
 */
import test from 'ava';
import { families } from '../../../actors/metrics/families.js';
import { createRegistry } from '../../../actors/metrics/registry.js';
import type { ClusterNode, LayoutDefinition, NodeDefinition } from '../../../index.js';
import { readExposition, sampled } from '../../helpers/exposition.js';
import { measuredCluster } from '../../helpers/measured-cluster.js';
import { NodeProcess } from '../../helpers/node-process.js';

/** A topic and an event as nasty as labels can get. */
const hostile = 'a"b\\c\nd{e}=,# é🦓';

test('both formats say what has happened', async (t) => {
  const { cluster, scrape } = await measuredCluster(t, ['manager', 'logger-1', 'worker-1']);
  let handled = 0;
  const listening = {
    setup: (node: ClusterNode) => {
      node.on(hostile, () => {
        handled += 1;
        cluster.changed();
        if (handled % 10 === 0) throw new Error('every tenth');
      });
    },
  };
  const nodes = await cluster.startAll({ manager: listening });
  const { node: worker } = nodes['worker-1'] as { node: ClusterNode };
  const { node: manager } = nodes.manager as { node: ClusterNode };
  await Promise.all([manager.subscribe(hostile), manager.subscribe('fan'), nodes['logger-1']?.node.subscribe('fan')]);
  for (let i = 0; i < 3; i++) worker.publish('fan', 'App::fan', i);
  for (let i = 0; i < 200; i++) worker.publish(i < 150 ? hostile : worker.nodeTopic('manager'), hostile, i);
  await cluster.until(() => handled === 200);

  for (const format of ['text', 'openmetrics'] as const) {
    const [at, from] = [await scrape('manager', format), await scrape('worker-1', format)];
    for (const [name, { help, type, samples }] of at) {
      t.true(help !== '' && type !== '', name);
      t.true(
        samples.every(({ labels }) => labels.node === 'manager'),
        name,
      );
    }
    const own = families.map(({ name, type }) =>
      format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name,
    );
    t.deepEqual([...at.keys()].filter((name) => name.startsWith('muster_')).sort(), own.sort());

    t.is(sampled(at, 'muster_handler_runs_total', { event: hostile }), 200);
    t.is(sampled(at, 'muster_handler_errors_total', { event: hostile }), 20);
    // Runs 1, 65, 129 and 193.
    t.is(sampled(at, 'muster_handler_duration_seconds_count', { event: hostile }), 4);
    for (const [families, way] of [
      [at, 'received'],
      [from, 'sent'],
    ] as const) {
      t.is(sampled(families, `muster_topic_events_${way}_total`, { topic: hostile }), 150, way);
      t.is(sampled(families, `muster_topic_events_${way}_total`, { topic: 'zeek/cluster/node/*' }), 50, way);
    }
    // Each counts once for every peer that gets it.
    t.is(sampled(from, 'muster_topic_events_sent_total', { topic: 'fan' }), 6);
    t.is(sampled(at, 'muster_topic_events_received_total', { topic: 'fan' }), 3);
    const fan = sampled(at, 'muster_topic_received_bytes_total', { topic: 'fan' }) as number;
    t.is(sampled(from, 'muster_topic_sent_bytes_total', { topic: 'fan' }), 2 * fan);
    const bytes = sampled(at, 'muster_topic_received_bytes_total', { topic: hostile });
    t.is(sampled(from, 'muster_topic_sent_bytes_total', { topic: hostile }), bytes);
    // Two strings, an array of one number.
    const size = 2 * (Buffer.byteLength(hostile) + 1);
    t.true(bytes !== undefined && bytes >= 150 * (size + 2) && bytes <= 150 * (size + 3), String(bytes));

    const sent = sampled(from, 'muster_peer_events_sent_total', { peer: 'manager' }) as number;
    t.is(sampled(at, 'muster_peer_events_received_total', { peer: 'worker-1' }), sent);
    t.true(sent >= 200);
    t.is(sampled(at, 'muster_peerings', { state: 'up' }), 2);
    t.is(sampled(at, 'muster_peer_up', { peer: 'worker-1' }), 1);
    t.is(sampled(at, 'muster_node_state', { state: 'ready' }), 1);
    t.is(sampled(at, 'muster_node_info', { node_type: 'manager', cluster: 'muster', id: manager.id }), 1);
    t.true((sampled(at, 'process_resident_memory_bytes') as number) > 1e6);
    t.true(at.has('nodejs_eventloop_lag_p99_seconds'));
  }
  t.true((sampled(await scrape('worker-1'), 'muster_peer_acknowledgement_delay_seconds_count') as number) > 0);
});

test('a peer that is killed, a stranger and full buffers are counted', async (t) => {
  const { cluster, scrape } = await measuredCluster(t, ['manager', 'logger-1'], {
    maxBufferedEvents: 16,
    overflow: 'dropNewest',
    resumeInterval: 60_000,
  });
  const { node: manager } = await cluster.start('manager');
  const first = await NodeProcess.start(t, cluster, 'logger-1');
  await cluster.until(() => manager.getActiveNodeCount('logger') === 1);
  await first.kill();
  await cluster.until(() => manager.getActiveNodeCount('logger') === 0);
  for (let i = 0; i < 20; i++) manager.publish(manager.options.loggerTopic, 'App::event', i);
  const away = await scrape('manager');
  const lost = { peer: 'logger-1', reason: 'buffer_full' };
  const before = sampled(away, 'muster_events_lost_total', lost) as number;
  t.true(before >= 4);
  t.is(sampled(away, 'muster_peer_buffer_fill_ratio', { peer: 'logger-1' }), 1);
  t.is(sampled(away, 'muster_peer_unacknowledged_events', { peer: 'logger-1' }), 16);
  t.true((sampled(away, 'muster_peer_queued_bytes', { peer: 'logger-1' }) as number) > 16);
  t.is(sampled(away, 'muster_peer_up', { peer: 'logger-1' }), 0);
  t.is(sampled(away, 'muster_node_state', { state: 'degraded' }), 1);

  // Of another cluster: refused by its peer, which tells the kind.
  const stranger = await NodeProcess.start(t, cluster, 'logger-1', { options: { clusterName: 'another' } });
  await cluster.until(() => stranger.stderr.includes('refused a hello'));
  const refused = sampled(await scrape('logger-1'), 'muster_hellos_refused_total', { reason: 'other_cluster' });
  t.true((refused as number) > 0);
  await stranger.kill();
  // With a type that is not the layout's: its peer is content with the hello that it gets, and refuses the answer.
  const { manager: own, 'logger-1': other } = cluster.layout as Record<string, NodeDefinition>;
  const layout = {
    manager: { ...own, timeMachine: 'logger-1' },
    'logger-1': { ...other, nodeType: 'timeMachine' },
  } as LayoutDefinition;
  const impostor = await NodeProcess.start(t, cluster, 'logger-1', { layout });
  await cluster.until(() => impostor.stderr.includes('says it is a "timeMachine"'));
  const atManager = sampled(await scrape('manager'), 'muster_hellos_refused_total', { reason: 'wrong_node_type' });
  t.true((atManager as number) > 0);
  await impostor.kill();

  await NodeProcess.start(t, cluster, 'logger-1');
  await cluster.until(() => manager.getActiveNodeCount('logger') === 1);
  const back = await scrape('manager');
  t.is(sampled(back, 'muster_peer_reconnects_total', { peer: 'logger-1' }), 1);
  const withIt = sampled(back, 'muster_events_lost_total', { peer: 'logger-1', reason: 'peer_restarted' }) as number;
  t.is(before + withIt, 20, 'each event of the user once; what the framework had for it is no loss');
});

test('stores are told of: entries, mutations, state, and how far a clone is behind', async (t) => {
  const { cluster, scrape } = await measuredCluster(t, ['manager', 'worker-1']);
  const setup = (node: ClusterNode) => void node.createStore('hosts');
  const nodes = await cluster.startAll({ manager: { setup }, 'worker-1': { setup } });
  const stores = await Promise.all(Object.values(nodes).map(({ node }) => node.stores.hosts?.ready));
  for (let i = 0; i < 5; i++) await stores[1]?.put(`key-${i}`, i);
  await stores[1]?.erase('key-0');
  for (const [name, role] of [
    ['manager', 'master'],
    ['worker-1', 'clone'],
  ] as const) {
    const read = await scrape(name);
    t.is(sampled(read, 'muster_store_entries', { store: 'hosts', role }), 4);
    t.true((sampled(read, 'muster_store_bytes', { store: 'hosts', role }) ?? 0) > 20);
    t.is(sampled(read, 'muster_store_mutations_total', { store: 'hosts', role }), 6);
    t.is(sampled(read, 'muster_store_state', { store: 'hosts', role, state: 'live' }), 1);
    t.is(sampled(read, 'muster_store_state', { store: 'hosts', role, state: 'stale' }), 0);
  }
  t.is(sampled(await scrape('manager'), 'muster_store_clone_lag_mutations', { store: 'hosts', peer: 'worker-1' }), 0);
  t.is(sampled(await scrape('worker-1'), 'muster_store_unsettled_mutations', { store: 'hosts' }), 0);
  t.is(sampled(await scrape('worker-1'), 'muster_store_differences_total', { store: 'hosts' }), 0);

  await nodes.manager?.node.leave();
  await cluster.until(() => nodes['worker-1']?.node.getActiveNodeCount('manager') === 0);
  const pending = stores[1]?.put('later', 1);
  pending?.catch(() => {});
  t.is(sampled(await scrape('worker-1'), 'muster_store_unsettled_mutations', { store: 'hosts' }), 1);
});

test('a ping that is answered is a round trip', async (t) => {
  const { cluster, scrape } = await measuredCluster(t, ['manager', 'logger-1'], { unresponsiveInterval: 40 });
  await cluster.startAll();
  let count = 0;
  while (count === 0) count = sampled(await scrape('manager'), 'muster_peer_round_trip_seconds_count') as number;
  const sum = sampled(await scrape('manager'), 'muster_peer_round_trip_seconds_sum') as number;
  t.true(sum > 0 && sum / count < 5);
});

test('a hundred events have labels of their own, and no counter ever falls', async (t) => {
  const { cluster, scrape } = await measuredCluster(t, ['manager']);
  const { node } = await cluster.start('manager');
  const offs = Array.from({ length: 150 }, (_, i) => node.on(`App::event-${i}`, () => {}));
  for (let round = 0; round < 3; round++) for (let i = 0; i < 150; i++) node.raise(`App::event-${i}`);
  const runs = async () => {
    const { samples = [] } = (await scrape('manager')).get('muster_handler_runs_total') ?? {};
    return new Map(samples.map(({ labels, value }) => [labels.event as string, value]));
  };
  const before = await runs();
  t.is(before.size, 101);
  t.true([...before.values()].reduce((sum, count) => sum + count, 0) >= 450);
  for (const off of offs.slice(0, 50)) off();
  node.on('App::event-149', () => {});
  node.raise('App::event-149');
  const after = await runs();
  t.true((after.get('(other)') as number) >= (before.get('(other)') as number) + 50 * 3 + 1);
  for (const off of offs) off();
  const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  t.is(total(await runs()), total(before) + 1);
});

test('handlers that remove themselves are counted, be it that they fail later', async (t) => {
  const { cluster, scrape } = await measuredCluster(t, ['manager']);
  const { node } = await cluster.start('manager');
  const off = node.on('App::once', async () => {
    off();
    await null;
    throw new Error('later');
  });
  const before = sampled(await scrape('manager'), 'muster_handler_runs_total', { event: '(other)' }) ?? 0;
  node.raise('App::once');
  await new Promise(setImmediate);
  const after = await scrape('manager');
  t.is(sampled(after, 'muster_handler_runs_total', { event: '(other)' }), before + 1);
  t.is(sampled(after, 'muster_handler_errors_total', { event: '(other)' }), 1);
  t.is(sampled(after, 'muster_handler_duration_seconds_count', { event: '(other)' }), 1);
});

test('names keep to the conventions', (t) => {
  const registry = createRegistry('text', 'node', families, () => []);
  const names = registry.getMetricsAsArray().map(({ name }) => name);
  t.is(new Set(names).size, names.length);
  for (const { name, type, help, labels } of families) {
    t.regex(name, /^muster_[a-z]+(_[a-z]+)*$/);
    t.is(name.endsWith('_total'), type === 'counter', name);
    if (type === 'histogram') t.regex(name, /_seconds$/);
    t.notRegex(name, /_(ms|milliseconds|kb|percent|count|bucket|sum)(_|$)/);
    t.regex(help, /^[A-Z0-9][^\n"]*[^.]$/);
    for (const label of labels) t.true(/^[a-z_]+$/.test(label) && !['node', 'le', 'quantile'].includes(label), label);
  }
});

test('the reader of the formats refuses what they do not allow', (t) => {
  const good = '# HELP a_total it\n# TYPE a_total counter\na_total{x="1"} 2\n';
  t.is(sampled(readExposition(good, 'text'), 'a_total', { x: '1' }), 2);
  for (const bad of [
    good.trimEnd(),
    `${good}a_total{x="1"} 3\n`,
    `${good}b 1\n`,
    good.replace('"1"', '"1'),
    good.replace('"1"', '"\\x"'),
    good.replace(' 2', ' two'),
    good.replace(' 2', ' -2'),
    good.replace('counter', 'number'),
    `${good}${good}`,
    '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    '# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
  ]) {
    t.throws(() => readExposition(bad, 'text'), undefined, bad);
  }
  t.throws(() => readExposition(`${good}# EOF\n`, 'openmetrics'), { message: /outside its family/ });
  t.throws(() => readExposition(good, 'openmetrics'), { message: /EOF/ });
});

test('log records are counted from writing to keeping', async (t) => {
  const { cluster, scrape } = await measuredCluster(t, ['manager', 'logger-1']);
  const stream = 'Test::LOG';
  const { node: writer } = await cluster.start('manager', {
    setup: (node) => {
      node.createLogStream(stream, { columns: { n: 'count' } });
    },
  });
  for (let n = 0; n < 500; n++) writer.writeLog(stream, { n });
  const before = await scrape('manager', 'text');
  t.is(sampled(before, 'muster_log_records_written_total', { stream }), 500);
  t.is(sampled(before, 'muster_log_records_kept_total', { stream }), 0);
  const own = sampled(before, 'muster_log_records_written_total', { stream: 'Cluster::LOG' });
  t.is(sampled(before, 'muster_log_records_buffered', {}), 500 + (own ?? Number.NaN));

  await cluster.start('logger-1');
  await writer.ready();
  await writer.logStreams[stream]?.flush();
  const after = await scrape('manager', 'text');
  t.is(sampled(after, 'muster_log_records_kept_total', { stream }), 500);
  t.is(sampled(after, 'muster_log_records_lost_total', { stream }), 0);
});
