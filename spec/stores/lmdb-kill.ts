/** Kills processes that write to a store, and looks at what they left. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { idOf } from '../../stores/key.js';
import type { Durability } from '../../stores/lmdb/environment.js';
import { openLmdbBackend } from '../../stores/lmdb/open.js';
import { makeDirectory } from './workbench.js';

const program = fileURLToPath(new URL('./lmdb-writer.js', import.meta.url));

/**
 * After each kill all that was acknowledged is there, nothing is there by half, and the files are good.
 * @param durabilities - Of the writers, in turn; the store is looked at in the next one's.
 */
export async function killWriters(
  t: ExecutionContext,
  durabilities: readonly Durability[],
  times: number,
): Promise<void> {
  const path = join(await makeDirectory(t), 'store');
  const durabilityAt = (turn: number) => durabilities[turn % durabilities.length] as Durability;
  let [last, uncertain] = [0, 0];
  for (let time = 0; time < times; time++) {
    // A third of them before the first acknowledgement, while it opens the store or begins to write.
    const acknowledged = await killAfter(
      t,
      fork(program, [path, durabilityAt(time)]),
      time % 3 === 0 ? 0 : (time * 31) % 97,
    );
    const written = await examine(t, path, durabilityAt(time + 1));
    t.true(written >= Math.max(last, acknowledged), `kill ${time}: ${acknowledged} acknowledged, ${written} there`);
    if (written > acknowledged && acknowledged > 0) uncertain += 1;
    last = written;
  }
  t.log(`${last} batches, ${times} kills, ${uncertain} of them while one was on its way`);
  t.true(last > times);
}

/** @returns The last batch that the process had told of when it was gone; 0 for none. */
async function killAfter(t: ExecutionContext, writer: ChildProcess, acknowledgements: number): Promise<number> {
  t.teardown(() => writer.kill('SIGKILL'));
  let [heard, last] = [0, 0];
  writer.on('message', (message) => {
    if (typeof message === 'number') last = message;
    if (heard === acknowledgements) writer.kill('SIGKILL');
    heard += 1;
  });
  const [, signal] = await once(writer, 'exit');
  if (writer.connected) await once(writer, 'disconnect');
  t.is(signal, 'SIGKILL');
  return last;
}

async function examine(t: ExecutionContext, path: string, durability: Durability): Promise<number> {
  const backend = await openLmdbBackend({ path, durability, integrityCheck: true });
  const { sequence, size } = backend.state ?? { sequence: 0, size: 0 };
  t.is(backend.read('count') ?? 0, sequence);
  t.is(backend.origins.get('clone')?.last ?? 0, sequence);
  t.is([...backend.ids()].length, size);
  t.is(backend.due(sequence, Number.MAX_SAFE_INTEGER).length, 5 * sequence);
  let whole = 0;
  for (let number = 1; number <= sequence; number++) {
    const parts = [0, 1, 2, 3, 4].map((part) => backend.get(idOf([number, part])));
    const isWhole = parts.every(
      (part) => part?.version === number && String(part.value).length === (number * 37) % 3_000,
    );
    if (isWhole) whole += 1;
  }
  t.is(whole, sequence);
  await backend.close();
  return sequence;
}
