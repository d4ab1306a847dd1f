/**
 * Store meter: reads from something that keeps values under keys, and writes to it, for a while; the same loops for all
 * that are compared. What is read must be what was written last, else the bench fails.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type ShapeName, shapes } from './store-shapes.js';

export interface Contestant {
  /** Where entries of one shape are kept. */
  table(shape: ShapeName): Table | Promise<Table>;
  close?(): unknown;
}

export interface Table {
  get(key: unknown): unknown;
  /** A promise if it is acknowledged later. */
  put(key: unknown, value: unknown): unknown;
}

export interface Fill {
  readonly shape: ShapeName;
  readonly entries: number;
}

export interface Reading {
  readonly shape: ShapeName;
  readonly seconds: number;
}

export interface Writing extends Reading {
  /** Writes that wait for their acknowledgement at any time. */
  readonly inFlight: number;
}

/** What is not measured at the start: compiling, filling caches. */
const warmUp = 0.15;
const fillInFlight = 1_000;
/** Operations between two looks at the clock, and ms between two turns of the event loop. */
const stride = 64;
const longestTurn = 10;

/** The keys in random order, and what each has. */
interface Filled {
  readonly table: Table;
  readonly keys: readonly unknown[];
  readonly values: Uint32Array;
}

/** What a process that plays a contestant answers. */
export function createStoreMeter(contestant: Contestant) {
  const filled = new Map<ShapeName, Filled>();

  function take(shape: ShapeName): Filled {
    const found = filled.get(shape);
    if (found === undefined) throw new Error(`there are no entries of shape ${shape}`);
    return found;
  }

  /** Reads everything and compares it. */
  function check(shape: ShapeName): void {
    const { table, keys, values } = take(shape);
    keys.forEach((key, at) => {
      expect(shape, key, table.get(key), values[at] as number);
    });
  }

  return {
    fill: async ({ shape: name, entries }: Fill): Promise<void> => {
      const shape = shapes[name];
      const table = await contestant.table(name);
      const order = shuffled(entries);
      const { keys, values } = { keys: Array.from(order, (index) => shape.key(index)), values: order };
      let next = 0;
      const fill = async () => {
        for (let index = next++; index < entries; index = next++) await table.put(shape.key(index), shape.value(index));
      };
      await Promise.all(Array.from({ length: fillInFlight }, fill));
      filled.set(name, { table, keys, values });
      check(name);
    },

    /** Reads a second. */
    reads: async ({ shape: name, seconds }: Reading): Promise<number> => {
      const { table, keys, values } = take(name);
      const { isValue } = shapes[name];
      let at = 0;
      const some = () => {
        for (let i = 0; i < stride; i++) {
          const value = table.get(keys[at]);
          if (!isValue(value, values[at] as number)) expect(name, keys[at], value, values[at] as number);
          at = at + 1 === keys.length ? 0 : at + 1;
        }
      };
      await repeat(some, warmUp);
      return stride * (await repeat(some, seconds));
    },

    /** Acknowledged writes a second. */
    writes: async ({ shape: name, seconds, inFlight }: Writing): Promise<number> => {
      const { table, keys, values } = take(name);
      const shape = shapes[name];
      let at = 0;
      let number = keys.length;
      const write = async (writer: Turns) => {
        for (let count = 1; ; count++) {
          const index = at;
          at = at + 1 === keys.length ? 0 : at + 1;
          number += 1;
          values[index] = number;
          await table.put(keys[index], shape.value(number));
          writer.done += 1;
          if (count % (inFlight === 1 ? stride : 1) === 0 && (await writer.isOver())) return;
        }
      };
      const measure = async (seconds: number) => {
        const turns = new Turns(seconds);
        await Promise.all(Array.from({ length: inFlight }, () => write(turns)));
        return turns.rate;
      };
      await measure(warmUp);
      const rate = await measure(seconds);
      check(name);
      return rate;
    },

    close: async () => {
      await contestant.close?.();
    },
  };
}

/** Ends what runs for so many seconds, and lets the event loop turn now and then: what settles at once would never. */
class Turns {
  done = 0;
  readonly #start = performance.now();
  readonly #end: number;
  #turned = this.#start;

  constructor(seconds: number) {
    this.#end = this.#start + seconds * 1_000;
  }

  get rate(): number {
    return (this.done / (performance.now() - this.#start)) * 1_000;
  }

  async isOver(): Promise<boolean> {
    const now = performance.now();
    if (now >= this.#end) return true;
    if (now - this.#turned > longestTurn) {
      this.#turned = now;
      await turn();
    }
    return false;
  }
}

/** @returns how often a second it ran. */
async function repeat(some: () => void, seconds: number): Promise<number> {
  const turns = new Turns(seconds);
  do {
    some();
    turns.done += 1;
  } while (!(await turns.isOver()));
  return turns.rate;
}

function expect(name: ShapeName, key: unknown, value: unknown, number: number): void {
  if (shapes[name].isValue(value, number)) return;
  throw new Error(
    `${JSON.stringify(key)} has ${JSON.stringify(value)}, not ${JSON.stringify(shapes[name].value(number))}`,
  );
}

/** The numbers below `length` in an order that is the same each time. */
function shuffled(length: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  let state = 1;
  for (let i = length - 1; i > 0; i--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (i + 1);
    [order[i], order[other]] = [order[other] as number, order[i] as number];
  }
  return order;
}
