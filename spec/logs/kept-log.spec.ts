import test from 'ava';
import fc from 'fast-check';
import { KeptLogLab } from './kept-log-lab.js';

process.env.TZ = 'UTC';

const half = () => 0.5;

type Deed =
  | { readonly do: 'keep'; readonly writer: string }
  | { readonly do: 'again'; readonly writer: string }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'rotate' }
  | { readonly do: 'crash' }
  | { readonly do: 'switch' }
  | { readonly do: 'fill' }
  | { readonly do: 'empty' };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('keep'), writer: fc.constantFrom('a_1', 'b_1') } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again'), writer: fc.constantFrom('a_1', 'b_1') } as const) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 1, max: 12 }) } as const) },
  { weight: 3, arbitrary: fc.constantFrom('rotate', 'crash', 'switch', 'fill', 'empty').map((what) => ({ do: what })) },
);

/** Does one thing after the other. Whatever is not kept is sent again later, as writers do. */
async function undergo(lab: KeptLogLab, deeds: readonly Deed[]): Promise<void> {
  const sent = new Map<string, number>();
  const settled = (writer: string): number => {
    let number = 0;
    while (lab.kept.has(`${writer} ${number + 1}`)) number += 1;
    return number;
  };
  const again = (writer: string): void => {
    for (let n = settled(writer) + 1; n <= (sent.get(writer) ?? 0); n++) lab.keep(writer, n, settled(writer));
  };
  for (const one of deeds) {
    if (one.do === 'pass') await lab.pass(one.ms);
    else if (one.do === 'rotate') lab.rotate();
    else if (one.do === 'crash') lab.crash();
    else if (one.do === 'switch') lab.crash('tsv');
    else if (one.do === 'fill') lab.files.failure = new Error('ENOSPC: no space left on device');
    else if (one.do === 'empty') lab.files.failure = undefined;
    else if (one.do === 'again') again(one.writer);
    else {
      const number = (sent.get(one.writer) ?? 0) + 1;
      sent.set(one.writer, number);
      lab.keep(one.writer, number, settled(one.writer));
    }
  }
  lab.files.failure = undefined;
  for (const writer of sent.keys()) again(writer);
  await lab.pass(1_200);
  for (const [writer, number] of sent) for (let n = 1; n <= number; n++) lab.kept.add(`${writer} ${n}`);
}

test('whenever it dies and whatever fails, each batch is there once, and whole', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 40 }), fc.integer(), async (deeds, seed) => {
      let chance = seed >>> 0;
      const random = () => {
        chance = (Math.imul(chance, 1_664_525) + 1_013_904_223) >>> 0;
        return chance / 2 ** 32;
      };
      const lab = new KeptLogLab(random, seed % 2 === 0 ? { isSynced: true } : {});
      await undergo(lab, deeds);
      t.deepEqual(lab.faults, []);
    }),
    { numRuns: 60 },
  );
});

test('it dies after each single step of a write and of a rotation', async (t) => {
  for (let ms = 0; ms < 45; ms++) {
    for (const part of [0, 0.5, 0.999]) {
      const lab = new KeptLogLab(() => part);
      lab.keep('a_1', 1);
      await lab.pass(15);
      t.true(lab.kept.has('a_1 1'));
      lab.keep('a_1', 2, 1);
      lab.rotate();
      lab.keep('b_1', 1);
      await lab.pass(ms);
      lab.crash();
      for (const [writer, number] of [
        ['a_1', 1],
        ['a_1', 2],
        ['b_1', 1],
        ['a_1', 3],
      ] as const)
        lab.keep(writer, number);
      await lab.pass(60);
      t.deepEqual([...lab.kept].sort(), ['a_1 1', 'a_1 2', 'a_1 3', 'b_1 1']);
      t.deepEqual(lab.faults, [], `after ${ms} ms, ${part} of what was being written`);
    }
  }
});

test('a batch that comes again is acknowledged again, and not written', async (t) => {
  const lab = new KeptLogLab(half);
  lab.keep('a_1', 1);
  await lab.pass(20);
  lab.kept.clear();
  lab.keep('a_1', 1);
  lab.keep('a_1', 2);
  lab.keep('a_1', 2);
  await lab.pass(20);
  t.deepEqual([...lab.kept], ['a_1 1', 'a_1 2']);
  t.deepEqual(lab.faults, []);
});

test('what a writer has settled long ago is known although it is not kept one by one', async (t) => {
  const lab = new KeptLogLab(half);
  for (let number = 1; number <= 50; number++) lab.keep('a_1', number, number - 1);
  await lab.pass(30);
  lab.rotate();
  await lab.pass(30);
  const journals = [...lab.files.contents].filter(([path]) => path.endsWith('.2.batches'));
  t.is(journals.length, 1);
  t.regex(Buffer.from(journals[0]?.[1] ?? []).toString(), /\["seen","a_1",49,\[50\]\]/);
  lab.crash();
  lab.keep('a_1', 7, 50);
  await lab.pass(30);
  t.deepEqual(lab.faults, []);
});

test('a full disk is told once, and when there is room it goes on', async (t) => {
  const lab = new KeptLogLab(half);
  lab.keep('a_1', 1);
  await lab.pass(20);
  lab.files.failure = new Error('ENOSPC: no space left on device');
  lab.keep('a_1', 2);
  await lab.pass(3_500);
  t.false(lab.kept.has('a_1 2'));
  t.is(lab.told.length, 1);
  t.regex(lab.told[0] ?? '', /error: cannot write logs\/test\.log: ENOSPC.*records wait/);
  lab.files.failure = undefined;
  await lab.pass(1_100);
  t.true(lab.kept.has('a_1 2'));
  t.regex(lab.told[1] ?? '', /recovery: logs\/test\.log is written again; attempts that failed: 4/);
  t.deepEqual(lab.faults, []);
});

test('a file of another format is set aside, with its journal', async (t) => {
  const lab = new KeptLogLab(half);
  lab.keep('a_1', 1);
  await lab.pass(20);
  lab.crash('tsv');
  lab.keep('a_1', 1);
  lab.keep('a_1', 2);
  await lab.pass(40);
  await lab.close();
  const names = [...lab.data.keys()].sort();
  t.deepEqual(names, ['test.2023-11-14-22-13-20.logger-1.log', 'test.log']);
  t.regex(lab.data.get('test.log') ?? '', /^#separator[\s\S]*\na_1\t2\t0\n[\s\S]*\n#close\t[\d-]+\n$/);
  t.deepEqual(lab.faults, []);
});

test('a file is rotated when it has its size', async (t) => {
  const rotation = { interval: undefined, size: 200, isCompressed: false, expiry: undefined };
  const lab = new KeptLogLab(half, { rotation });
  for (let number = 1; number <= 5; number++) {
    lab.keep('a_1', number);
    await lab.pass(30);
  }
  t.is(lab.data.size, 3, 'two batches of 114 bytes in each');
  t.deepEqual(lab.faults, []);
});

test('a file is rotated at multiples of the interval, unless it has no records', async (t) => {
  const rotation = { interval: 60_000, size: undefined, isCompressed: false, expiry: undefined };
  const lab = new KeptLogLab(half, { rotation, format: 'tsv' });
  lab.keep('a_1', 1);
  await lab.pass(39_900);
  t.deepEqual([...lab.data.keys()], ['test.log']);
  await lab.pass(200);
  const rotated = lab.data.get('test.2023-11-14-22-13-20.logger-1.log') ?? '';
  t.regex(rotated, /^#separator[\s\S]*#open\t2023-11-14-22-13-20\n[\s\S]*\na_1\t1\t2\n#close\t2023-11-14-22-14-00\n$/);
  await lab.pass(60_000);
  t.is(lab.data.size, 2);
  lab.keep('a_1', 2);
  await lab.pass(60_000);
  t.is(lab.data.size, 3);
  t.deepEqual(lab.faults, []);
});
