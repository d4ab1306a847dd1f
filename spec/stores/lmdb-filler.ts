/**
 * A process that fills the disk of the store it is given, writes until it is refused, makes room, and goes on.
 * Prints what it saw as JSON.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MusterError } from '../../errors.js';
import { openLmdbBackend } from '../../stores/lmdb/open.js';
import { Scribe } from './workbench.js';

const directory = process.argv[2] as string;
const ballast = join(directory, 'ballast');
writeFileSync(ballast, Buffer.alloc(4 * 2 ** 20));
const path = join(directory, 'store');
const backend = await openLmdbBackend({ path, reserve: 2 ** 20 });
let scribe = new Scribe();
const value = 'x'.repeat(10_000);

/** @returns How many it has written, and the code and message of the error that stopped it. */
async function writeUntilRefused(prefix: string, most: number) {
  for (let count = 0; count < most; count++) {
    try {
      await backend.write(scribe.batch([{ key: `${prefix} ${count}`, value }]));
    } catch (error) {
      if (!(error instanceof MusterError)) throw error;
      scribe = new Scribe(count);
      return { count, code: error.code, message: error.message };
    }
  }
  return { count: most };
}

const first = await writeUntilRefused('first', 10_000);
const stillRefused = await writeUntilRefused('refused', 1);
rmSync(ballast);
const second = await writeUntilRefused('second', 100);
const firstAreThere = Array.from({ length: first.count }, (_, n) => backend.read(`first ${n}`)).every(
  (v) => v === value,
);
await backend.close();
console.log(JSON.stringify({ first, stillRefused, second, firstAreThere }));
