import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { exitCodes } from '../../cli/exit-codes.js';
import { emptyDirectory, Muster } from '../cli/workbench.js';
import { loadExample, pathOf } from './scan-detection.js';

// Each test runs the whole example, eight processes: one after the other.

const { countScanners, formatResult, generateConnLog } = await loadExample();
const milestones = fileURLToPath(new URL('./scripts/milestones.js', import.meta.url));

interface Start {
  readonly stateDir: string;
  readonly input?: string;
  readonly threshold?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** What is added for Muster itself. */
  readonly more?: readonly string[];
}

/** The command of `npm start`, with JSON instead of lines for people. */
function start(t: ExecutionContext, { stateDir, input, threshold, env, more = [] }: Start): Muster {
  const args = [
    ...['up', pathOf('cluster-layout.ts'), '--load', pathOf('scan.ts'), '--json', '--state-dir', stateDir, ...more],
    '--',
    ...(input === undefined ? [] : ['--input', input]),
    ...(threshold === undefined ? [] : ['--threshold', `${threshold}`]),
  ];
  return new Muster(t, args, { env: { ...process.env, ...env } });
}

/** Lines that a node wrote to its output. */
function linesOf({ events }: Muster, name: string): string[] {
  return events.flatMap((event) =>
    event.type === 'output' && event.name === name && event.stream === 'stdout' ? [event.line] : [],
  );
}

/** What the count without a cluster says. */
async function expected(input: string, threshold = 15) {
  const result = await countScanners({ input, threshold });
  return { table: formatResult(result, threshold), sources: [...result.scanners.keys()].sort() };
}

/** The lines of the manager up to those that differ from run to run. */
function tableOf(up: Muster): string[] {
  const lines = linesOf(up, 'manager');
  return lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('time: ')),
  );
}

function noticesIn(stateDir: string): { src: string; note: string; msg: string; run: string; ts: number }[] {
  const text = readFileSync(join(stateDir, 'logs/logger/notice.log'), 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const sourcesIn = (stateDir: string) =>
  noticesIn(stateDir)
    .map(({ src }) => src)
    .sort();

test.serial('the example finds what a count without a cluster finds, and ends with 0', async (t) => {
  const stateDir = emptyDirectory(t);
  const { table, sources } = await expected(pathOf('conn.log'));
  const up = start(t, { stateDir });
  t.is(await up.ended, 0, up.err.join('\n'));
  t.deepEqual(tableOf(up), table);
  t.deepEqual(sourcesIn(stateDir), sources);
  const [, time, rate, file] = linesOf(up, 'manager').slice(table.length - 1);
  t.regex(time ?? '', /^time: read and sent in \d+\.\d\d s, all counted after \d+\.\d\d s$/);
  t.regex(rate ?? '', /^events per second: [1-9][\d,]*$/);
  t.is(file, `notices: kept in ${join(stateDir, 'logs/logger/notice.log')}`);

  const [first] = noticesIn(stateDir);
  t.like(first, { note: 'Scan::Scanner', msg: `${first?.src} tried 15 or more different (destination, port) pairs` });

  // A second run in the same place, on TSV with a broken line and another threshold, keeps its own notices only.
  const input = join(stateDir, 'conn.tsv');
  const pairs = [1, 2, 3].map((port) => `2001:db8::1\t2001:db8::2\t${port}`);
  const rows = ['1.1.1.1\t2.2.2.2\t53', ...pairs, '1.1.1.1\t2.2.2.2\tfifty'];
  writeFileSync(input, ['#fields\tid.orig_h\tid.resp_h\tid.resp_p', ...rows].join('\n'));
  const again = start(t, { stateDir, input, threshold: 3 });
  t.is(await again.ended, 0, again.err.join('\n'));
  t.deepEqual(tableOf(again), (await expected(input, 3)).table);
  t.is(tableOf(again).at(-1), 'malformed lines: 1, the first is line 6: id.resp_p: a port expected, got "fifty"');
  t.deepEqual(sourcesIn(stateDir), ['2001:db8::1']);
  t.not(noticesIn(stateDir)[0]?.run, first?.run);
});

test.serial('an input that is not there keeps the cluster from starting', async (t) => {
  const stateDir = emptyDirectory(t);
  const input = join(stateDir, 'missing.log');
  const up = start(t, { stateDir, input });
  t.is(await up.ended, exitCodes.script);
  const message = `--input: can't read ${input}: ENOENT: no such file or directory`;
  t.true(up.events.some((event) => event.type === 'failed' && event.message.endsWith(message)));
  t.true(up.events.every((event) => event.type !== 'died'));
});

test.serial('on a terminal it stays up until it is interrupted', async (t) => {
  const stateDir = emptyDirectory(t);
  const up = start(t, { stateDir, env: { MUSTER_TERMINAL: '1' } });
  await up.until((muster) => linesOf(muster, 'manager').includes('the cluster stays up; Ctrl-C ends it'));
  t.false(up.events.some((event) => event.type === 'state' && event.node.state === 'left'));
  up.kill('SIGINT');
  t.is(await up.ended, 0);
});

const records = 200_000;

for (const [victims, title] of [
  [['worker-2', 'proxy-1'], 'a worker and a proxy'],
  [['manager', 'logger'], 'the manager and the logger'],
] as const) {
  test.serial(`the result is right when ${title} are killed while they work`, async (t) => {
    t.timeout(120_000);
    const stateDir = emptyDirectory(t);
    const input = join(stateDir, 'conn.log');
    const lines = generateConnLog({ records, seed: 3 });
    await pipeline(Readable.from(terminated(lines)), createWriteStream(input));
    const { table, sources } = await expected(input);

    const up = start(t, { stateDir, input, more: ['--load', milestones] });
    for (const [i, victim] of victims.entries()) {
      const milestone = `${(i + 1) * 20_000} attempts`;
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
  });
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
