import test from 'ava';
import { createRateLimit, otherKeys } from '../../logs/rate-limit.js';
import { createFakeRuntime } from '../helpers/fake-runtime.js';

function startRateLimit(maxKeys?: number) {
  const runtime = createFakeRuntime();
  const told: string[] = [];
  const limit = createRateLimit({
    runtime,
    interval: 1_000,
    ...(maxKeys === undefined ? {} : { maxKeys }),
    report: (key, message, suppressed) => told.push(`${key}: ${message} +${suppressed}`),
  });
  return { runtime, limit, told };
}

test('the first of a burst goes out at once, and no timer is armed for it', (t) => {
  const { runtime, limit, told } = startRateLimit();
  limit.tell('garbage', 'a');
  t.deepEqual(told, ['garbage: a +0']);
  t.is(runtime.pendingTimers, 0);
});

test('further ones are counted, and told in one line at the end of the interval', (t) => {
  const { runtime, limit, told } = startRateLimit();
  for (const message of ['a', 'b', 'c', 'd']) {
    limit.tell('garbage', message);
    runtime.advance(100);
  }
  t.is(runtime.pendingTimers, 1);
  runtime.advance(599);
  t.is(told.length, 1);
  runtime.advance(1);
  t.deepEqual(told, ['garbage: a +0', 'garbage: d +3']);
  t.is(runtime.pendingTimers, 0);
});

test('what a forgotten key had counted is not told any more, and it is no less quiet for that', (t) => {
  const { runtime, limit, told } = startRateLimit();
  for (const message of ['a', 'b']) limit.tell('attempt', message);
  limit.forget('attempt');
  limit.forget('never told');
  t.is(runtime.pendingTimers, 0);
  limit.tell('attempt', 'c');
  t.deepEqual(told, ['attempt: a +0']);
  runtime.advance(1_000);
  t.deepEqual(told, ['attempt: a +0', 'attempt: c +1']);
  limit.forget('attempt');
  runtime.advance(1_000);
  limit.tell('attempt', 'd');
  t.deepEqual(told.slice(2), ['attempt: d +0']);
});

test('a burst without end is one line per interval, and every message is counted', (t) => {
  const { runtime, limit, told } = startRateLimit();
  for (let i = 0; i < 10_000; i++) {
    limit.tell('garbage', String(i));
    runtime.advance(1);
  }
  t.is(told.length, 11);
  const suppressed = told.map((line) => Number(line.split('+')[1]));
  t.is(suppressed.filter((count) => count === 0).length, 1);
  t.is(
    suppressed.reduce((sum, count) => sum + count, 1),
    10_000,
  );
});

test('after a quiet interval a message goes out at once again', (t) => {
  const { runtime, limit, told } = startRateLimit();
  limit.tell('garbage', 'a');
  runtime.advance(999);
  limit.tell('garbage', 'b');
  runtime.advance(1);
  t.deepEqual(told, ['garbage: a +0', 'garbage: b +1']);
  runtime.advance(1_000);
  limit.tell('garbage', 'c');
  t.deepEqual(told.slice(2), ['garbage: c +0']);
});

test('keys do not hold up one another', (t) => {
  const { limit, told } = startRateLimit();
  limit.tell('a', 'x');
  limit.tell('b', 'x');
  t.deepEqual(told, ['a: x +0', 'b: x +0']);
});

test('a flood of keys shares one bucket, until those before it are over', (t) => {
  const { runtime, limit, told } = startRateLimit(2);
  for (let i = 0; i < 1_000; i++) limit.tell(`key-${i}`, 'x');
  t.deepEqual(told, ['key-0: x +0', 'key-1: x +0', `${otherKeys}: x +0`]);
  t.is(runtime.pendingTimers, 1);
  runtime.advance(1_000);
  t.deepEqual(told.slice(3), [`${otherKeys}: x +997`]);
  limit.tell('key-5', 'y');
  t.is(told.at(-1), 'key-5: y +0');
});

test('a key that went on is not what keeps an older one in its room', (t) => {
  const { runtime, limit, told } = startRateLimit(2);
  limit.tell('a', 'x');
  limit.tell('a', 'x');
  runtime.advance(500);
  limit.tell('b', 'x');
  runtime.advance(1_000);
  limit.tell('c', 'x');
  t.deepEqual(told, ['a: x +0', 'b: x +0', 'a: x +1', 'c: x +0']);
});

test('close() tells what is counted, ends the timers, and nothing follows', (t) => {
  const { runtime, limit, told } = startRateLimit();
  limit.tell('garbage', 'a');
  limit.tell('garbage', 'b');
  limit.close();
  limit.close();
  limit.tell('garbage', 'c');
  runtime.advance(10_000);
  t.deepEqual(told, ['garbage: a +0', 'garbage: b +1']);
  t.is(runtime.pendingTimers, 0);
});
