import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { Origin } from '../../stores/backend.js';
import { openEnvironment } from '../../stores/lmdb/environment.js';
import { keyBytes } from '../../stores/lmdb/key-bytes.js';
import { openLmdbBackend } from '../../stores/lmdb/open.js';
import { valueRecord } from '../../stores/lmdb/record.js';
import { storePath } from '../../stores/lmdb/store-path.js';
import { contentOf, makeDirectory, openLmdb, Scribe } from './workbench.js';

test('what was written is there when it is opened again, in either durability', async (t) => {
  const path = join(await makeDirectory(t), 'a', 'store');
  const scribe = new Scribe();
  const outcomes = [
    { number: 4, sequence: 1, result: -0 },
    { number: 5, sequence: 1, code: 'MUSTER_STORE_TYPE_CLASH', message: 'no' },
    { number: 6, sequence: 2, result: { deep: [1n] } },
    { number: 7, sequence: 2, result: null },
  ];
  const origin: Origin = { last: 7, outcomes };
  const long = 'n'.repeat(3_000);
  const origins = new Map([
    ['one', origin],
    [long, { last: 1, outcomes: [] }],
  ]);
  const first = await openLmdb(t, { path });
  await first.write(scribe.batch([{ key: 'a', value: 1, expiry: 5 }], { origins: new Map([['gone', origin]]) }));
  const last = scribe.batch([{ key: 'b', value: 2 }], { origins: new Map([...origins, ['gone', undefined]]) });
  await first.write(last);
  await first.close();
  for (const options of [
    {},
    { integrityCheck: true },
    { durability: 'committed' },
    { durability: 'flushed' },
  ] as const) {
    const backend = await openLmdb(t, { path, ...options });
    t.deepEqual(backend.state, last.state);
    t.deepEqual(new Map(backend.origins), origins);
    t.deepEqual(contentOf(backend), [
      ['a', 1],
      ['b', 2],
    ]);
    t.deepEqual(backend.due(5, 1), ['a']);
    await backend.close();
  }
});

test('of a store that does not say how many bytes its entries have, they are counted', async (t) => {
  const path = join(await makeDirectory(t), 'store');
  const backend = await openLmdb(t, { path });
  const long = 'n'.repeat(3_000);
  const batch = new Scribe().batch([
    { key: 'a', value: 1 },
    { key: long, value: 'x'.repeat(5_000), expiry: 7 },
  ]);
  await backend.write(batch);
  await backend.close();
  const { epoch, sequence, digest, size, bytes } = batch.state;
  t.true(bytes > 8_000);
  const say = async (...more: number[]) => {
    const env = openEnvironment({ directory: path, durability: 'flushed', mapSize: 2 ** 20 });
    await env.about.put(null, valueRecord([epoch, sequence, digest, size, ...more]));
    await env.root.close();
  };
  await say();
  const again = await openLmdb(t, { path, integrityCheck: true });
  t.deepEqual(again.state, batch.state);
  await again.close();
  await say(bytes + 1);
  await t.throwsAsync(openLmdbBackend({ path, integrityCheck: true }), {
    code: 'MUSTER_STORE_DAMAGED',
    message: new RegExp(`its entries have ${bytes} bytes and should have ${bytes + 1}`),
  });
});

test('the directory and its files are for their owner only', async (t) => {
  const path = join(await makeDirectory(t), 'store');
  const backend = await openLmdb(t, { path });
  await backend.write(new Scribe().batch([{ key: 'a', value: 1 }]));
  t.is((await stat(path)).mode & 0o777, 0o700);
  for (const file of await readdir(path)) t.is((await stat(join(path, file))).mode & 0o777, 0o600, file);
});

test('it grows beyond its first map, and entries of megabytes come back', async (t) => {
  const backend = await openLmdb(t, { path: join(await makeDirectory(t), 'store'), mapSize: 2 ** 17 });
  const scribe = new Scribe();
  for (let index = 0; index < 20; index++) {
    await backend.write(scribe.batch([{ key: index, value: new Uint8Array(2 ** 20).fill(index) }]));
    const values = Array.from({ length: index + 1 }, (_, before) => backend.read(before) as Uint8Array);
    t.true(values.every((value, at) => value.length === 2 ** 20 && value[0] === at && value.at(-1) === at));
  }
});

test('a batch of 20,000 changes is one transaction', async (t) => {
  const backend = await openLmdb(t, { path: join(await makeDirectory(t), 'store') });
  const changes = Array.from({ length: 20_000 }, (_, key) => ({ key, value: key, expiry: key }));
  const written = backend.write(new Scribe().batch(changes));
  let isWritten = false;
  void written?.then(() => {
    isWritten = true;
  });
  const sizes = new Set<number>();
  while (!isWritten) {
    sizes.add([...backend.ids()].length);
    await new Promise(setImmediate);
  }
  for (const size of sizes) t.true(size === 0 || size === 20_000, String(size));
  t.is(backend.due(20_000, 100_000).length, 20_000);
});

test('it answers with MUSTER_STORE_CLOSED once it is closed', async (t) => {
  const backend = await openLmdb(t, { path: join(await makeDirectory(t), 'store') });
  await backend.close();
  const closed = { code: 'MUSTER_STORE_CLOSED' };
  t.throws(() => backend.get('a'), closed);
  t.throws(() => backend.read('a'), closed);
  t.throws(() => backend.has('a'), closed);
  t.throws(() => [...backend.ids()], closed);
  t.throws(() => contentOf(backend), closed);
  t.throws(() => backend.due(1, 1), closed);
  t.throws(() => backend.write(new Scribe().batch([])), closed);
});

test('long keys with the same bytes are refused, and neither takes the place of the other', async (t) => {
  const [one, other] = longTwins();
  t.deepEqual(keyBytes(one), keyBytes(other));
  const backend = await openLmdb(t, { path: join(await makeDirectory(t), 'store') });
  const refused = { code: 'MUSTER_STORE_WRITE_FAILED', message: /cannot be told apart/ };
  const both = [one, other].map((key) => ({ key, value: 1 }));
  await t.throwsAsync(async () => backend.write(new Scribe().batch(both)), refused);
  const scribe = new Scribe();
  await backend.write(scribe.batch([{ key: one, value: 1 }]));
  t.is(backend.read(other), undefined);
  t.false(backend.has(other));
  await t.throwsAsync(async () => backend.write(scribe.batch([{ key: other, value: 2 }])), refused);
  t.is(backend.read(one), 1);
});

test('a write that needs the reserve of the disk is refused at once, and later ones are not', async (t) => {
  const path = join(await makeDirectory(t), 'store');
  const full = await openLmdbBackend({ path, reserve: Number.MAX_SAFE_INTEGER });
  t.throws(() => full.write(new Scribe().batch([{ key: 'a', value: 1 }])), {
    code: 'MUSTER_STORE_WRITE_FAILED',
    message: /is full: free at least \d+ MiB/,
  });
  t.is(full.read('a'), undefined);
  await full.close();
  const backend = await openLmdb(t, { path });
  await backend.write(new Scribe().batch([{ key: 'a', value: 1 }]));
  t.is(backend.read('a'), 1);
});

test('names of stores have paths of their own, below the directory', (t) => {
  t.is(storePath('/d', 'known_hosts'), '/d/known_hosts.lmdb');
  t.is(storePath('/d', 'Known_Hosts'), '/d/=known_=hosts.lmdb');
  t.is(storePath('/d', '...'), '/d/....lmdb');
  for (const name of ['', '.', '..', 'a/b', '../x', 'a\0', 'a\\b', 'ä', 'x'.repeat(65), 'a\n', '=a', 'a b']) {
    t.throws(() => storePath('/d', name), { code: 'MUSTER_NAME_INVALID' }, name);
  }
});

/** Two long keys whose first halves have the same hash, and whose second halves are the same. */
function longTwins(): [string, string] {
  const [before, after] = ['x'.repeat(995), 'y'.repeat(1_000)];
  return [`${before}0wyGJ${after}`, `${before}PV3zL${after}`];
}
