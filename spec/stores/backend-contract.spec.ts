/** What every backend promises, run against each of them. */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Backend } from '../../stores/backend.js';
import { idOf } from '../../stores/key.js';
import type { Durability } from '../../stores/lmdb/environment.js';
import { MemoryBackend } from '../../stores/memory.js';
import { contentOf, makeDirectory, openLmdb, Scribe } from './workbench.js';

const lmdb = (durability: Durability) => async (t: ExecutionContext) =>
  openLmdb(t, { path: join(await makeDirectory(t), 'store'), durability });

const backends: Readonly<Record<string, (t: ExecutionContext) => Promise<Backend>>> = {
  memory: async () => new MemoryBackend(),
  'lmdb, flushed': lmdb('flushed'),
  'lmdb, committed': lmdb('committed'),
};

const keysOfAllKinds: readonly unknown[] = [
  '',
  'a',
  'Ä€😀',
  '\ufffd',
  '\uffffa',
  0,
  1,
  -1.5,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  0n,
  1n,
  -(2n ** 63n),
  2n ** 64n - 1n,
  true,
  false,
  null,
  [1, 'a'],
  ['a', 1],
  { a: 1, b: [null] },
  new Map([[1, 'x']]),
  new Set(['x', 1]),
  new Date(0),
  Uint8Array.of(0, 1, 255),
  'x'.repeat(652),
  'x'.repeat(653),
  'x'.repeat(1_959),
  'x'.repeat(1_960),
  'x'.repeat(10_000),
  `${'x'.repeat(10_000)}y`,
  '€'.repeat(653),
  '€'.repeat(654),
  ['y'.repeat(10_000)],
];

for (const [name, open] of Object.entries(backends)) {
  test(`${name}: a new store is empty, and has no state`, async (t) => {
    const backend = await open(t);
    t.is(backend.state, undefined);
    t.is(backend.origins.size, 0);
    t.is(backend.get('a'), undefined);
    t.false(backend.has('a'));
    t.is(backend.read('a'), undefined);
    t.deepEqual([...backend.ids()], []);
    t.deepEqual(contentOf(backend), []);
    t.is(backend.nextExpiry(), undefined);
    t.deepEqual(backend.due(Number.MAX_VALUE, 10), []);
  });

  test(`${name}: keys of all kinds are different keys, and all are found`, async (t) => {
    const backend = await open(t);
    const value = (index: number) => ({ index });
    await backend.write(new Scribe().batch(keysOfAllKinds.map((key, index) => ({ key, value: value(index) }))));
    t.is(backend.state?.size, keysOfAllKinds.length);
    for (const [index, key] of keysOfAllKinds.entries()) {
      const id = idOf(key);
      t.true(backend.has(id));
      t.deepEqual(backend.read(id), value(index));
      t.deepEqual(backend.get(id)?.value, value(index));
      t.is(backend.get(id)?.version, 1);
      t.is(backend.get(id)?.expiry, null);
    }
    const ids = new Set(backend.ids());
    t.is(ids.size, keysOfAllKinds.length);
    for (const key of keysOfAllKinds) t.true(ids.has(idOf(key)));
    t.is(contentOf(backend).length, keysOfAllKinds.length);
    await backend.write(new Scribe(1).batch(keysOfAllKinds.map((key) => ({ key }))));
    t.deepEqual([...backend.ids()], []);
  });

  test(`${name}: -0 is the key 0; what is no Unicode is no key`, async (t) => {
    const backend = await open(t);
    await backend.write(
      new Scribe().batch([
        { key: -0, value: 'zero' },
        { key: '\ufffd', value: 1 },
      ]),
    );
    t.is(backend.read(idOf(0)), 'zero');
    t.is(backend.read(idOf(-0)), 'zero');
    t.is(backend.read('\ud800'), undefined);
    t.false(backend.has('\ud800'));
  });

  test(`${name}: values come back as they were, and are the reader's own`, async (t) => {
    const backend = await open(t);
    const values = [
      null,
      true,
      false,
      0,
      -0,
      1,
      -1,
      127,
      128,
      255,
      256,
      65_535,
      65_536,
      2 ** 32 - 1,
      2 ** 32,
      -128,
      -129,
    ];
    values.push(-32_769, -(2 ** 31), 1.5, Number.NaN, Number.NEGATIVE_INFINITY);
    const all = [...values, 1n, 'text', '', 'Ä', 'x'.repeat(100_000), [1], { a: { b: 1 } }, new Set([1]), new Date(5)];
    for (const key of ['k', 7, 7n, null, 'x'.repeat(40), 'x'.repeat(300), 'x'.repeat(1_900)]) {
      const scribe = new Scribe();
      const expiry = 1_800_000_000_000;
      for (const value of all) {
        await backend.write(scribe.batch([{ key, value, expiry }]));
        const read = backend.read(idOf(key));
        if (typeof value === 'object') t.deepEqual(read, value);
        else t.is(read, value);
      }
    }
    await backend.write(new Scribe().batch([{ key: 'o', value: { list: [1] } }]));
    (backend.read('o') as { list: number[] }).list.push(2);
    t.deepEqual(backend.read('o'), { list: [1] });
  });

  test(`${name}: batches show in order, as a whole, with all that belongs to them`, async (t) => {
    const backend = await open(t);
    const scribe = new Scribe();
    const all = [
      scribe.batch([
        { key: 'a', value: 1 },
        { key: 'b', value: 1, expiry: 10 },
      ]),
      scribe.batch([{ key: 'a', value: 2 }, { key: 'x' }]),
      scribe.batch(
        [
          { key: 'c', value: 3, expiry: 20 },
          { key: 'b', value: 3, expiry: 10 },
        ],
        { clears: true },
      ),
      scribe.batch([{ key: 'a', value: 4 }]),
    ];
    await Promise.all(all.map((batch) => backend.write(batch)));
    t.deepEqual(contentOf(backend).sort(), [
      ['a', 4],
      ['b', 3],
      ['c', 3],
    ]);
    t.deepEqual(backend.state, all[3]?.state);
    t.deepEqual(backend.due(100, 10), ['b', 'c']);
  });

  test(`${name}: 5,000 entries are listed once each, while some are written`, async (t) => {
    const backend = await open(t);
    const scribe = new Scribe();
    const changes = Array.from({ length: 5_000 }, (_, index) => ({ key: `key ${index}`, value: index }));
    await backend.write(scribe.batch(changes));
    const walk = backend.scan();
    const seen = new Set<unknown>();
    for (let step = walk.next(); step.value !== undefined; step = walk.next()) {
      t.false(seen.has(step.value[0]));
      seen.add(step.value[0]);
      if (seen.size % 500 === 0) await backend.write(scribe.batch([{ key: `key ${seen.size - 1}`, value: -1 }]));
    }
    t.is(seen.size, 5_000);
    t.is(new Set(backend.ids()).size, 5_000);
  });

  test(`${name}: expiries are due in order of time, and follow their entries`, async (t) => {
    const backend = await open(t);
    const scribe = new Scribe();
    const times = [1_800_000_000_000, 5, 0, -3.5, 1e15, 7.25, -1e9, 6];
    await backend.write(scribe.batch(times.map((expiry, index) => ({ key: index, value: 1, expiry }))));
    t.is(backend.nextExpiry(), -1e9);
    t.deepEqual(backend.due(6, 100), [6, 3, 2, 1, 7]);
    t.deepEqual(backend.due(6, 2), [6, 3]);
    t.deepEqual(backend.due(-1e10, 2), []);
    await backend.write(
      scribe.batch([
        { key: 6, value: 2 },
        { key: 3 },
        { key: 2, value: 2, expiry: 9 },
        { key: 1, value: 9, expiry: 5 },
      ]),
    );
    t.is(backend.nextExpiry(), 5);
    t.deepEqual(backend.due(10, 100), [1, 7, 5, 2]);
    const long = 'x'.repeat(10_000);
    await backend.write(scribe.batch([{ key: long, value: 1, expiry: 1 }], { clears: true }));
    t.deepEqual(backend.due(10, 100), [long]);
    await backend.write(scribe.batch([{ key: long, value: 1 }]));
    t.is(backend.nextExpiry(), undefined);
  });

  test(`${name}: it can be closed twice`, async (t) => {
    const backend = await open(t);
    const written = backend.write(new Scribe().batch([{ key: 'a', value: 1 }]));
    await Promise.all([backend.close(), backend.close(), written]);
    await backend.close();
    t.pass();
  });
}
