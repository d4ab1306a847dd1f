/** Job: what to do, from the command line. `muster up … -- ARGUMENTS` hands ARGUMENTS to every node. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BadLine, readConnLog } from './conn-log.ts';

export interface Job {
  /** A conn.log of Zeek, JSON lines or TSV. */
  readonly input: string;
  /** A source is a scanner once it has tried this many different (destination, port) pairs. */
  readonly threshold: number;
  /** On a terminal the cluster stays up when the job is done, for its user to look around. */
  readonly staysUp: boolean;
}

const defaults = { input: resolve(import.meta.dirname, 'conn.log'), threshold: '15' };

/** @throws when an argument is wrong, or there is nothing to count in the input. */
export async function readJob(args = process.argv.slice(2)): Promise<Job> {
  const { values } = parseArgs({ args, options: { input: { type: 'string' }, threshold: { type: 'string' } } });
  const { input, threshold } = { ...defaults, ...values };
  if (!/^[1-9]\d{0,8}$/.test(threshold)) {
    throw new Error(`--threshold: a whole number from 1 expected, got ${threshold}`);
  }
  // npm runs scripts in the package's folder, but a relative path is meant from where its user stands.
  const path = resolve(process.env.INIT_CWD ?? '', input);
  await requireConnection(path);
  return { input: path, threshold: Number(threshold), staysUp: process.env.MUSTER_TERMINAL === '1' };
}

async function requireConnection(input: string): Promise<void> {
  let firstBadLine: BadLine | undefined;
  try {
    for await (const { connections, badLines } of readConnLog(input)) {
      if (connections.length > 0) return;
      firstBadLine ??= badLines[0];
    }
  } catch (error) {
    const [message] = (error as Error).message.split(',');
    throw new Error(`--input: can't read ${input}: ${message}`, { cause: error });
  }
  const why = firstBadLine ? `line ${firstBadLine.line}: ${firstBadLine.reason}` : 'there is no record in it';
  throw new Error(`--input: no connection in ${input}: ${why}`);
}
