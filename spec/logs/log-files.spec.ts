/**
 * Kept logs on the files of this machine.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { systemFiles } from '../../logs/files.js';
import { KeptLog, type KeptLogSetup } from '../../logs/kept-log.js';
import { systemRuntime } from '../../runtime.js';
import { guard } from '../helpers/node-process-guard.js';

const columns = [{ name: 'n', type: 'count' }] as const;

async function makeDirectory(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-logs-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function openLog(t: ExecutionContext, directory: string, given: Partial<KeptLogSetup> = {}) {
  const told: string[] = [];
  const log = new KeptLog({
    files: systemFiles,
    directory,
    path: 'numbers',
    node: 'logger-1',
    format: 'json',
    rotation: { interval: undefined, size: undefined, isCompressed: false, expiry: undefined },
    isSynced: false,
    runtime: systemRuntime,
    onError: (message) => told.push(message),
    onRecovery: (message) => told.push(message),
    ...given,
  });
  t.teardown(() => log.close());
  /** Resolves once a batch with this record is kept. */
  const keep = (n: number) =>
    new Promise<void>((resolve) => {
      const stream = { id: 'Numbers::LOG', columns };
      log.keep({ writer: 'a_1', number: n, settled: 0, stream, first: n, stride: 1, rows: [[n]] }, resolve);
    });
  return { log, told, keep };
}

function numbersIn(text: string | Buffer): number[] {
  const lines = text.toString().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line).n);
}

const numbersOf = async (...path: string[]) => numbersIn(await readFile(join(...path)));

test('directories and files are made for their owner only', async (t) => {
  const directory = join(await makeDirectory(t), 'logs', 'logger-1');
  const { keep } = openLog(t, directory, { isSynced: true });
  await keep(1);
  t.is((await stat(directory)).mode & 0o777, 0o700);
  for (const name of await readdir(directory)) t.is((await stat(join(directory, name))).mode & 0o777, 0o600, name);
});

test('a file or directory that is removed or renamed under the logger is made anew', async (t) => {
  const directory = join(await makeDirectory(t), 'logs');
  const { log, keep, told } = openLog(t, directory);
  await keep(1);
  await rename(join(directory, 'numbers.log'), join(directory, 'moved'));
  await keep(1);
  await keep(2);
  t.deepEqual(await numbersOf(directory, 'moved'), [1]);
  t.deepEqual(await numbersOf(directory, 'numbers.log'), [2]);
  await rm(directory, { recursive: true });
  await keep(3);
  t.deepEqual(await numbersOf(directory, 'numbers.log'), [3]);
  t.deepEqual(told, []);
  await log.close();
  const next = openLog(t, directory);
  await next.keep(3);
  await next.keep(2);
  t.deepEqual(await numbersOf(directory, 'numbers.log'), [3], 'batches of files that are gone stay seen');
});

test('data without a journal is set aside, and the log begins anew', async (t) => {
  const directory = await makeDirectory(t);
  const first = openLog(t, directory);
  await first.keep(1);
  await first.log.close();
  for (const name of await readdir(directory)) if (name.endsWith('.batches')) await rm(join(directory, name));
  const second = openLog(t, directory);
  await second.keep(2);
  const aside = (await readdir(directory)).filter((name) => /^numbers\.[\d-]+\.logger-1\.log$/.test(name));
  t.deepEqual(await numbersOf(directory, aside[0] as string), [1]);
  t.deepEqual(await numbersOf(directory, 'numbers.log'), [2]);
});

test('rotated files are compressed, and removed with their journals when they are old', async (t) => {
  const directory = await makeDirectory(t);
  const rotation = { interval: undefined, size: 1, isCompressed: true, expiry: 60_000 };
  const { log, keep, told } = openLog(t, directory, { rotation });
  const compressed = async () => (await readdir(directory)).filter((name) => name.endsWith('.log.gz')).sort();
  for (const n of [1, 2, 3]) {
    await keep(n);
    await log.idle();
    while ((await compressed()).length < n) await new Promise(setImmediate);
  }
  const files = await compressed();
  const contents = await Promise.all(
    files.map(async (name) => numbersIn(gunzipSync(await readFile(join(directory, name))))),
  );
  t.deepEqual(contents.flat().sort(), [1, 2, 3]);
  const old = join(directory, files[contents.findIndex(([n]) => n === 1)] as string);
  await utimes(old, 1, 1);
  await keep(4);
  while ((await compressed()).some((name) => old.endsWith(name))) await new Promise(setImmediate);
  const stem = old.slice(directory.length + 1).replace('.log.gz', '');
  const isJournal = (name: string) => name.startsWith(`${stem}.`) && name.endsWith('.batches');
  while ((await readdir(directory)).some(isJournal)) await new Promise(setImmediate);
  t.deepEqual(told, []);
});

test('what cannot be a file is an error in words, and nothing is acknowledged', async (t) => {
  const directory = await makeDirectory(t);
  await mkdir(join(directory, 'numbers.log', 'x'), { recursive: true });
  await mkdir(join(directory, 'numbers.journal.tmp'));
  const { log, keep, told } = openLog(t, directory);
  let isKept = false;
  void keep(1).then(() => {
    isKept = true;
  });
  while (told.length === 0) await new Promise(setImmediate);
  t.regex(told[0] ?? '', /cannot write .*numbers\.log: .*EISDIR/);
  await log.close();
  t.false(isKept);
});

test('where there is no room any more it waits, and goes on when there is', async (t) => {
  const stateDir = await makeDirectory(t);
  const script = fileURLToPath(new URL('./keeps-until-full.js', import.meta.url));
  const child = spawn('prlimit', ['--fsize=10000:', process.execPath, script, stateDir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  guard(child);
  t.teardown(() => child.kill('SIGKILL'));
  let told = '';
  child.stderr.on('data', (text) => {
    told += text;
  });
  while (!told.includes('records wait')) await once(child.stderr, 'data');
  t.regex(told, /cannot write .*full\.log: EFBIG/);
  spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
  const [code] = await once(child, 'exit');
  t.is(code, 0);
  t.regex(told, /full\.log is written again/);
  t.deepEqual(
    await numbersOf(stateDir, 'logs', 'none', 'full.log'),
    Array.from({ length: 300 }, (_, i) => i + 1),
  );
});
