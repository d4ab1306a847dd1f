import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import type { ClusterLogRecord } from '../../layout/options.js';
import { type ClusterLog, createClusterLog } from '../../logs/cluster-log.js';
import type { LogRecord } from '../../logs/format.js';
import { createFakeRuntime } from '../helpers/fake-runtime.js';

function startClusterLog(policy?: (record: ClusterLogRecord, log: ClusterLog) => unknown) {
  const runtime = createFakeRuntime({ now: 1_000 });
  const written: LogRecord[] = [];
  const errors: string[] = [];
  const log: ClusterLog = createClusterLog({
    node: 'worker-1',
    logFile: { write: (record) => written.push(record) },
    policy: policy && ((record) => policy(record, log)),
    runtime,
    diagnostics: { error: (message) => errors.push(message) },
  });
  return { log, runtime, written, errors };
}

test('a record has the time, the node and the message, newlines and all', (t) => {
  const { log, runtime, written } = startClusterLog();
  log.log('node down: proxy-1');
  runtime.advance(0.5);
  log.log('one\ntwo');
  t.deepEqual(written, [
    { ts: 1_000, node: 'worker-1', message: 'node down: proxy-1' },
    { ts: 1_000.5, node: 'worker-1', message: 'one\ntwo' },
  ]);
});

test('the policy leaves out a record by false, and by nothing else', (t) => {
  const verdicts: Record<string, unknown> = { a: false, b: undefined, c: 0, d: true, e: null };
  const { log, written } = startClusterLog(({ message }) => verdicts[message]);
  for (const message of Object.keys(verdicts)) log.log(message);
  t.deepEqual(
    written.map(({ message }) => message),
    ['b', 'c', 'd', 'e'],
  );
});

test('a policy that throws lets records pass, and is told once', (t) => {
  const { log, written, errors } = startClusterLog(() => {
    throw new Error('no such thing');
  });
  log.log('a');
  log.log('b');
  t.is(written.length, 2);
  t.is(errors.length, 1);
  t.regex(errors[0] ?? '', /logPolicy threw.*no such thing/);
});

test('a policy that rejects ends nothing, and is told once', async (t) => {
  const { log, written, errors } = startClusterLog(async () => {
    throw new Error('later');
  });
  log.log('a');
  log.log('b');
  await nextTurn();
  t.is(written.length, 2);
  t.is(errors.length, 1);
});

test('a policy cannot change a record', (t) => {
  const { log, written, errors } = startClusterLog((record) => {
    (record as { message: string }).message = 'forged';
  });
  log.log('a');
  t.is(written[0]?.message, 'a');
  t.is(errors.length, 1);
});

test('a policy that logs is not asked about that', (t) => {
  const { log, written } = startClusterLog((record, itself) => {
    itself.log(`asked about ${record.message}`);
    return false;
  });
  log.log('a');
  t.deepEqual(
    written.map(({ message }) => message),
    ['asked about a'],
  );
});
