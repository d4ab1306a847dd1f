import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { entryLines, importLines, type LooseEntry, linesOf, writeLines } from '../../cli/stores/entry-lines.js';
import type { Entry } from '../../stores/entry.js';
import type { KeyId } from '../../stores/key.js';
import { idOf } from '../../stores/key.js';

const entry = (value: unknown, expiry: number | null = null): Entry => ({
  value,
  expiry,
  version: 1,
  hash: 1,
  length: 1,
});

async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of from) all.push(one);
  return all;
}

/** What an import does with a text, at the time 100. */
async function importText(text: string, refuse: (id: KeyId) => boolean = () => false) {
  const entries: LooseEntry[] = [];
  const restore = async (given: LooseEntry): Promise<void> => {
    if (refuse(given.id)) throw new Error('too large');
    entries.push(given);
  };
  const importing = importLines(linesOf(Readable.from([Buffer.from(text)])), restore, () => 100);
  return { entries, ...(await importing) };
}

test('what is exported is imported as it was, expiry included, without what has expired', async (t) => {
  const scan = new Map<KeyId, Entry>([
    ['a', entry({ at: new Date(5) })],
    [idOf([1, 'b']), entry(1n, 200)],
    [7, entry('late', 100)],
  ]);
  const lines = [...entryLines(scan.entries(), () => 100)];
  t.deepEqual(lines, [
    '{"key":"a","value":{"at":{"$date":"1970-01-01T00:00:00.005Z"}}}',
    '{"key":[1,"b"],"value":{"$bigint":"1"},"expiry":200}',
  ]);
  const { entries, count, expired } = await importText(
    `${lines.join('\r\n')}\n\n{"key":7,"value":"late","expiry":100}`,
  );
  t.deepEqual(entries, [
    { id: 'a', value: { at: new Date(5) }, expiry: null },
    { id: idOf([1, 'b']), value: 1n, expiry: 200 },
  ]);
  t.deepEqual([count, expired], [2, 1]);
});

test('lines are cut anywhere, also within a character, and the last needs no newline', async (t) => {
  const text = Buffer.from('ä\n\nöü\nlast');
  for (let at = 0; at <= text.length; at++) {
    const chunks = Readable.from([text.subarray(0, at), text.subarray(at)].filter(({ length }) => length > 0));
    t.deepEqual(await collect(linesOf(chunks)), ['ä', '', 'öü', 'last']);
  }
});

test('an import ends at the first line that is no entry, and names it', async (t) => {
  const good = '{"key":1,"value":2}\n';
  for (const [line, message] of [
    ['{', /^line 2: no JSON/],
    ['{"key":1}', /^line 2: an entry has "key", "value"/],
    ['{"key":1,"value":2,"ttl":3}', /^line 2: an entry has/],
    ['[1]', /^line 2: an entry has/],
    ['{"key":1,"value":2,"expiry":"soon"}', /^line 2: "expiry" is a time/],
    ['{"key":{"$date":"soon"},"value":2}', /^line 2: .*says nothing/],
    ['{"type":"error","code":null,"message":"ended"}', /^line 2: an entry has/],
  ] as const) {
    await t.throwsAsync(importText(`${good}${line}\n${good}`), { code: 'MUSTER_STORE_TRANSFER_FAILED', message });
  }
  const refused = importText(`${good}{"key":"x","value":1}\n${good}`, (id) => id === 'x');
  await t.throwsAsync(refused, { message: /^line 2: too large; (1 entry|2 entries) imported$/ });
});

test('lines are made no faster than they are taken', async (t) => {
  let made = 0;
  function* lines() {
    for (; made < 1_000; made++) yield 'x'.repeat(1_000);
  }
  const to = new PassThrough();
  const writing = writeLines(to, lines());
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.true(made < 200, `${made}`);
  const taking = buffer(to);
  t.is(await writing, 1_000);
  to.end();
  t.is((await taking).length, 1_001_000);
});

test('who makes lines stops when nobody takes them any more', async (t) => {
  const to = new PassThrough();
  let made = 0;
  function* lines() {
    for (;;) {
      made += 1;
      yield 'x'.repeat(1_000);
    }
  }
  setImmediate(() => to.destroy());
  await writeLines(to, lines());
  t.true(made < 1_000);
});
