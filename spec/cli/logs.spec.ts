import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { joinCluster } from '../../index.js';
import { systemFiles } from '../../logs/files.js';
import { writeBatch, writeHead, writeStream } from '../../logs/journal.js';
import { SeenBatches } from '../../logs/seen-batches.js';
import { Court, emptyDirectory, Muster, oneNode, run, runHere, scriptPath } from './workbench.js';

const columns = [
  { name: 'ts', type: 'time' },
  { name: 'n', type: 'count' },
] as const;

interface Written {
  readonly writer: string;
  readonly number: number;
  /** ms → number of each record. */
  readonly records: readonly (readonly [ts: number, n: number])[];
  readonly first: number;
  readonly stride: number;
}

/** Files as a logger leaves them. @returns the data. */
async function writeFiles(
  stateDir: string,
  node: string,
  batches: readonly Written[],
  how: 'gz' | 'rotated' | 'open',
): Promise<void> {
  const directory = join(stateDir, 'logs', node);
  await systemFiles.list(directory);
  const stem = `numbers.2026-01-01-00-00-00.${node}`;
  let journal =
    writeHead(0, node, new SeenBatches()) +
    writeStream({ id: 'Numbers::LOG', path: 'numbers', format: 'json', columns });
  let data = '';
  for (const { writer, number, records, first, stride } of batches) {
    const lines = records.map(([ts, n]) => `{"ts":${(ts / 1_000).toFixed(6)},"n":${n}}\n`).join('');
    const counts = { settled: 0, count: records.length, first, stride };
    journal += writeBatch({ offset: data.length, length: lines.length, writer, number, ...counts });
    data += lines;
  }
  writeFileSync(join(directory, `${stem}.1.batches`), journal);
  if (how === 'gz') writeFileSync(join(directory, `${stem}.log.gz`), gzipSync(data));
  else writeFileSync(join(directory, how === 'open' ? 'numbers.log' : `${stem}.log`), data);
}

async function numbersOf(t: ExecutionContext, ...args: readonly string[]): Promise<number[]> {
  const { code, out, err } = await run(t, args);
  t.is(code, 0, err);
  return out === '' ? [] : out.split('\n').map((line) => JSON.parse(line).n);
}

test('cat merges the files of all loggers, each record once, in the order of its writer', async (t) => {
  const stateDir = emptyDirectory(t);
  const copy = {
    writer: 'a_1',
    number: 2,
    records: [
      [20, 2],
      [40, 4],
    ],
    first: 2,
    stride: 2,
  } as const;
  await writeFiles(
    stateDir,
    'logger-1',
    [copy, { writer: 'b_1', number: 1, records: [[25, 101]], first: 1, stride: 1 }],
    'gz',
  );
  await writeFiles(
    stateDir,
    'logger-2',
    [
      {
        writer: 'a_1',
        number: 1,
        records: [
          [10, 1],
          [30, 3],
        ],
        first: 1,
        stride: 2,
      },
      copy,
    ],
    'rotated',
  );
  // Its clock was set back: its order is kept all the same.
  await writeFiles(
    stateDir,
    'logger-3',
    [
      {
        writer: 'a_1',
        number: 3,
        records: [
          [5, 5],
          [6, 6],
        ],
        first: 5,
        stride: 1,
      },
    ],
    'open',
  );
  const args = ['logs', 'cat', 'Numbers::LOG', '--state-dir', stateDir];
  t.deepEqual(await numbersOf(t, ...args), [1, 2, 101, 3, 4, 5, 6]);
  t.deepEqual(await numbersOf(t, 'log', 'numbers', '-n', '3', '--state-dir', stateDir), [101, 3, 4]);
  const tsv = await runHere([...args, '--format', 'tsv']);
  t.regex(
    tsv.out,
    /^#separator \\x09\n[\s\S]*#fields\tts\tn\n#types\ttime\tcount\n0\.010000\t1\n0\.020000\t2\n[\s\S]*\n#close\t[\d-]+$/,
  );
  const unknown = await runHere(['logs', 'cat', 'other', '--state-dir', stateDir]);
  t.is(unknown.code, 1);
  t.regex(unknown.err, /no log other in .*; there are numbers/);
});

test('cat leaves out what is not all there, and shows what no journal speaks of', async (t) => {
  const stateDir = emptyDirectory(t);
  const batches = [1, 2].map((number) => ({
    writer: 'a_1',
    number,
    records: [[number, number]] as const,
    first: number,
    stride: 1,
  }));
  await writeFiles(stateDir, 'logger-1', batches, 'open');
  const file = join(stateDir, 'logs', 'logger-1', 'numbers.log');
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, whole.length - 5));
  t.deepEqual(await numbersOf(t, 'logs', 'cat', 'numbers', '--state-dir', stateDir), [1]);
  writeFileSync(file, `${whole}{"ts":3.000000,"n":3}\n`);
  t.deepEqual((await numbersOf(t, 'logs', 'cat', 'numbers', '--state-dir', stateDir)).sort(), [1, 2, 3]);
});

test('log -f shows records as they come, over rotations, until it is interrupted', async (t) => {
  const stateDir = emptyDirectory(t);
  const node = await joinCluster({ options: { stateDir, logLevel: 'silent' } });
  t.teardown(() => node.leave());
  const stream = node.createLogStream('Numbers::LOG', { columns: { ts: 'time', n: 'count' } });
  stream.write({ ts: 1, n: 1 });
  await node.flush();
  const follower = new Muster(t, ['log', 'Numbers::LOG', '-f', '--state-dir', stateDir]);
  await follower.until(({ out }) => out.length === 1);
  for (let n = 2; n <= 20; n++) {
    stream.write({ ts: n, n });
    if (n % 3 === 0) node.rotateLogs();
    await node.flush();
  }
  await follower.until(({ out }) => out.length === 20);
  t.deepEqual(
    follower.out.map((line) => JSON.parse(line).n),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  follower.kill('SIGINT');
  t.is(await follower.ended, 0);
});

test('a node without a terminal opens its files anew at SIGHUP', async (t) => {
  const { directory, layout } = await oneNode(t);
  const court = await Court.open(t);
  const stateDir = join(directory, 'state');
  const node = new Muster(t, [
    'node',
    'logger-1',
    '--layout',
    layout,
    '--state-dir',
    stateDir,
    '--json',
    '--load',
    scriptPath('witness'),
    '--',
    court.path,
  ]);
  await node.untilLine(/"state":"ready"/);
  const logs = join(stateDir, 'logs', 'logger-1');
  const textOf = (file: string) => (existsSync(join(logs, file)) ? readFileSync(join(logs, file), 'utf8') : '');
  while (!textOf('cluster.log').includes('fully connected')) await new Promise(setImmediate);
  renameSync(join(logs, 'cluster.log'), join(logs, 'moved.log'));
  node.kill('SIGHUP');
  while (!existsSync(join(logs, 'cluster.log'))) await new Promise(setImmediate);
  node.kill('SIGTERM');
  t.is(await node.ended, 0);
  t.regex(textOf('moved.log'), /fully connected/);
});
