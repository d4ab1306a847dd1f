/**
 * Runs of examples/scan-detection, eight processes each, and what they leave: tables, notices, and the right result.
 */
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { emptyDirectory, Muster } from '../cli/workbench.js';
import { loadExample, pathOf } from './scan-detection.js';

const { countScanners, formatResult, generateConnLog } = await loadExample();
const milestones = fileURLToPath(new URL('./scripts/milestones.js', import.meta.url));

export interface Start {
  readonly stateDir: string;
  /** @defaultValue that of the example, eight nodes */
  readonly layout?: string;
  readonly input?: string;
  readonly threshold?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** What is added for Muster itself. */
  readonly more?: readonly string[];
}

/** The command of `npm start`, with JSON instead of lines for people. */
export function start(
  t: ExecutionContext,
  { stateDir, layout = pathOf('cluster-layout.ts'), input, threshold, env, more = [] }: Start,
): Muster {
  const args = [
    ...['up', layout, '--load', pathOf('scan.ts'), '--json', '--state-dir', stateDir, ...more],
    '--',
    ...(input === undefined ? [] : ['--input', input]),
    ...(threshold === undefined ? [] : ['--threshold', `${threshold}`]),
  ];
  return new Muster(t, args, { env: { ...process.env, ...env } });
}

/** Lines that a node wrote to its output. */
export function linesOf({ events }: Muster, name: string): string[] {
  return events.flatMap((event) =>
    event.type === 'output' && event.name === name && event.stream === 'stdout' ? [event.line] : [],
  );
}

/** What the count without a cluster says. */
export async function expected(input: string, threshold = 15) {
  const result = await countScanners({ input, threshold });
  return { table: formatResult(result, threshold), sources: [...result.scanners.keys()].sort() };
}

/** The lines of the manager up to those that differ from run to run. */
export function tableOf(up: Muster): string[] {
  const lines = linesOf(up, 'manager');
  return lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('time: ')),
  );
}

export function noticesIn(stateDir: string): { src: string; note: string; msg: string; run: string; ts: number }[] {
  const text = readFileSync(join(stateDir, 'logs/logger/notice.log'), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

export const sourcesIn = (stateDir: string) =>
  noticesIn(stateDir)
    .map(({ src }) => src)
    .sort();

/**
 * Kills nodes while they work, one after the other, and checks that the result is right all the same.
 * @param records of the input, a multiple of 100,000: one of the proxies gets about half, and each tenth costs a node its life
 */
export async function killWhileItRuns(t: ExecutionContext, victims: readonly string[], records: number): Promise<void> {
  t.timeout(120_000);
  const stateDir = emptyDirectory(t);
  const input = join(stateDir, 'conn.log');
  const lines = generateConnLog({ records, seed: 3 });
  await pipeline(Readable.from(terminated(lines)), createWriteStream(input));
  const { table, sources } = await expected(input);

  const up = start(t, { stateDir, input, more: ['--load', milestones] });
  for (const [i, victim] of victims.entries()) {
    const milestone = `${((i + 1) * records) / 10} attempts`;
    await up.until((muster) => linesOf(muster, 'proxy-2').includes(milestone));
    process.kill(pidOf(up, victim), 'SIGKILL');
  }
  t.is(await up.ended, 0, up.err.join('\n'));

  const died = up.events.flatMap((event) => (event.type === 'died' ? [event.name] : []));
  t.deepEqual(died.sort(), [...victims].sort());
  t.deepEqual(tableOf(up), table);
  t.is(linesOf(up, 'manager').filter((line) => line === table[0]).length, 1);
  t.deepEqual(sourcesIn(stateDir), sources);
  const counted = ['proxy-1', 'proxy-2'].flatMap((proxy): string[] => JSON.parse(linesOf(up, proxy).at(-1) ?? ''));
  t.is(new Set(counted).size, counted.length, 'each source has been counted in one place');
}

function* terminated(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

function pidOf({ events }: Muster, name: string): number {
  const states = events.flatMap((event) =>
    event.type === 'state' && event.node.name === name ? [event.node.pid] : [],
  );
  const pid = states.at(-1);
  if (typeof pid !== 'number') throw new Error(`no process runs for ${name}`);
  return pid;
}
