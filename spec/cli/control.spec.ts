/**
 * Commands that work through the supervisor, or as a control node of the layout: with nodes that are well, that hang, and
 * that die.
 */
import test from 'ava';
import { freePorts } from '../helpers/ports.js';
import { ask, ControlledCluster, linesOf, type Said } from './control-workbench.js';
import { place } from './workbench.js';

const names = ['logger-1', 'manager', 'worker-1', 'worker-2'];
const date = { $date: '1970-01-01T00:00:00.000Z' };

function managerIn(table: Said['said'][number]): Said['said'][number] {
  return table?.nodes.find(({ name }: { name: string }) => name === 'manager');
}

test('nodes are asked as a control node of the layout; two commands take one each, a third is told who has them', async (t) => {
  const cluster = await ControlledCluster.start(t);
  const events = cluster.follow('events', '--follow', '--topic', 'zeek/cluster/manager', '--timeout', '20000');
  await events.until(({ out }) => out.length > 0);
  const [seen] = linesOf(events.out);
  t.like(seen, { type: 'event', node: 'worker-1', topic: 'zeek/cluster/manager', event: 'App::tick' });
  t.deepEqual(seen.args[1], date);

  const top = cluster.follow('top', '--interval', '300', '--timeout', '10000');
  // On a busy machine one or the other table comes without the manager.
  await top.until(({ out }) => managerIn(linesOf(out.slice(1)).at(-1))?.eventsIn > 5);
  const table = linesOf(top.out).at(-1);
  const { via, absent } = table;
  t.is(via, 'control-2');
  const manager = managerIn(table);
  t.true(manager.memory > 1e7 && manager.cpu > 0, JSON.stringify(manager));
  t.true(manager.loopDelay.max >= manager.loopDelay.mean);
  // Neither of the two has a port.
  t.regex(absent['worker-1'].message, /worker-1 shares no peering with control-2/);

  const third = await cluster.byControl('peers');
  t.is(third.code, 13);
  t.is(third.said[0].code, 'MUSTER_CONTROL_NOT_FREE');
  t.regex(third.said[0].message, /control-1: control-1 cannot listen: .*port/);
  t.regex(third.said[0].message, /control-2: manager refuses .* taken by a node that is up \(control-2_/);
  for (const command of [top, events]) command.kill('SIGINT');
  t.deepEqual(await Promise.all([top.ended, events.ended]), [0, 0]);

  // In a process of its own, which has to end by itself although it has been a node.
  const called = cluster.follow('call', 'worker-2', 'greet', '-1', 'two', '{"$date":0}', '--timeout', '20000');
  t.is(await called.ended, 0);
  t.deepEqual(linesOf(called.out), [
    { type: 'called', node: 'worker-2', name: 'greet', answer: { node: 'worker-2', args: [-1, 'two', date] } },
  ]);
  const published = await cluster.byControl('publish', 'zeek/cluster/worker', 'App::note', '[1]');
  t.deepEqual(published.said[0].nodes.sort(), ['worker-1', 'worker-2']);
  await cluster.up.untilLine(/worker-1.*note \[\[1\]\] from control-1/);
  for (const [args, code, pattern] of [
    [['call', 'worker-1', 'throws'], 1, /^worker-1: no luck$/],
    [['call', 'worker-9', 'greet'], 12, /worker-9 is no node of the layout/],
    [['call', 'worker-1', 'never', '--timeout', '4000'], 12, /worker-1 has not answered within/],
    [['publish', 'x', 'Cluster::node_up', 'x'], 1, /only the framework publishes it/],
  ] as const) {
    const refused = await cluster.byControl(...args);
    t.is(refused.code, code, args.join(' '));
    t.regex(refused.said.at(-1).message, pattern);
  }
  const restarted = await cluster.byControl('restart', 'worker-2');
  t.is(restarted.code, 0, JSON.stringify(restarted));
  t.like(restarted.said[0], { type: 'restarted', node: 'worker-2' });

  const status = await cluster.byControl('status');
  t.is(status.code, 0, JSON.stringify(status));
  t.deepEqual(
    status.said[0].nodes.map((node: { name: string }) => node.name),
    names,
  );
  const stopped = await cluster.byControl('stop');
  t.is(stopped.code, 0);
  t.deepEqual([...stopped.said[0].nodes].sort(), names);
  t.is(stopped.said[0].nodes.at(-1), 'logger-1');
  t.is(await cluster.up.ended, 0);
  const unexpected = cluster.up.events.filter(({ type }) => type === 'lost' || type === 'died');
  t.deepEqual(
    unexpected.map((event) => event.type === 'died' && event.name),
    ['worker-2'],
  );
});

test('nodes are asked through the supervisor; one that hangs, and one that dies meanwhile, are named in time', async (t) => {
  const cluster = await ControlledCluster.start(t);
  const levels = await cluster.bySupervisor('log-level', 'error', 'worker-1');
  t.deepEqual(levels.said, [{ type: 'level', node: 'worker-1', level: 'error' }]);
  const history = await cluster.aside('history', 'worker-1');
  t.is(history.code, 0);
  const [{ transitions }] = history.said;
  t.true(transitions.some(({ machine, to }: { machine: string; to: string }) => machine === 'node' && to === 'ready'));
  const events = await cluster.aside('events', '--timeout', '3000');
  t.like(events.said[0], { type: 'event', node: 'worker-1', event: 'App::tick' });
  const published = await cluster.bySupervisor('publish', 'zeek/cluster/worker', 'App::note', '{"$bigint":"1"}');
  t.deepEqual(published.said[0].nodes.sort(), ['worker-1', 'worker-2']);

  cluster.signal('worker-2', 'SIGSTOP');
  const began = performance.now();
  const called = cluster.bySupervisor('call', 'worker-1', 'never');
  const peers = await cluster.bySupervisor('peers', '--timeout', '2000');
  t.is(peers.code, 12);
  t.deepEqual(peers.said.map(({ type, node }) => [type, node]).sort(), [
    ['absent', 'worker-2'],
    ...['logger-1', 'manager', 'worker-1'].map((name) => ['peers', name]),
  ]);
  t.regex(peers.said.at(-1).message, /worker-2 has not answered within \d+ ms/);
  cluster.signal('worker-1', 'SIGKILL');
  const { code, said } = await called;
  t.is(code, 12);
  t.regex(said[0].message, /worker-1 went down before it answered/);
  t.true(performance.now() - began < 15_000);

  const stopped = cluster.pidOf('worker-2');
  const restarted = await cluster.bySupervisor('restart', 'worker-2');
  t.is(restarted.code, 0, JSON.stringify(restarted));
  t.not(cluster.pidOf('worker-2'), stopped);

  // The supervisor itself may hang, too.
  cluster.up.kill('SIGSTOP');
  const unheard = await cluster.bySupervisor('peers', '--timeout', '500');
  cluster.up.kill('SIGCONT');
  t.is(unheard.code, 1);
  t.regex(unheard.said[0].message, /the supervisor of .* does not answer/);
});

test('without a supervisor, and without a control node in the layout, there is no way', async (t) => {
  const [port = 0] = await freePorts(1);
  const { layout } = place(t, [], { manager: { nodeType: 'manager', ip: '127.0.0.1', port } });
  for (const args of [
    ['peers', '--layout', layout],
    ['status', layout],
  ]) {
    const { code, said } = await ask(args);
    t.is(code, 3, args[0]);
    t.is(said[0].code, 'MUSTER_SUPERVISOR_ABSENT');
  }
});
