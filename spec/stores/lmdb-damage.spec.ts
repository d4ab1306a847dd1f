import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rename, rm, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { openLmdbBackend } from '../../stores/lmdb/open.js';
import { contentOf, makeDirectory, openLmdb, Scribe } from './workbench.js';

const run = promisify(execFile);
const entries = 2_000;

/** A store that was closed. */
async function closedStore(t: ExecutionContext) {
  const path = join(await makeDirectory(t), 'store');
  const backend = await openLmdb(t, { path });
  const changes = Array.from({ length: entries }, (_, key) => ({ key, value: `value ${key} ${'x'.repeat(60)}` }));
  await backend.write(new Scribe().batch(changes));
  await backend.close();
  return { path, data: join(path, 'data.mdb'), manifest: join(path, 'manifest.json') };
}

type Store = Awaited<ReturnType<typeof closedStore>>;

async function overwrite(path: string, at: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

const garbage = (size: number) => Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 3)) & 0xff);

/** Anywhere in an entry that is in use. */
async function flipBitOfAnEntry({ data }: Store): Promise<void> {
  const at = (await readFile(data)).lastIndexOf(`value ${entries - 1} `);
  await overwrite(data, at, Buffer.from('w'));
}

const damages: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'no data file': ({ data }) => unlink(data),
  '0 bytes': ({ data }) => truncate(data, 0),
  'less than two pages': ({ data }) => truncate(data, 5_000),
  'two pages left': ({ data }) => truncate(data, 8_192),
  'half of it left': async ({ data }) => truncate(data, (await readFile(data)).length / 2),
  'a text file': ({ data }) => writeFile(data, 'Hello. '.repeat(5_000)),
  'zeroes only': ({ data }) => writeFile(data, Buffer.alloc(65_536)),
  'zeroed first pages': ({ data }) => overwrite(data, 0, Buffer.alloc(8_192)),
  'garbage after the magic': ({ data }) => overwrite(data, 32, garbage(8_000)),
  'zeroed pages': async ({ data }) => overwrite(data, 8_192, Buffer.alloc((await readFile(data)).length - 8_192)),
  'garbage pages': async ({ data }) => overwrite(data, 8_192, garbage((await readFile(data)).length - 8_192)),
  'a flipped bit': flipBitOfAnEntry,
  'an empty manifest': ({ manifest }) => truncate(manifest, 0),
  'a manifest of garbage': ({ manifest }) => writeFile(manifest, garbage(500)),
};

for (const [name, damage] of Object.entries(damages)) {
  test(`damaged: ${name}: refused in words, or kept under another name`, async (t) => {
    const store = await closedStore(t);
    await damage(store);
    const { path } = store;
    const before = await Promise.all([store.data, store.manifest].map((file) => readFile(file).catch(() => undefined)));
    const error = await t.throwsAsync(openLmdbBackend({ path }), { code: 'MUSTER_STORE_DAMAGED' });
    t.true(error.message.startsWith(path), error.message);
    t.true(error.message.includes('Restore a backup'), error.message);

    const warnings: string[] = [];
    const backend = await openLmdb(t, { path, failureMode: 'delete', warn: (warning) => warnings.push(warning) });
    t.is(warnings.length, 1);
    t.is(backend.state, undefined);
    t.deepEqual(contentOf(backend), []);
    const kept = [store.data, store.manifest].map((file) => readFile(`${file}.damaged-1`).catch(() => undefined));
    t.deepEqual(await Promise.all(kept), before);
    await backend.write(new Scribe().batch([{ key: 'a', value: 1 }]));
    t.is(backend.read('a'), 1);
  });
}

test('what is damaged twice is kept twice', async (t) => {
  const { path, data } = await closedStore(t);
  for (const number of [1, 2]) {
    await truncate(data, 0);
    const backend = await openLmdbBackend({ path, failureMode: 'delete' });
    await backend.close();
    t.true((await readdir(path)).includes(`data.mdb.damaged-${number}`));
  }
});

test('another database, another format and a newer version are refused, and never moved', async (t) => {
  const { path, manifest } = await closedStore(t);
  const text = await readFile(manifest, 'utf8');
  const refused: [text: string | undefined, message: RegExp][] = [
    [undefined, /no manifest beside it/],
    [text.replace('"version":1', '"version":2'), /version 2 of the format; this Muster knows version 1/],
    [text.replace('muster-store', 'other'), /format "other", not a store/],
  ];
  for (const [given, message] of refused) {
    if (given === undefined) await unlink(manifest);
    else await writeFile(manifest, given);
    const files = await readdir(path);
    const opening = openLmdbBackend({ path, failureMode: 'delete' });
    await t.throwsAsync(opening, { code: 'MUSTER_STORE_OPEN_FAILED', message });
    t.deepEqual(await readdir(path), files);
  }
  await writeFile(manifest, text);
  t.is((await openLmdb(t, { path })).state?.size, entries);
});

test('an integrity check finds what has changed without a trace, and a read never gives it out', async (t) => {
  const store = await closedStore(t);
  await flipBitOfAnEntry(store);
  const { modified } = JSON.parse(await readFile(store.manifest, 'utf8')).data;
  await utimes(store.data, modified / 1_000, modified / 1_000);
  const manifest = JSON.parse(await readFile(store.manifest, 'utf8'));
  const file = await open(store.data);
  manifest.data.modified = (await file.stat()).mtimeMs;
  await file.close();
  await writeFile(store.manifest, JSON.stringify(manifest));

  const damaged = { code: 'MUSTER_STORE_DAMAGED', message: /key 1999 is not what was written/ };
  await t.throwsAsync(openLmdbBackend({ path: store.path, integrityCheck: true }), damaged);
  const backend = await openLmdb(t, { path: store.path });
  t.throws(() => backend.get(entries - 1), damaged);
  t.throws(() => backend.read(entries - 1), damaged);
  t.throws(() => contentOf(backend), damaged);
  t.is(backend.read(0), `value 0 ${'x'.repeat(60)}`);
});

test('a store that began to be made, and no more, is a new one', async (t) => {
  const { path, data, manifest } = await closedStore(t);
  await rm(data);
  await writeFile(manifest, '{"format":"muster-store","version":1,"state":"new","durability":"flushed"}');
  const backend = await openLmdb(t, { path });
  t.is(backend.state, undefined);
});

test('a restored copy is opened, after a look at it', async (t) => {
  const { path, data } = await closedStore(t);
  await writeFile(`${data}.copy`, await readFile(data));
  await rename(`${data}.copy`, data);
  t.is(contentOf(await openLmdb(t, { path })).length, entries);
});

test('a store that this process has open is locked, until it is closed', async (t) => {
  const path = join(await makeDirectory(t), 'store');
  const first = await openLmdb(t, { path });
  const locked = { code: 'MUSTER_STORE_LOCKED', message: /in use by this process/ };
  await t.throwsAsync(openLmdbBackend({ path }), locked);
  await t.throwsAsync(openLmdbBackend({ path: join(path, '..', 'store'), failureMode: 'delete' }), locked);
  await first.close();
  await openLmdb(t, { path });
});

test('a store that another process has open is locked, until that ends, however it does', async (t) => {
  const path = join(await makeDirectory(t), 'store');
  const holder = fork(fileURLToPath(new URL('./lmdb-holder.js', import.meta.url)), [path]);
  t.teardown(() => holder.kill('SIGKILL'));
  await once(holder, 'message');
  const opening = openLmdbBackend({ path, failureMode: 'delete' });
  await t.throwsAsync(opening, { code: 'MUSTER_STORE_LOCKED', message: new RegExp(`process ${holder.pid}`) });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  t.deepEqual(contentOf(await openLmdb(t, { path })), [['held', true]]);
});

test('a path that cannot be a directory is refused in words', async (t) => {
  const directory = await makeDirectory(t);
  const file = join(directory, 'file');
  await writeFile(file, '');
  for (const path of [file, join(file, 'below')]) {
    const error = await t.throwsAsync(openLmdbBackend({ path }), { code: 'MUSTER_STORE_OPEN_FAILED' });
    t.true(error.message.includes(path) && error.message.includes('may read and write'), error.message);
  }
});

test('a directory that may not be written is refused in words', async (t) => {
  if (process.getuid?.() === 0) {
    t.log('not tested as root, whom permissions do not hold');
    t.pass();
    return;
  }
  const path = join(await makeDirectory(t), 'store');
  await mkdir(path, { mode: 0o500 });
  await t.throwsAsync(openLmdbBackend({ path }), { code: 'MUSTER_STORE_OPEN_FAILED', message: /EACCES/ });
});

test('a full disk refuses writes, loses nothing, and goes on once there is room', async (t) => {
  const directory = await makeDirectory(t);
  const filler = fileURLToPath(new URL('./lmdb-filler.js', import.meta.url));
  const script = 'mount -t tmpfs -o size=8m tmpfs "$1" && exec "$2" "$3" "$1"';
  const isAllowed = await run('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', directory]).catch(() => undefined);
  if (isAllowed === undefined) {
    t.log('not tested: no file system may be mounted here');
    t.pass();
    return;
  }
  const args = ['-rm', 'sh', '-ec', script, 'sh', directory, process.execPath, filler];
  const { stdout } = await run('unshare', args);
  const { first, stillRefused, second, firstAreThere } = JSON.parse(stdout);
  t.true(first.count > 10, stdout);
  t.is(first.code, 'MUSTER_STORE_WRITE_FAILED');
  t.regex(first.message, /the disk of .* is full: free at least 1 MiB, then writing goes on/);
  t.is(stillRefused.code, 'MUSTER_STORE_WRITE_FAILED');
  t.is(second.count, 100);
  t.true(firstAreThere);
});

test('what LMDB cannot write is refused, the process lives on, and nothing acknowledged is lost', async (t) => {
  const path = join(await makeDirectory(t), 'store');
  const limited = fileURLToPath(new URL('./lmdb-limited.js', import.meta.url));
  const args = ['-c', 'ulimit -f 2000; exec "$0" "$@"', process.execPath, limited, path];
  const { stdout } = await run('sh', args);
  const { acknowledged, failed, areThere } = JSON.parse(stdout.trimEnd().split('\n').at(-1) as string);
  t.true(acknowledged > 10);
  t.deepEqual(failed, Array(3).fill('MUSTER_STORE_WRITE_FAILED'));
  t.true(areThere);
  const backend = await openLmdb(t, { path, integrityCheck: true });
  t.is(contentOf(backend).length, acknowledged);
  t.is(backend.state?.sequence, acknowledged);
});
