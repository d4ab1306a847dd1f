import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { clusterLogColumns } from '../../logs/cluster-log.js';
import type { LogRecord } from '../../logs/format.js';
import { type LogFileSetup, openLogFile } from '../../logs/log-file.js';
import { type Runtime, systemRuntime } from '../../runtime.js';
import { createFakeRuntime, type FakeRuntime } from '../helpers/fake-runtime.js';
import { readZeekTsv } from './read-zeek-tsv.js';

process.env.TZ = 'UTC';

const columns = clusterLogColumns;
const message = (text: string): LogRecord => ({ ts: 1_000, node: 'n', message: text });

async function makeDirectory(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-logs-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function startLogFile(t: ExecutionContext, given: Partial<LogFileSetup> = {}) {
  const directory = given.directory ?? (await makeDirectory(t));
  const told: string[] = [];
  const file = await openLogFile({
    directory,
    name: 'cluster',
    format: 'json',
    columns,
    runtime: systemRuntime,
    onError: (text) => told.push(`error: ${text}`),
    onRecovery: (text) => told.push(`recovery: ${text}`),
    ...given,
  });
  t.teardown(() => file.close());
  return { directory, file, told, text: () => readFile(join(directory, 'cluster.log'), 'utf8') };
}

function messagesOf(json: string): string[] {
  return json
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).message);
}

/** Real writes under a manual clock: waits for the one that the clock has set off. */
async function settle(isDone: () => boolean): Promise<void> {
  while (!isDone()) await nextTurn();
}

test('directories and the file are made for their owner only', async (t) => {
  const directory = join(await makeDirectory(t), 'logs', 'worker-1');
  const { file } = await startLogFile(t, { directory });
  t.is((await stat(directory)).mode & 0o777, 0o700);
  t.is((await stat(join(directory, '..'))).mode & 0o777, 0o700);
  t.is((await stat(file.path)).mode & 0o777, 0o600);
});

test('records are in the file at the end of the turn, without flush()', async (t) => {
  const { file, text } = await startLogFile(t);
  file.write(message('a'));
  file.write(message('b\nc'));
  t.is(readFileSync(file.path, 'utf8'), '');
  await settle(() => file.stats.written === 2);
  t.deepEqual(messagesOf(await text()), ['a', 'b\nc']);
  t.is(file.stats.pendingBytes, 0);
});

test('a record is written as it was, whatever becomes of it later', async (t) => {
  const { file, text } = await startLogFile(t);
  const record = { ts: 0, node: 'n', message: 'before' };
  file.write(record);
  record.message = 'after';
  await file.flush();
  t.deepEqual(messagesOf(await text()), ['before']);
});

test('10,000 records over many turns and flushes keep their order', async (t) => {
  const { file, text, told } = await startLogFile(t);
  for (let i = 0; i < 10_000; i++) {
    file.write(message(String(i)));
    if (i % 501 === 0) await nextTurn();
    if (i % 777 === 0) void file.flush();
  }
  t.true(await file.flush());
  t.deepEqual(
    messagesOf(await text()),
    Array.from({ length: 10_000 }, (_, i) => String(i)),
  );
  t.like(file.stats, { written: 10_000, lost: 0, failures: 0, pendingBytes: 0 });
  t.deepEqual(told, []);
});

test('flush() waits for what was written before it, not for what goes on', async (t) => {
  const { file } = await startLogFile(t);
  let isBusy = true;
  const busy = (async () => {
    while (isBusy) {
      file.write(message('more'));
      await nextTurn();
    }
  })();
  t.true(await file.flush());
  isBusy = false;
  await busy;
});

test('flush() waits for what came while a write was in flight, whenever that was', async (t) => {
  const { file } = await startLogFile(t);
  for (let i = 0; i < 200; i++) {
    file.write(message('sets off a write'));
    for (let turn = 0; turn < i % 10; turn++) await nextTurn();
    file.write(message('meets it'));
    t.true(await file.flush());
    t.is(file.stats.written, 2 * (i + 1));
  }
});

test('a TSV file has a header and an end, and a restarted node goes on in it', async (t) => {
  const { directory, file, text } = await startLogFile(t, {
    format: 'tsv',
    runtime: createFakeRuntime({ now: Date.UTC(2026, 10, 21, 10, 0, 0) }),
  });
  file.write(message('first\tlife'));
  await file.close();
  const first = await text();
  t.regex(first, /^#separator \\x09\n[\s\S]*#open\t2026-11-21-10-00-00\n[\s\S]*#close\t2026-11-21-10-00-00\n$/);
  t.like(file.stats, { written: 1, lost: 0 });

  const again = await startLogFile(t, { directory, format: 'tsv' });
  again.file.write(message('second life'));
  await again.file.close();
  t.true((await text()).startsWith(`${first}#separator`));
  t.deepEqual(
    readZeekTsv(await text()).records.map((record) => record.message),
    ['first\tlife', 'second life'],
  );
});

test('a line that was torn is ended before anything else is written', async (t) => {
  const directory = await makeDirectory(t);
  await writeFile(join(directory, 'cluster.log'), '{"ts":1.000000,"node":"n","message":"whole"}\n{"ts":1.00');
  const { file, text } = await startLogFile(t, { directory });
  file.write(message('next'));
  await file.flush();
  const lines = (await text()).split('\n');
  t.is(lines[1], '{"ts":1.00');
  t.is(JSON.parse(lines[2] as string).message, 'next');

  await writeFile(join(directory, 'zeek.log'), '#fields\tts\n1.0');
  const tsv = await startLogFile(t, { directory, name: 'zeek', format: 'tsv' });
  await tsv.file.flush();
  t.true((await readFile(tsv.file.path, 'utf8')).startsWith('#fields\tts\n1.0\n#separator'));
});

test('a file of another format is set aside, under a name that is free', async (t) => {
  const directory = await makeDirectory(t);
  const runtime = createFakeRuntime({ now: Date.UTC(2026, 10, 21, 10, 0, 0) });
  const write = async (format: 'json' | 'tsv', text: string): Promise<void> => {
    const { file } = await startLogFile(t, { directory, format, runtime });
    file.write(message(text));
    await file.close();
  };
  await write('json', 'one');
  await write('tsv', 'two');
  await write('json', 'three');
  await write('json', 'four');
  t.deepEqual((await readdir(directory)).sort(), [
    'cluster.2026-11-21-10-00-00-2.log',
    'cluster.2026-11-21-10-00-00.log',
    'cluster.log',
  ]);
  t.deepEqual(messagesOf(await readFile(join(directory, 'cluster.log'), 'utf8')), ['three', 'four']);
  t.deepEqual(messagesOf(await readFile(join(directory, 'cluster.2026-11-21-10-00-00.log'), 'utf8')), ['one']);
});

test('close() is safe twice, flushes, and what comes after it is lost and counted', async (t) => {
  const { file, text } = await startLogFile(t);
  file.write(message('last'));
  await Promise.all([file.close(), file.close()]);
  await file.close();
  file.write(message('too late'));
  t.deepEqual(messagesOf(await text()), ['last']);
  t.like(file.stats, { written: 1, lost: 1 });
  t.true(await file.flush());
});

test('a directory that cannot be made is told once; later writes go on once it can', async (t) => {
  const root = await makeDirectory(t);
  await writeFile(join(root, 'logs'), 'a file where a directory should be');
  const runtime = createFakeRuntime();
  const { file, told } = await startLogFile(t, { directory: join(root, 'logs', 'n'), runtime });
  file.write(message('a'));
  t.false(await file.flush());
  file.write(message('b'));
  t.false(await file.flush());
  t.is(told.length, 1);
  t.regex(told[0] ?? '', /^error: cannot write .*cluster\.log: ENOTDIR/);
  t.is(runtime.pendingTimers, 1);

  await unlink(join(root, 'logs'));
  runtime.advance(1_000);
  await settle(() => file.stats.written === 2);
  t.deepEqual(messagesOf(await readFile(file.path, 'utf8')), ['a', 'b']);
  t.regex(told[1] ?? '', /^recovery: .*attempts that failed: 3, records lost: 0$/);
  t.is(told.length, 2);
  t.is(runtime.pendingTimers, 0);
});

/** A log whose disk is full until `free()`. */
async function startOnFullDisk(t: ExecutionContext, given: Partial<LogFileSetup> & { runtime: Runtime }) {
  const directory = await makeDirectory(t);
  const path = join(directory, 'cluster.log');
  await symlink('/dev/full', path);
  return { ...(await startLogFile(t, { directory, ...given })), free: () => unlink(path) };
}

test('while the disk is full, records wait and it is tried once a second; each burst is told once', async (t) => {
  const runtime = createFakeRuntime();
  const { file, told, text, free } = await startOnFullDisk(t, { runtime });
  t.deepEqual(told, []);
  for (let second = 1; second <= 3; second++) {
    for (let i = 0; i < 100; i++) {
      file.write(message(`${second}.${i}`));
      runtime.flush();
      await settle(() => file.stats.failures >= second);
      await nextTurn();
    }
    t.is(file.stats.failures, second);
    runtime.advance(1_000);
    await settle(() => file.stats.failures > second);
  }
  t.is(told.length, 1);
  t.regex(told[0] ?? '', /ENOSPC/);
  t.like(file.stats, { written: 0, lost: 0 });
  await free();
  t.true(await file.flush());
  t.is(messagesOf(await text()).length, 300);
  t.is(messagesOf(await text())[0], '1.0');
  t.regex(told[1] ?? '', /^recovery/);

  await rename(file.path, `${file.path}.old`);
  await symlink('/dev/full', file.path);
  file.write(message('again'));
  t.false(await file.flush());
  t.is(told.length, 3);
});

test('beyond the bound records are lost, told once and counted; the ones before are kept', async (t) => {
  const runtime = createFakeRuntime();
  const { file, told, text, free } = await startOnFullDisk(t, { runtime, maxPendingBytes: 1_000 });
  for (let i = 0; i < 100; i++) file.write(message(String(i)));
  t.is(told.length, 1);
  t.regex(told[0] ?? '', /1000 bytes of records wait to be written; further ones are lost/);
  t.true(file.stats.pendingBytes <= 1_000);
  t.false(await file.flush());
  await free();
  t.true(await file.flush());
  const kept = messagesOf(await text());
  t.is(kept.length + file.stats.lost, 100);
  t.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, i) => String(i)),
  );
  t.regex(told.at(-1) ?? '', new RegExp(`records lost: ${file.stats.lost}$`));
  file.write(message('room again'));
  t.true(await file.flush());
});

test('closing on a full disk counts what is lost, says so, and leaves no timer', async (t) => {
  const runtime: FakeRuntime = createFakeRuntime();
  const { file, told } = await startOnFullDisk(t, { runtime });
  file.write(message('a'));
  file.write(message('b'));
  await file.close();
  t.like(file.stats, { written: 0, lost: 2, pendingBytes: 0 });
  t.regex(told.at(-1) ?? '', /could not be written and are lost: 2$/);
  t.is(runtime.pendingTimers, 0);
});

test('a file or directory that is removed or renamed under the node is made anew', async (t) => {
  const { directory, file, told, text } = await startLogFile(t, { format: 'tsv' });
  file.write(message('one'));
  await file.flush();
  await rename(file.path, join(directory, 'cluster.old'));
  file.write(message('two'));
  t.true(await file.flush());
  t.deepEqual(
    readZeekTsv(await text()).records.map((record) => record.message),
    ['two'],
  );
  await rm(directory, { recursive: true });
  file.write(message('three'));
  t.true(await file.flush());
  t.deepEqual(
    readZeekTsv(await text()).records.map((record) => record.message),
    ['three'],
  );
  t.deepEqual(told, []);
});

test('a record that cannot be shown as text is left out, counted and told once', async (t) => {
  const { file, told, text } = await startLogFile(t);
  const hostile = { ts: 1, node: 'n', message: Object.create(null) };
  t.notThrows(() => file.write(hostile));
  t.notThrows(() => file.write(hostile));
  file.write(message('fine'));
  await file.flush();
  t.deepEqual(messagesOf(await text()), ['fine']);
  t.is(file.stats.lost, 2);
  t.is(told.length, 1);
});

/** A process that is stopped in the middle of a line by the size a file may have. */
async function startFullProcess(t: ExecutionContext) {
  const directory = await makeDirectory(t);
  const script = fileURLToPath(new URL('./writes-until-full.js', import.meta.url));
  const child = spawn('prlimit', ['--fsize=10000:', process.execPath, script, directory], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child, 'message');
  const path = join(directory, 'cluster.log');
  t.false((await readFile(path, 'utf8')).endsWith('\n'));
  const end = async (): Promise<void> => {
    child.send('flush');
    await once(child, 'exit');
  };
  return { child, path, end };
}

const hundred = Array.from({ length: 100 }, (_, i) => `record ${i} ${'x'.repeat(100)}`);

test('a line that was torn because there was no room is completed in its place', async (t) => {
  const { child, path, end } = await startFullProcess(t);
  spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
  await end();
  t.deepEqual(messagesOf(await readFile(path, 'utf8')), hundred);
});

test('a line that was torn in a file that is gone begins anew in the next one', async (t) => {
  const { path, end } = await startFullProcess(t);
  await rename(path, `${path}.old`);
  await end();
  const old = await readFile(`${path}.old`, 'utf8');
  const kept = messagesOf(old.slice(0, old.lastIndexOf('\n') + 1));
  t.deepEqual([...kept, ...messagesOf(await readFile(path, 'utf8'))], hundred);
});

test('what a path of the file cannot be is an error in words, not an exception', async (t) => {
  const directory = await makeDirectory(t);
  await mkdir(join(directory, 'cluster.log'));
  const { told } = await startLogFile(t, { directory });
  t.regex(told[0] ?? '', /EISDIR/);
});

test('SIGKILL tears nothing that was flushed, and the next life goes on behind it', async (t) => {
  const directory = await makeDirectory(t);
  const child = fork(new URL('./writes-until-killed.js', import.meta.url), [directory]);
  let flushed = 0;
  child.on('message', (i: number) => {
    flushed = i;
    if (i >= 20_000) child.kill('SIGKILL');
  });
  await once(child, 'exit');
  t.true(flushed >= 20_000);

  const { file, text } = await startLogFile(t, { directory });
  file.write(message('next life'));
  await file.close();
  const lines = (await text()).split('\n').slice(0, -1);
  t.is(JSON.parse(lines.pop() as string).message, 'next life');
  t.true(lines.length > flushed);
  for (const [i, line] of lines.slice(0, flushed + 1).entries()) {
    if (!line.includes(`"record ${i} x`)) t.fail(`line ${i} is ${line}`);
  }
  const torn = lines.filter((line) => !line.endsWith('x"}'));
  t.true(torn.length <= 1);
});
