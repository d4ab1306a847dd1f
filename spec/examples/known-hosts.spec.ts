import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { emptyDirectory, Muster, run } from '../cli/workbench.js';

const pathOf = (file: string) => resolve('examples/known-hosts', file);

/** Runs the example to its end. @returns what the manager printed. */
async function runExample(t: ExecutionContext, stateDir: string, ...args: readonly string[]): Promise<string[]> {
  const flags = ['--load', pathOf('known-hosts.ts'), '--state-dir', stateDir, '--json', '--', ...args];
  const up = new Muster(t, ['up', pathOf('cluster-layout.ts'), ...flags]);
  t.is(await up.ended, 0, up.err.join('\n'));
  return up.events.flatMap((event) => (event.type === 'output' && event.name === 'manager' ? [event.line] : []));
}

test('the first run finds all hosts, the second knows them, the third finds only what is new', async (t) => {
  const stateDir = emptyDirectory(t);
  const first = await runExample(t, stateDir);
  t.is(first[0], 'run 1 begins: 0 hosts are known');
  t.regex(first[1] ?? '', /^new host 10\.30\.0\.1, seen first by worker-[123]$/);
  t.deepEqual(first.slice(6), ['… and 55 more new hosts', '1000 connections: 60 new hosts, 60 known now']);

  t.deepEqual(await runExample(t, stateDir), [
    'run 2 begins: 60 hosts are known',
    '1000 connections: 0 new hosts, 60 known now',
  ]);

  const input = join(stateDir, 'conn.log');
  const record = { 'id.orig_h': '2001:db8::1', 'id.resp_h': '192.0.2.1', 'id.resp_p': 53 };
  writeFileSync(input, `${JSON.stringify(record)}\n`.repeat(6));
  const third = await runExample(t, stateDir, '--input', input);
  t.regex(third[1] ?? '', /^new host 2001:db8::1, seen first by worker-[123]$/);
  t.deepEqual(third.slice(2), ['6 connections: 1 new host, 61 known now']);

  const exported = await run(t, ['store', 'export', 'known_hosts', '--state-dir', stateDir]);
  t.is(exported.out.split('\n').length, 61);
  t.regex(exported.out, /^\{"key":"2001:db8::1","value":\{"run":3,"by":"worker-[123]"\},"expiry":\d+\}$/m);
});
