/**
 * Another layout for a supervisor whose processes are played.
 */
import test from 'ava';
import type { Layout } from '../../layout/types.js';
import { type FakeProcess, layout, listening, report, supervise } from './played-supervisor.js';

const next: Layout = {
  manager: { nodeType: 'manager', ip: '127.0.0.1', port: 27_762, metricsPort: 9_000 },
  'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
  'worker-3': { nodeType: 'worker', ip: '127.0.0.1' },
  'logger-1': { nodeType: 'logger', ip: '127.0.0.1', port: 27_761 },
};
const names = Object.keys(next);
const staying = ['logger-1', 'worker-1'];

/** All that promises have to do, and what follows from that. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function started() {
  const played = supervise();
  played.startAll();
  const messagesTo = (name: string) => played.at(name).told.filter((message) => message.type === 'layout');
  /** Has nodes answer what they were asked last of a layout. */
  const answer = async (problem: string | null = null, of: readonly string[] = staying) => {
    for (const name of of) {
      const number = messagesTo(name).at(-1)?.number ?? 0;
      played.at(name).say({ type: 'layoutTaken', number, problem });
    }
    await settled();
  };
  return { ...played, messagesTo, answer };
}

async function planned(given = started()) {
  const planning = given.supervisor.planReload(next, names);
  await given.answer();
  return { ...given, plan: await planning };
}

const stopOrders = ({ orders }: FakeProcess) => orders.filter((order) => order === 'stop').length;

test('a plan asks those who stay whether they can, and changes nothing', async (t) => {
  const { plan, messagesTo, at, supervisor } = await planned();
  t.like(plan, { started: ['worker-3'], restarted: ['manager'], stopped: ['worker-2'] });
  for (const name of staying) t.like(messagesTo(name), [{ isTrial: true, layout: next }]);
  for (const name of ['manager', 'worker-2']) t.deepEqual([messagesTo(name), stopOrders(at(name))], [[], 0]);
  t.deepEqual(
    supervisor.nodes.map(({ name }) => name),
    ['logger-1', 'manager', 'worker-1', 'worker-2'],
  );
});

test('a node that cannot go on ends the plan; one that does not answer does not', async (t) => {
  const given = started();
  const refused = given.supervisor.planReload(next, names);
  await given.answer('a pool is too small', ['worker-1']);
  await t.throwsAsync(refused, { message: 'worker-1 cannot go on in the new layout: a pool is too small' });

  const silent = given.supervisor.planReload(next, names);
  given.runtime.advance(2_000);
  t.like(await silent, { started: ['worker-3'] });
});

test('first all that stay know the layout, then nodes are stopped, workers first, then others started', async (t) => {
  const { supervisor, plan, at, answer, messagesTo, stateOf, forked, told } = await planned();
  const [manager, worker2] = [at('manager'), at('worker-2')];
  const reloading = supervisor.reload(next, names, plan);
  await settled();
  t.like(messagesTo('logger-1').at(-1), {
    isTrial: false,
    layout: next,
    stopsAfter: ['manager', 'worker-1', 'worker-3'],
  });
  await answer(null, ['logger-1']);
  t.deepEqual([stopOrders(worker2), forked().includes('worker-3')], [0, false]);
  await answer(null, ['worker-1']);
  t.deepEqual([stopOrders(worker2), stopOrders(manager)], [1, 0]);
  worker2.exit(0);
  await settled();
  t.is(stopOrders(manager), 1);
  t.false(forked().includes('worker-3'));
  manager.exit(0);
  await settled();

  // The manager's new process before the worker, as at any start; nobody but them.
  t.not(at('manager'), manager);
  t.like(at('manager').told[0], { type: 'assign', assignment: { layout: next, stopsAfter: ['worker-1', 'worker-3'] } });
  t.true(at('manager').orders.includes('start'));
  t.false(at('worker-3').orders.includes('start'));
  at('manager').say(listening, report('ready'));
  t.true(at('worker-3').orders.includes('start'));
  at('worker-3').say(listening, report('ready'));
  t.deepEqual(await reloading, { failed: {}, late: [] });
  t.deepEqual(
    supervisor.nodes.map(({ name }) => name),
    ['logger-1', 'manager', 'worker-1', 'worker-3'],
  );
  t.is(stateOf('worker-1'), 'ready');
  t.is(supervisor.state, 'running');
  t.is(told('reloading').length, 1);
  t.is(told('reloaded').length, 1);
});

test('a process that is forked later begins with the new layout', async (t) => {
  const { supervisor, plan, at, answer, runtime } = await planned();
  at('worker-1').exit(null, 'SIGKILL');
  void supervisor.reload(next, names, plan);
  await settled();
  await answer(null, ['logger-1']);
  runtime.advance(1_000);
  t.like(at('worker-1').told[0], { type: 'assign', assignment: { layout: next } });
});

test('a node that comes and cannot start is told; the others go on', async (t) => {
  const { supervisor, plan, at, answer, stateOf } = await planned();
  const reloading = supervisor.reload(next, names, plan);
  await settled();
  await answer();
  at('worker-2').exit(0);
  await settled();
  at('manager').exit(0);
  await settled();
  at('manager').say(listening, report('ready'));
  at('worker-3').say({ type: 'failed', code: 'MUSTER_SCRIPT_FAILED', message: 'its script threw' });
  at('worker-3').exit(7);
  t.deepEqual(await reloading, { failed: { 'worker-3': 'its script threw' }, late: [] });
  t.deepEqual([supervisor.state, stateOf('worker-1'), stateOf('worker-3')], ['running', 'ready', 'failed']);

  const again = supervisor.planReload(next, names);
  await answer(null, ['logger-1', 'manager', 'worker-1']);
  t.like(await again, { started: ['worker-3'], restarted: [], stopped: [] });
});

test('who does not answer, or does not listen, is late', async (t) => {
  const { supervisor, plan, at, answer, runtime } = await planned();
  const reloading = supervisor.reload(next, names, plan);
  await settled();
  await answer(null, ['logger-1']);
  runtime.advance(2_000);
  await settled();
  at('worker-2').exit(0);
  await settled();
  at('manager').exit(0);
  await settled();
  runtime.advance(30_000);
  t.deepEqual(await reloading, { failed: {}, late: ['worker-1', 'worker-3', 'manager'] });
});

test('all nodes may be others: the supervisor does not end for that', async (t) => {
  const { supervisor, at } = started();
  const other: Layout = { 'logger-9': { nodeType: 'logger', ip: '127.0.0.1', port: 1 } };
  const plan = await supervisor.planReload(other, ['logger-9']);
  const reloading = supervisor.reload(other, ['logger-9'], plan);
  await settled();
  for (const stage of [['worker-1', 'worker-2'], ['manager'], ['logger-1']]) {
    for (const name of stage) at(name).exit(0);
    await settled();
  }
  t.is(supervisor.state, 'running');
  at('logger-9').say(listening, report('ready'));
  t.deepEqual(await reloading, { failed: {}, late: [] });
  t.is(supervisor.state, 'running');
});

test('a supervisor that is stopped meanwhile starts nobody, and ends', async (t) => {
  const { supervisor, plan, at, answer, forked } = await planned();
  const reloading = supervisor.reload(next, names, plan);
  await settled();
  await answer();
  supervisor.stop('asked to');
  for (const name of ['worker-2', 'worker-1', 'manager', 'logger-1']) {
    at(name).exit(0);
    await settled();
  }
  t.deepEqual(await reloading, { failed: {}, late: ['worker-3', 'manager'] });
  t.false(forked().includes('worker-3'));
  t.deepEqual(await supervisor.ended, { failure: null, killed: [] });
  await t.throwsAsync(supervisor.planReload(layout, []), { message: /being stopped/ });
});
