import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { decodeEvents, decodeValue, EventWriter, encodeEvent, encodeValue } from '../../transport/codec.js';
import { fuzz } from './codec-fuzz.js';

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.string({ minLength: 10, maxLength: 300 }));
const key = text.filter((name) => name !== '__proto__');
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(-0, 2 ** 31, 2 ** 32, -(2 ** 31) - 1),
);
const bigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
const flat = fc.oneof(text, number, bigint, fc.boolean(), fc.constant(null), fc.uint8Array({ maxLength: 400 }));

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    flat,
    fc.date({ noInvalidDate: true }),
    fc.array(tie('value'), { maxLength: 18 }),
    fc.dictionary(key, tie('value'), { noNullPrototype: true, maxKeys: 5 }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 5 }).map((members) => new Set(members)),
  ),
}));
/** Often the same topic and name. */
const topic = fc.oneof(fc.constantFrom('', 't'), fc.string({ maxLength: 30 }));
const name = fc.oneof(fc.constantFrom('n', 'm'), fc.string({ maxLength: 20 }));
const event = fc.tuple(topic, name, fc.array(value, { maxLength: 6 }));
const way = fc.constantFrom('appended', 'encoded', 'taken back');

/** Equal, and members in the same order where `isDeepStrictEqual` does not look at it. */
function isSame(sent: unknown, received: unknown): boolean {
  return isDeepStrictEqual(received, sent) && isDeepStrictEqual(ordered(received), ordered(sent));
}

function ordered(given: unknown): unknown {
  if (given instanceof Uint8Array || given instanceof Date) return given;
  if (Array.isArray(given)) return given.map(ordered);
  if (given instanceof Map) return [...given].map(ordered);
  if (given instanceof Set) return [...given].map(ordered);
  if (typeof given === 'object' && given !== null) return Object.entries(given).map(ordered);
  return given;
}

test('every value arrives as it was sent', (t) => {
  fc.assert(
    fc.property(value, (sent) => isSame(sent, decodeValue(encodeValue(sent)))),
    { numRuns: 1_000 },
  );
  t.pass();
});

test('events arrive as they were sent, one by one and in batches, however they came into the batch', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(event, way), { maxLength: 8 }), fc.nat(100), (ways, room) => {
      const writer = new EventWriter(room + 1, room);
      const sent = ways.map(([one]) => one);
      const pieces: Uint8Array[] = [];
      for (const [one, how] of ways) {
        const alone = encodeEvent(...one);
        pieces.push(Buffer.from(alone.bytes));
        const start = writer.length;
        if (how === 'encoded') writer.appendEncoded(alone);
        else if (writer.append(...one) !== alone.bytes.length) return false;
        if (how !== 'taken back') continue;
        const back = writer.takeBack(start);
        if (!Buffer.from(back.bytes).equals(alone.bytes) || writer.length !== start) return false;
        writer.appendEncoded(back);
      }
      const body = writer.bytes.subarray(room, writer.length);
      const received: unknown[] = [];
      const sizes: number[] = [];
      decodeEvents(body, sent.length, (topic, name, args, size) => {
        received.push([topic, name, args]);
        sizes.push(size);
      });
      if (
        !isSame(
          pieces.map(({ length }) => length),
          sizes,
        )
      )
        return false;
      const repeats = sent.filter(([topic, name], i) => topic === sent[i - 1]?.[0] && name === sent[i - 1]?.[1]);
      const saved = repeats.reduce((sum, [topic, name]) => sum + encodeEvent(topic, name, []).bytes.length - 2, 0);
      const whole = pieces.reduce((sum, { length }) => sum + length, 0);
      return body.length === whole - saved && isSame(sent, received);
    }),
    { numRuns: 1_000 },
  );
  t.pass();
});

test('values without members are written as msgpackr writes them', (t) => {
  const packr = new Packr({ useRecords: false });
  const isOurs = (sent: unknown) => packr.pack(sent).equals(encodeValue(sent));
  fc.assert(
    fc.property(
      flat.filter((sent) => !Object.is(sent, -0)),
      isOurs,
    ),
    { numRuns: 3_000 },
  );
  for (let length = 0; length < 70; length++) t.true(isOurs('x'.repeat(length)) && isOurs('é'.repeat(length)));
  for (let bits = 0; bits < 66; bits++) {
    for (const near of [-1, 0, 1]) {
      t.true(isOurs(2 ** bits + near) && isOurs(-(2 ** bits) + near), `2^${bits}`);
      if (bits < 64) t.true(isOurs(2n ** BigInt(bits) + BigInt(near)), `2n^${bits}`);
    }
  }
  for (const length of [255, 256, 65_535, 65_536]) t.true(isOurs('x'.repeat(length)) && isOurs(new Uint8Array(length)));
});

test('20,000 frames from a peer do no harm', (t) => {
  const seed = Number(process.env.FUZZ_SEED ?? 20_260_102);
  const tally = fuzz(20_000, seed);
  t.log(`seed ${seed}:`, tally);
  t.true(tally.taken > 2_000 && tally.refused > 5_000 && tally.events > 2_000);
});
