/** A process whose files may not grow beyond a limit: writes to the store it is given until LMDB fails, several at once. */
import { MusterError } from '../../errors.js';
import { openLmdbBackend } from '../../stores/lmdb/open.js';
import { Scribe } from './workbench.js';

// What exceeds the limit is an error then, and no signal.
process.on('SIGXFSZ', () => {});
const backend = await openLmdbBackend({ path: process.argv[2] as string });
const scribe = new Scribe();
const value = 'x'.repeat(50_000);

/** @returns The code of the error. */
async function write(key: unknown): Promise<string> {
  try {
    await backend.write(scribe.batch([{ key, value }]));
    return 'written';
  } catch (error) {
    return error instanceof MusterError ? error.code : String(error);
  }
}

let acknowledged = 0;
while ((await write(acknowledged)) === 'written') acknowledged += 1;
const failed = await Promise.all([write('a'), write('b'), write('c')]);
const areThere = Array.from({ length: acknowledged }, (_, key) => backend.read(key)).every((read) => read === value);
await backend.close();
console.log(JSON.stringify({ acknowledged, failed, areThere }));
