/**
 * The parts of control by themselves: questions, watches, what is told of options, and what a process tells of itself.
 */
import test from 'ava';
import { withoutSecrets } from '../../../actors/control/answers.js';
import { ProcessVitals } from '../../../actors/control/host.js';
import type { Sample } from '../../../actors/control/messages.js';
import { Questions } from '../../../actors/control/questions.js';
import { Watches } from '../../../actors/control/watches.js';
import type { Router, Tap } from '../../../actors/router.js';
import { systemRuntime } from '../../../runtime.js';
import { createFakeRuntime } from '../../helpers/fake-runtime.js';

test('a question is settled once, and only by the node that was asked', async (t) => {
  const runtime = createFakeRuntime();
  const questions = new Questions(runtime);
  const ids: string[] = [];
  const asked = questions.ask('manager', 1_000, (id) => ids.push(id));
  const [id = ''] = ids;
  t.regex(id, /^[0-9a-f]{16}$/);
  t.false(questions.answered('worker-1', id, 'forged'));
  t.false(questions.answered('manager', 'other', 'forged'));
  t.true(questions.answered('manager', id, 'yes'));
  t.false(questions.answered('manager', id, 'again'));
  t.is(await asked, 'yes');
  t.is(runtime.pendingTimers, 0);
});

test('a question that cannot be sent is settled at once', async (t) => {
  const runtime = createFakeRuntime();
  const thrown = new TypeError('args[0] cannot be sent');
  const asked = new Questions(runtime).ask('manager', 1_000, () => {
    throw thrown;
  });
  t.is(await asked, thrown);
  t.is(runtime.pendingTimers, 0);
});

test('a router has a tap only while somebody watches', (t) => {
  const runtime = createFakeRuntime();
  const router: { tap: Tap | undefined } = { tap: undefined };
  const watches = new Watches(runtime, router as Router);
  const samples: Sample[] = [];
  const take = (sample: Sample) => samples.push(sample) > 0;
  t.is(router.tap, undefined);
  watches.watch('control-1 a', 'x', 1_000, take);
  watches.watch('control-2 b', 'x', 60_000, take);
  router.tap?.('x/y', 'App::e', [1], 10);
  runtime.advance(2_000);
  t.deepEqual(
    samples.map(({ events }) => events.length),
    [1, 1],
  );
  router.tap?.('x/y', 'App::e', [1], 10);
  runtime.advance(300);
  t.is(samples.length, 3);
  watches.end('control-2 ');
  t.is(router.tap, undefined);
  t.is(runtime.pendingTimers, 0);
});

test('samples that find no room are counted, and told with the next', (t) => {
  const runtime = createFakeRuntime();
  const router: { tap: Tap | undefined } = { tap: undefined };
  const watches = new Watches(runtime, router as Router);
  const samples: Sample[] = [];
  let hasRoom = false;
  watches.watch('w', '', 60_000, (sample) => hasRoom && samples.push(sample) > 0);
  for (let i = 0; i < 30; i++) router.tap?.('x', 'App::e', [i], 10);
  runtime.advance(300);
  hasRoom = true;
  router.tap?.('x', 'App::e', [30], 10);
  runtime.advance(300);
  t.is(samples.length, 1);
  t.deepEqual([samples[0]?.events[0]?.args, samples[0]?.skipped], [[30], 30]);
});

test('there is an end to the number of watches', (t) => {
  const watches = new Watches(createFakeRuntime(), { tap: undefined } as Router);
  const taken = Array.from({ length: 20 }, (_, i) => watches.watch(`control-1 ${i}`, '', 1_000, () => true));
  t.is(taken.filter(Boolean).length, 16);
});

test('options are told without functions, and without secrets, at any depth', (t) => {
  const shown = withoutSecrets({
    retryInterval: 5,
    logPolicy: () => true,
    curveSecretKey: 'x',
    metricsPassword: 'x',
    none: undefined,
    stores: { hosts: { authToken: 'x', hook() {}, backend: 'lmdb' } },
    broadcastTopics: ['a'],
  });
  t.deepEqual(shown, { retryInterval: 5, stores: { hosts: { backend: 'lmdb' } }, broadcastTopics: ['a'] });
});

test('a process tells what it takes; the delay of its event loop from the second time on', async (t) => {
  const vitals = new ProcessVitals(systemRuntime);
  t.teardown(() => vitals.close());
  const first = vitals.read();
  t.deepEqual([first.pid, first.loopDelay], [process.pid, { mean: 0, max: 0 }]);
  t.true(first.cpu > 0 && first.memory.rss > first.memory.heapUsed && first.memory.heapUsed > 0);
  let { loopDelay, cpu } = first;
  // It is sampled now and then: from the first sample after each look on, this is seen.
  while (loopDelay.max <= 100) {
    await new Promise((resolve) => setTimeout(resolve, 120));
    const until = performance.now() + 200;
    while (performance.now() < until); // Nothing else runs meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 60));
    ({ loopDelay, cpu } = vitals.read());
  }
  t.true(loopDelay.max < 60_000, `${loopDelay.max} ms`);
  t.true(loopDelay.mean > 0 && loopDelay.mean <= loopDelay.max);
  t.true(cpu > first.cpu);
  // A process that has nothing to do is on time, once it gets its turn: what was late before counts no more.
  let last = loopDelay;
  while (last.mean === 0 || last.mean > 40 || last.max > 100) {
    await new Promise((resolve) => setTimeout(resolve, 120));
    last = vitals.read().loopDelay;
  }
});
