/**
 * Entry of `npm run bench`: finds the benches in `benches/`, runs those that are asked for one after the other, and prints
 * of each a table and a line of JSON. After all of them comes a line that sums up.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Bench } from './harness/bench.js';
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
  else if (values.list) for (const [name, { title }] of benches) print(`${name.padEnd(12)} ${title}`);
  else
    await runAll(chosen(benches, positionals), numberOf(values, 'seconds'), numberOf(values, 'rounds'), values.profile);
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

function numberOf(values: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!(number > 0 && number <= 3_600)) throw new UsageError(`--${name}: a number above 0 is needed, not ${text}`);
  return number;
}

async function runAll(
  benches: ReadonlyMap<string, Bench>,
  seconds: number | undefined,
  rounds: number | undefined,
  profileDir: string | undefined,
): Promise<void> {
  print(describeMachine());
  const processes = new ProcessPool({ profileDir });
  const stateDir = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(new Error('stopped')));
  });
  try {
    const lines: Record<string, object> = {};
    for (const [name, bench] of benches) {
      print(`\n${name}: ${bench.title}`);
      const setting = { seconds, rounds: rounds && Math.ceil(rounds), processes, stateDir, say };
      const { ratio, table, notes, figures } = await Promise.race([bench.run(setting), stopped]);
      lines[name] = { name, ratio: rounded(ratio), ...figures };
      print(['', renderTable(table), ...notes, JSON.stringify(lines[name])].join('\n'));
    }
    if (benches.size > 1) print(`\n${JSON.stringify(summary(lines))}`);
  } finally {
    await processes.end();
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** The last line of a run of several: the first bench's ratio stands for the whole. */
function summary(lines: Readonly<Record<string, object>>): object {
  const [first] = Object.values(lines);
  return { name: 'all', ratio: (first as { ratio: number }).ratio, benches: lines };
}

function print(line: string): void {
  process.stdout.write(line.endsWith('\n') ? line : `${line}\n`);
}

/** Progress is for people at a terminal, and not part of what is printed. */
function say(line: string): void {
  process.stderr.write(`  ${line}\n`);
}
