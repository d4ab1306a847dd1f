/**
 * Store memory: mutations at a master and at a clone for a long time; whether their memory is where it was.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Result, Setting } from '../harness/bench.js';
import type { Player } from '../harness/processes.js';
import { rounded } from '../harness/statistics.js';
import { short, type Table } from '../harness/table.js';
import { churner, type Memory } from '../sides/muster-churn.js';
import { starOf } from '../sides/star-layout.js';

/** Where it ends in any case; `--seconds 300` comes so far. */
const mostMutations = 10_000_000;
/** Before memory is looked at for the first time: logs and heaps grow to their size. */
const warmUp = 500_000;
/** Of each end, so that nothing waits for long. */
const step = 50_000;
/** ms after which all that expires has expired. */
const settling = 1_500;

type Ends = readonly Player<{
  churn(mutations: number): Promise<void>;
  memory(): Promise<Memory>;
  contents(): string[];
}>[];

interface Look {
  readonly mutations: number;
  readonly memories: readonly Memory[];
}

export const bench: Bench = {
  title: 'mutations at a master and at a clone, and whether their memory is where it was',
  order: 13,
  async run(setting) {
    const ends = await open(setting);
    let made = await churn(ends, warmUp);
    const looks: Look[] = [await look(ends, made)];
    const start = performance.now();
    const { seconds: longest = 20 } = setting;
    const isOver = () => made >= warmUp + mostMutations || performance.now() - start > 1_000 * longest;
    for (let part = 1; !isOver(); part++) {
      made += await churn(ends, 2 * step);
      if (part % 25 !== 0) continue;
      looks.push(await look(ends, made));
      setting.say(`${short(made)} mutations: ${shown(looks.at(-1) as Look)}`);
    }
    const seconds = (performance.now() - start) / 1_000;
    looks.push(await look(ends, made));
    await compare(ends);
    await setting.processes.end();
    return report(looks, seconds);
  },
};

async function open({ processes, stateDir }: Setting): Promise<Ends> {
  const layout = await starOf(['worker']);
  const master = await processes.start(churner, { layout, stateDir, name: 'manager' });
  return [master, await processes.start(churner, { layout, stateDir, name: 'worker' })];
}

/** Half of them at each end. @returns how many. */
async function churn(ends: Ends, mutations: number): Promise<number> {
  for (let made = 0; made < mutations; made += 2 * step) await Promise.all(ends.map((end) => end.ask('churn', step)));
  return mutations;
}

async function look(ends: Ends, mutations: number): Promise<Look> {
  await sleep(settling);
  return { mutations, memories: await Promise.all(ends.map((end) => end.ask('memory'))) };
}

function shown({ memories }: Look): string {
  return memories.map(({ resident, heap }) => `${short(resident)} MB (heap ${short(heap)})`).join(', ');
}

/** @throws `Error` if the two differ. */
async function compare(ends: Ends): Promise<void> {
  const [master = [], clone = []] = await Promise.all(ends.map((end) => end.ask('contents')));
  const other = master.findIndex((entry, i) => entry !== clone[i]);
  if (other !== -1 || master.length !== clone.length) {
    throw new Error(
      `the master has ${master[other]} (of ${master.length}), the clone ${clone[other]} (of ${clone.length})`,
    );
  }
}

function report(looks: readonly Look[], seconds: number): Result {
  const [first, last] = [looks[0] as Look, looks.at(-1) as Look];
  const table: Table = [
    ['mutations', 'MB master', 'heap', 'buffers', 'MB clone', 'heap', 'buffers'],
    ...looks.map(({ mutations, memories }) => [
      short(mutations),
      ...memories.flatMap(({ resident, heap, external }) => [short(resident), short(heap), short(external)]),
    ]),
  ];
  const [master, clone] = first.memories.map((before, i) => grown(before, last.memories[i] as Memory));
  const made = last.mutations - first.mutations;
  const most = Math.max(...first.memories.map(({ resident }, i) => (last.memories[i] as Memory).resident / resident));
  return {
    ratio: 1 / most,
    table,
    notes: [
      'ratio: resident memory before ÷ after, of the end that has grown more. Garbage is collected before each look.',
      'Half of the mutations at each end: inserts, updates, erasures, expiries. At the end both must have the same.',
    ],
    figures: { unit: 'MiB', grownBy: { master, clone }, mutations: made, perSecond: rounded(made / seconds) },
  };
}

function grown(before: Memory, after: Memory): Memory {
  return {
    resident: rounded(after.resident - before.resident),
    heap: rounded(after.heap - before.heap),
    external: rounded(after.external - before.external),
  };
}
