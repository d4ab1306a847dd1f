/**
 * The bench's runner: what it prints, how it refuses, and that nothing outlives it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { medianInterval, percentile, ratios, summarize } from '../../bench/harness/statistics.js';
import { renderTable, short } from '../../bench/harness/table.js';

const runner = fileURLToPath(new URL('../../bench/main.js', import.meta.url));

function start(t: ExecutionContext, ...args: readonly string[]) {
  const child = spawn(process.execPath, [runner, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

/** Runs it to its end. */
async function run(t: ExecutionContext, ...args: readonly string[]) {
  const child = start(t, ...args);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) child[stream].on('data', (text) => (output[stream] += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output, lines: output.stdout.trimEnd().split('\n') };
}

test('it lists its benches by name, in the order of a run of all', async (t) => {
  const { code, lines } = await run(t, '--list');
  t.is(code, 0);
  const names = lines.map((line) => line.split(' ')[0] as string);
  t.deepEqual(names.slice(0, 4), ['throughput', 'latency', 'large', 'fan-out']);
  t.true(names.includes('idle') && names.includes('cluster'));
});

const refused: Record<string, [args: string[], words: RegExp]> = {
  'a bench that is not there': [['nonsense'], /no bench nonsense; there are throughput, latency/],
  'rounds that are no number': [['--rounds', 'many'], /--rounds: a whole number from 1, not many/],
  'no time at all': [['--seconds', '0'], /--seconds: more than 0/],
  'an option that is not there': [['--fast'], /--fast/],
};
for (const [what, [args, words]] of Object.entries(refused)) {
  test(`${what} is a usage error, in words`, async (t) => {
    const { code, stdout, stderr } = await run(t, ...args);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, words);
  });
}

test('a bench ends with a table and a line of JSON with its name and ratio', async (t) => {
  const { code, stderr, lines } = await run(t, 'throughput', '--seconds', '0.1', '--rounds', '1');
  t.is(code, 0, stderr);
  const { name, ratio, muster, bare } = JSON.parse(lines.at(-1) as string);
  t.is(name, 'throughput');
  t.true(ratio > 0 && muster.median > 0 && bare.median > 0);
  t.true(lines.some((line) => line.startsWith('Muster')));
});

if (process.platform === 'linux') {
  test('its processes end with it, even if it is killed', async (t) => {
    const child = start(t, 'latency', '--seconds', '30');
    let players: string[] = [];
    while (players.length < 2) {
      await sleep(20);
      players = childrenOf(child.pid as number);
    }
    child.kill('SIGKILL');
    await once(child, 'close');
    while (players.some(isAlive)) await sleep(20);
    t.pass();
  });
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

function isAlive(pid: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('medians and percentiles lie between the values they are of', (t) => {
  t.deepEqual(summarize([3, 1, 2]), { median: 2, min: 1, max: 3 });
  t.is(summarize([4, 1, 2, 3]).median, 2.5);
  t.is(percentile([10], 99), 10);
  t.is(percentile([0, 10, 20, 30, 40], 75), 30);
  t.is(percentile([0, 100], 99), 99);
  t.is(percentile([], 50), Number.NaN);
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => count - i);
  // From a table of the binomial distribution.
  t.deepEqual(medianInterval(upTo(15)), { low: 4, high: 12 });
  t.deepEqual(medianInterval(upTo(20)), { low: 6, high: 15 });
  t.deepEqual(medianInterval(upTo(5)), { low: 1, high: 5 });
  t.deepEqual(ratios([2, 9], [4, 3]), [0.5, 3]);
});

test('a table has its numbers to the right, in three digits', (t) => {
  t.deepEqual([2_476_000, 816_400, 1_706, 77.34, 0.0618, 0].map(short), [
    '2.48 M',
    '816 k',
    '1706',
    '77.3',
    '0.062',
    '0',
  ]);
  const table = renderTable([
    ['', 'rate'],
    ['Muster', '1'],
    ['bare', '22.0'],
  ]);
  t.is(table, ['        rate', '------  ----', 'Muster     1', 'bare    22.0'].join('\n'));
});
