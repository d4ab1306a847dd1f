import test from 'ava';
import { createFakeRuntime } from './fake-runtime.js';

test('timers fire when they are due, in order, each at its own time', (t) => {
  const runtime = createFakeRuntime({ now: 1_000 });
  const fired: [string, number][] = [];
  const fire = (name: string) => () => fired.push([name, runtime.monotonic()]);
  runtime.setTimeout(fire('second'), 20);
  runtime.setTimeout(fire('first'), 10);
  runtime.setTimeout(fire('third, with the second'), 20);
  runtime.setTimeout(fire('never'), 31);
  runtime.advance(30);
  t.deepEqual(fired, [
    ['first', 10],
    ['second', 20],
    ['third, with the second', 20],
  ]);
  t.is(runtime.now(), 1_030);
  t.is(runtime.pendingTimers, 1);
});

test('a timer armed on the way fires within the same advance, as often as it is due', (t) => {
  const runtime = createFakeRuntime();
  let ticks = 0;
  const tick = (): void => {
    ticks++;
    runtime.setTimeout(tick, 500);
  };
  runtime.setTimeout(tick, 500);
  runtime.advance(2_500);
  t.is(ticks, 5);
});

test('a timer that is cleared does not fire', (t) => {
  const runtime = createFakeRuntime();
  runtime.clearTimeout(runtime.setTimeout(() => t.fail(), 10));
  runtime.advance(10);
  t.is(runtime.pendingTimers, 0);
});

test('the end of a turn comes before the next timer, and with flush()', (t) => {
  const runtime = createFakeRuntime();
  const ran: string[] = [];
  runtime.setTimeout(() => {
    runtime.endOfTurn(() => ran.push('end of the first'));
    ran.push('first');
  }, 10);
  runtime.setTimeout(() => ran.push('second'), 10);
  runtime.advance(10);
  t.deepEqual(ran, ['first', 'end of the first', 'second']);
  runtime.endOfTurn(() => runtime.endOfTurn(() => ran.push('added')));
  runtime.flush();
  t.is(ran.at(-1), 'added');
});

test('random bytes are the same for the same seed', (t) => {
  const bytesOf = (seed: number) => createFakeRuntime({ seed }).randomBytes(16);
  t.deepEqual(bytesOf(7), bytesOf(7));
  t.notDeepEqual(bytesOf(7), bytesOf(8));
});
