/**
 * A process that opens a store and checks it, so that the one that asks for it outlives what damaged files do to LMDB.
 * Takes the environment's options as JSON, and prints a {@link Finding}. Ends early when its parent does.
 */
import { messageOf } from '../../errors.js';
import { checkStore } from './check.js';
import { type Environment, type EnvironmentOptions, openEnvironment, otherUser } from './environment.js';
import { isDamage } from './native-errors.js';

export type Finding =
  | { readonly kind: 'good' }
  | { readonly kind: 'damaged' | 'failed'; readonly why: string }
  | { readonly kind: 'locked'; readonly pid: number };

process.stdin.on('close', () => process.exit(1)).resume();
const finding = await examine(JSON.parse(process.argv[2] as string));
process.stdout.write(`${JSON.stringify(finding)}\n`, () => process.exit());

async function examine(options: EnvironmentOptions): Promise<Finding> {
  let env: Environment | undefined;
  try {
    env = openEnvironment(options);
    const pid = otherUser(env);
    if (pid !== undefined) return { kind: 'locked', pid };
    const why = await checkStore(env);
    if (why !== undefined) return { kind: 'damaged', why };
    if (options.durability === 'committed') await settle(env);
    return { kind: 'good' };
  } catch (error) {
    return { kind: isDamage(error) ? 'damaged' : 'failed', why: messageOf(error) };
  } finally {
    await env?.root.close();
  }
}

/** Brings what was committed to the disk, in both of LMDB's slots, for whoever opens it in the other mode. */
async function settle({ root, about }: Environment): Promise<void> {
  const state = about.getBinary(null);
  if (state === undefined) return;
  for (let times = 0; times < 2; times++) {
    await about.put(null, state);
    await root.flushed;
  }
}
