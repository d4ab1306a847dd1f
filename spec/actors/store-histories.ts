/**
 * Store histories: random mutations at a master and its clones while connections are cut and processes die, held against
 * what was promised to each caller.
 */
import type { ExecutionContext } from 'ava';
import type { Master } from '../../actors/stores/master.js';
import type { Store } from '../../actors/stores/store.js';
import { MusterError } from '../../errors.js';
import { noLimits, type StoreLimits } from '../../stores/draft.js';
import { Random } from '../helpers/random.js';
import { StoreLab } from './store-lab.js';

type Fate = 'pending' | 'settled' | 'never sent' | 'refused' | 'unknown' | 'process died';

export interface HistoryOptions {
  readonly seed: number;
  readonly steps: number;
  readonly isDurable: boolean;
  /** A master in memory loses all it had: then only what came later has to be there. */
  readonly masterDies: boolean;
  /** What the master lets the store grow to. */
  readonly limits?: StoreLimits;
}

interface Mark {
  readonly by: string;
  readonly id: string;
  fate: Fate;
}

/** Many small messages, so that everything is cut in two. @returns how many mutations were refused since the store was full. */
export async function liveHistory(
  t: ExecutionContext,
  { seed, isDurable, masterDies, steps, limits = noLimits }: HistoryOptions,
): Promise<{ readonly refused: number }> {
  const random = new Random(seed);
  const lab = new StoreLab({ clones: 3, isDurable, limits, mutationBufferInterval: 3_000 });
  const marks: Mark[] = [];
  const counts: { by: number; fate: Fate }[] = [];
  begin(lab);
  await lab.settle();

  for (let step = 0; step < steps; step++) {
    const seat = random.pick(lab.seats);
    switch (random.int(0, 20)) {
      case 0:
      case 1:
      case 2:
      case 3:
        mark(lab, random, marks);
        break;
      case 4:
      case 5:
        count(lab, random, counts);
        break;
      case 6:
        scribble(lab, random);
        break;
      case 7:
      case 8:
      case 9:
        lab.deliver(seat, 'toMaster', random.int(1, 4));
        break;
      case 10:
      case 11:
      case 12:
        lab.deliver(seat, 'toClone', random.int(1, 4));
        break;
      case 13:
        lab.cut(seat);
        break;
      case 14:
      case 15:
        lab.connect(seat);
        break;
      case 16:
        lab.runtime.advance(random.pick([10, 500, 1_500]));
        break;
      case 17:
        lab.disk.write(random.int(1, 3));
        break;
      case 18:
        if (random.isLucky(0.3)) {
          for (const one of marks) if (one.by === seat.name && one.fate === 'pending') one.fate = 'process died';
          lab.killClone(seat);
        }
        break;
      default:
        if (!lab.isMasterAlive) {
          lab.startMaster();
          if (!isDurable) begin(lab);
        } else if (masterDies && random.isLucky(0.4)) {
          for (const one of marks) {
            if (one.by === 'master' && one.fate === 'pending') one.fate = 'process died';
            if (!isDurable && one.fate === 'settled') one.fate = 'unknown';
          }
          lab.killMaster(random.isLucky(0.5));
        }
    }
    await lab.turn();
    if (lab.isMasterAlive) checkSize(t, lab.master, limits, seed);
  }
  if (!lab.isMasterAlive) {
    lab.startMaster();
    if (!isDurable) begin(lab);
  }
  await lab.settle();
  check(t, lab, marks, counts, seed, isDurable || !masterDies);
  return { refused: marks.filter(({ fate }) => fate === 'refused').length };
}

function begin({ masterStore }: StoreLab): void {
  void masterStore.put('marks', []);
  void masterStore.put('count', 0);
}

function checkSize(
  t: ExecutionContext,
  { contents }: Master,
  { maxEntries, maxBytes }: StoreLimits,
  seed: number,
): void {
  if (contents.size > maxEntries || contents.bytes > maxBytes) {
    t.fail(`seed ${seed}: ${contents.size} entries of ${contents.bytes} bytes`);
  }
}

function check(
  t: ExecutionContext,
  lab: StoreLab,
  marks: readonly Mark[],
  counts: readonly { by: number; fate: Fate }[],
  seed: number,
  isLossless: boolean,
): void {
  const present = lab.masterStore.get('marks') as string[];
  const times = (id: string) => present.filter((other) => other === id).length;
  for (const { id, fate } of marks) {
    const found = times(id);
    const is = `seed ${seed}: ${id}, ${fate}, is there ${found} times`;
    if (fate === 'settled') t.is(found, 1, is);
    else if (fate === 'never sent' || fate === 'refused') t.is(found, 0, is);
    else t.true(found <= 1, is);
    t.not(fate, 'pending', is);
  }
  for (const by of new Set(marks.map(({ by }) => by))) {
    const own = present.filter((id) => id.startsWith(`${by}:`)).map((id) => Number(id.split(':')[1]));
    t.deepEqual(
      own,
      [...own].sort((a, b) => a - b),
      `seed ${seed}: in the order in which ${by} asked for them`,
    );
  }
  const sum = (fates: readonly Fate[]) =>
    counts.filter(({ fate }) => fates.includes(fate)).reduce((n, { by }) => n + by, 0);
  const total = lab.masterStore.get('count') as number;
  const least = isLossless ? sum(['settled']) : 0;
  t.true(total >= least && total <= sum(['settled', 'unknown', 'pending', 'process died']), `seed ${seed}: ${total}`);
  const contents = (store: Store) => [...store.entries()].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  const entries = contents(lab.masterStore);
  for (const { name, store, clone } of lab.seats) {
    t.is(clone.state, 'live', `seed ${seed}: ${name}`);
    t.deepEqual(contents(store), entries, `seed ${seed}: ${name} has what the master has`);
    t.is(clone.differences, 0, `seed ${seed}: ${name} never differed`);
  }
}

/** Somewhere: the master, or one of the clones. */
function somewhere(lab: StoreLab, random: Random) {
  const seat = lab.isMasterAlive && random.isLucky(0.2) ? undefined : random.pick(lab.seats);
  return { by: seat?.name ?? 'master', store: seat?.store ?? lab.masterStore };
}

function mark(lab: StoreLab, random: Random, marks: Mark[]): void {
  const { by, store } = somewhere(lab, random);
  const one: Mark = { by, id: `${by}:${marks.length}`, fate: 'pending' };
  marks.push(one);
  const shown = store.push('marks', one.id).then(() => {
    const isShown = (store.get('marks') as string[]).includes(one.id);
    if (!isShown) throw new Error(`${one.id} has settled, and is not shown where it was asked for`);
  });
  follow(shown, one);
}

function count(lab: StoreLab, random: Random, counts: { by: number; fate: Fate }[]): void {
  const one = { by: random.int(1, 10), fate: 'pending' as Fate };
  counts.push(one);
  follow(somewhere(lab, random).store.increment('count', one.by), one);
}

/** Anything, anywhere; it may be refused. */
function scribble(lab: StoreLab, random: Random): void {
  const { store } = somewhere(lab, random);
  const key = random.pick(['a', 'b', [1, 2], 7]);
  const done = random.pick([
    () => store.put(key, random.int(0, 100), random.isLucky(0.3) ? { expiry: 2_000 } : {}),
    () => store.putUnique(key, ['first']),
    () => store.erase(key),
    () => store.increment(key),
    () => store.push(key, { n: 1 }),
    () => store.pop(key),
    () =>
      store.batch([
        { type: 'put', key: 'x', value: random.int(0, 9) },
        { type: 'increment', key },
      ]),
  ])();
  done.catch(() => {});
}

function follow(mutation: Promise<unknown>, one: { fate: Fate }): void {
  mutation.then(
    () => {
      one.fate = 'settled';
    },
    (thrown) => {
      if (one.fate !== 'pending') return;
      const code = thrown instanceof MusterError ? thrown.code : '';
      if (code === 'MUSTER_STORE_TIMEOUT') one.fate = 'never sent';
      else if (code === 'MUSTER_STORE_OUTCOME_UNKNOWN') one.fate = 'unknown';
      else if (code === 'MUSTER_STORE_FULL') one.fate = 'refused';
      else throw thrown;
    },
  );
}
