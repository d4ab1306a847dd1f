import test from 'ava';
import fc from 'fast-check';
import { createActor } from 'xstate';
import {
  backOff,
  type ChildEmitted,
  type ChildEvent,
  childMachine,
  childPhases,
  phaseOf,
} from '../../machines/child.js';
import { createFakeRuntime } from '../helpers/fake-runtime.js';
import { transitionTable } from '../helpers/transitions.js';
import { childEvents } from './samples.js';

const input = {
  name: 'worker-1',
  firstBackOff: 1_000,
  maxBackOff: 30_000,
  settledAfter: 30_001,
  slowAfter: 10_000,
  stopTimeout: 10_001,
};

/** A child whose process is played by the test. */
function startChild() {
  const clock = createFakeRuntime();
  const actor = createActor(childMachine, { clock, input });
  const told: ChildEmitted[] = [];
  actor.on('*', (event) => told.push(event));
  actor.start();
  return {
    actor,
    clock,
    phase: () => phaseOf(actor.getSnapshot()),
    /** What was told since the last look. */
    news: () => told.splice(0).map(({ type }) => type),
    send: (...types: Exclude<ChildEvent['type'], 'process.exited'>[]) => {
      for (const type of types) actor.send({ type });
    },
    exit: (code: number | null) => actor.send({ type: 'process.exited', code }),
  };
}

/** A child that is ready, as it is once its cluster has started. */
function startedChild() {
  const child = startChild();
  child.send('start', 'process.listening', 'process.ready');
  child.news();
  return child;
}

test('the transition table of a child is as reviewed', (t) => {
  const { slowAfter, settledAfter, stopTimeout } = input;
  const delays = { slowAfter, settledAfter, stopTimeout, backOff: 1_000 };
  // Deaths and restarts without end are left out: they change delays, and nothing else.
  const key = ({ value, context }: { value: unknown; context: { released: boolean; hasListened: boolean } }) =>
    JSON.stringify({ state: value, released: context.released, hasListened: context.hasListened });
  t.snapshot(transitionTable(childMachine.provide({ delays }), input, childEvents, key as never));
});

test('a process is forked at once, and released when it is its turn', (t) => {
  const { send, news, phase } = startChild();
  t.deepEqual(news(), ['process.fork']);
  t.is(phase(), 'loading');
  send('start');
  t.deepEqual(news(), ['process.release']);
  t.is(phase(), 'starting');
  send('process.listening');
  t.is(phase(), 'connecting');
  send('process.ready');
  t.is(phase(), 'ready');
  send('process.degraded');
  t.is(phase(), 'degraded');
});

test('a start that takes long is told once', (t) => {
  const { send, news, clock, phase } = startChild();
  send('start');
  news();
  clock.advance(9_999);
  t.deepEqual(news(), []);
  clock.advance(60_000);
  t.deepEqual(news(), ['start.slow']);
  t.is(phase(), 'starting');
});

test('a node that ends by itself, in peace, is not restarted', (t) => {
  const { exit, phase, clock, news } = startedChild();
  exit(0);
  clock.advance(100_000);
  t.is(phase(), 'left');
  t.deepEqual(news(), []);
});

for (const when of ['loading', 'starting'] as const) {
  test(`a node that dies by its own hand while ${when} for the first time has failed`, (t) => {
    const { send, exit, phase, clock, news } = startChild();
    if (when === 'starting') send('start');
    news();
    exit(7);
    clock.advance(100_000);
    t.is(phase(), 'failed');
    t.deepEqual(news(), []);
  });

  test(`a node that is killed while ${when} gets another process`, (t) => {
    const { send, exit, phase, clock, news } = startChild();
    if (when === 'starting') send('start');
    news();
    exit(null);
    t.is(phase(), 'restarting');
    clock.advance(1_000);
    t.is(phase(), when);
    t.deepEqual(news(), ['restart.due', 'process.fork', ...(when === 'starting' ? ['process.release'] : [])]);
  });
}

test('a turn that comes while the node is dead is not forgotten', (t) => {
  const { send, exit, phase, clock } = startChild();
  exit(null);
  send('start');
  clock.advance(1_000);
  t.is(phase(), 'starting');
});

test('a node that has listened once is restarted, even if it then cannot start', (t) => {
  const { exit, phase, clock } = startedChild();
  exit(1);
  clock.advance(1_000);
  exit(6);
  t.is(phase(), 'restarting');
});

test('the pause before a restart doubles from 1 s to 30 s', (t) => {
  const { actor, exit, clock, phase } = startedChild();
  const pauses: number[] = [];
  for (let death = 0; death < 7; death++) {
    exit(1);
    const diedAt = clock.monotonic();
    while (phase() === 'restarting') clock.advance(100);
    pauses.push(clock.monotonic() - diedAt);
  }
  t.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  t.is(actor.getSnapshot().context.restarts, 7);
  t.is(backOff(1_000, input), 30_000);
});

test('a process that has listened for 30 s makes earlier deaths forgotten, a shorter one does not', (t) => {
  const { actor, exit, clock, send } = startedChild();
  const live = (ms: number) => {
    exit(1);
    clock.advance(30_000);
    send('process.listening', 'process.ready', 'process.degraded');
    clock.advance(ms);
  };
  live(30_000);
  live(30_000);
  t.is(actor.getSnapshot().context.deaths, 2);
  live(30_001);
  t.is(actor.getSnapshot().context.deaths, 0);
});

test('a node that is asked to leave and does has stopped', (t) => {
  const { send, exit, news, phase } = startedChild();
  send('stop');
  t.deepEqual(news(), ['process.ask']);
  t.is(phase(), 'stopping');
  exit(1);
  t.is(phase(), 'stopped');
});

test('a node that does not leave in time is killed', (t) => {
  const { send, exit, clock, news, phase } = startedChild();
  send('stop');
  clock.advance(10_000);
  t.deepEqual(news(), ['process.ask']);
  clock.advance(1);
  t.deepEqual(news(), ['process.kill']);
  exit(null);
  t.is(phase(), 'killed');
});

test('a node that waits for its restart stops at once', (t) => {
  const { send, exit, clock, news, phase } = startedChild();
  exit(null);
  news();
  send('stop');
  clock.advance(100_000);
  t.is(phase(), 'stopped');
  t.deepEqual(news(), []);
});

test('whatever happens, there is at most one process, and none after the end', (t) => {
  const step = fc.oneof(fc.constantFrom(...childEvents), fc.constantFrom(1, 1_000, 10_001, 30_001));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { actor, clock, phase, news } = startChild();
      let processes = 0;
      const look = () => {
        for (const type of news()) {
          if (type === 'process.fork') processes++;
          else if (type.startsWith('process.') && processes !== 1) return false;
        }
        return processes <= 1;
      };
      for (const step of steps) {
        if (!look()) return false;
        if (typeof step === 'number') clock.advance(step);
        else if (actor.getSnapshot().status !== 'active') continue;
        else if (step.type !== 'process.exited') actor.send(step);
        else if (processes === 1) {
          processes--;
          actor.send(step);
        }
      }
      const hasEnded = ['left', 'failed', 'stopped', 'killed'].includes(phase());
      return look() && childPhases.includes(phase()) && (!hasEnded || (processes === 0 && clock.pendingTimers === 0));
    }),
  );
  t.pass();
});
