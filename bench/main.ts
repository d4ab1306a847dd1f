/**
 * Entry of `npm run bench`: finds the benches in `benches/`, runs those that are asked for one after the other, and prints
 * of each a table and a line of JSON. After all of them comes a line that sums up.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Bench, Result } from './harness/bench.js';
import { describeMachine } from './harness/machine.js';
import { ProcessPool } from './harness/processes.js';
import { rounded } from './harness/statistics.js';
import { renderTable } from './harness/table.js';

const usage = `Usage: npm run bench -- [NAME...] [--seconds N] [--rounds N] [--profile DIR] [--list]

  NAME          benches to run; all if none are given
  --seconds N   how long each measurement takes
  --rounds N    how often each side is measured; medians are printed
  --profile DIR each process leaves a CPU profile there
  --list        print the names of the benches
`;

const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

const config = {
  allowPositionals: true,
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    profile: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
} as const satisfies ParseArgsConfig;

class UsageError extends Error {}

/** What is printed as JSON. */
type Line = Readonly<Record<string, unknown>> & { readonly ratio?: number };

try {
  await main();
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`bench: ${error.message}\n\n${usage}`);
    process.exitCode = exitCodes.usage;
  } else {
    process.stderr.write(`bench: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = exitCodes.failed;
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parse();
  const benches = await findBenches();
  if (values.help) print(usage);
  else if (values.list) list(benches);
  else await runAll(chosen(benches, positionals), secondsOf(values.seconds), roundsOf(values.rounds), values.profile);
}

function list(benches: ReadonlyMap<string, Bench>): void {
  const width = Math.max(...[...benches.keys()].map(({ length }) => length));
  for (const [name, { title }] of benches) print(`${name.padEnd(width)} ${title}`);
}

function parse() {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** By name, in the order of a run of all. */
async function findBenches(): Promise<Map<string, Bench>> {
  const directory = new URL('./benches/', import.meta.url);
  const files = (await readdir(directory)).filter((file) => file.endsWith('.js'));
  const found = await Promise.all(
    files.map(async (file): Promise<[string, Bench]> => {
      const { bench }: { bench: Bench } = await import(new URL(file, directory).href);
      return [file.slice(0, -'.js'.length), bench];
    }),
  );
  return new Map(found.sort(([, a], [, b]) => a.order - b.order));
}

function chosen(benches: ReadonlyMap<string, Bench>, names: readonly string[]): Map<string, Bench> {
  if (names.length === 0) return new Map(benches);
  return new Map(
    names.map((name): [string, Bench] => {
      const bench = benches.get(name);
      if (bench === undefined) throw new UsageError(`no bench ${name}; there are ${[...benches.keys()].join(', ')}`);
      return [name, bench];
    }),
  );
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3_600)) throw new UsageError(`--seconds: more than 0 and at most 3600, not ${text}`);
  return seconds;
}

function roundsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError(`--rounds: a whole number from 1, not ${text}`);
  return rounds;
}

/** Runs them one after the other; one that fails does not keep the others from running. */
async function runAll(
  benches: ReadonlyMap<string, Bench>,
  seconds: number | undefined,
  rounds: number | undefined,
  profileDir: string | undefined,
): Promise<void> {
  print(describeMachine());
  const processes = new ProcessPool(profileDir);
  const stateDir = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const stopped = signalled();
  const lines = new Map<string, Line>();
  try {
    for (const [name, bench] of benches) {
      print(`\n${name}: ${bench.title}`);
      const running = bench.run({ seconds, rounds, processes, stateDir, say });
      const result = await Promise.race([running.catch((error: Error) => error), stopped]);
      if (result === undefined) break;
      if (result instanceof Error) failed(name, result);
      else lines.set(name, show(name, result));
      await processes.end();
    }
  } finally {
    await processes.close();
    await rm(stateDir, { recursive: true, force: true });
  }
  if (benches.size > 1 && lines.size > 0) print(`\n${JSON.stringify(summary(lines))}`);
}

/** Resolves when this process is asked to end. */
function signalled(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.exitCode = exitCodes.failed;
        resolve(undefined);
      });
    }
  });
}

function failed(name: string, error: Error): void {
  process.exitCode = exitCodes.failed;
  process.stderr.write(`bench: ${name} failed: ${error.stack}\n`);
}

function show(name: string, { ratio, table, notes, figures }: Result): Line {
  const line = { name, ...(ratio !== undefined && { ratio: rounded(ratio) }), ...figures };
  print(['', renderTable(table), ...notes, JSON.stringify(line)].join('\n'));
  return line;
}

/** The last line of a run of several: the first bench's ratio stands for all; round-trip times if they were measured. */
function summary(lines: ReadonlyMap<string, Line>): object {
  const [first] = lines.values();
  const { p50, p99 } = (lines.get('latency') ?? {}) as { p50?: number; p99?: number };
  return { name: 'all', ratio: first?.ratio, p50, p99, benches: Object.fromEntries(lines) };
}

function print(line: string): void {
  process.stdout.write(line.endsWith('\n') ? line : `${line}\n`);
}

/** Progress is for people at a terminal, and not part of what is printed. */
function say(line: string): void {
  process.stderr.write(`  ${line}\n`);
}
