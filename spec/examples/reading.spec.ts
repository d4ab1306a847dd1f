import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Connection, loadExample, type Piece, pathOf } from './scan-detection.js';

const { countScanners, generateConnLog, readConnLog, readJob } = await loadExample();

function fileOf(t: ExecutionContext, ...lines: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'muster-scan-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'conn.log');
  writeFileSync(file, lines.join('\n'));
  return file;
}

async function read(...args: Parameters<typeof readConnLog>): Promise<Piece> {
  const connections: Connection[] = [];
  const badLines: Piece['badLines'][number][] = [];
  for await (const piece of readConnLog(...args)) {
    connections.push(...piece.connections);
    badLines.push(...piece.badLines);
  }
  return { connections, badLines };
}

const json = (source: unknown, destination: unknown, port: unknown, more: object = {}) =>
  JSON.stringify({
    ts: 1.5,
    'id.orig_h': source,
    'id.orig_p': 1,
    'id.resp_h': destination,
    'id.resp_p': port,
    ...more,
  });

test('JSON lines are read, with empty lines, Windows line ends and without a last line end', async (t) => {
  const file = fileOf(
    t,
    `${json('10.0.0.1', '10.0.0.2', 22)}\r`,
    '',
    json('fe80::1', 'ff02::fb', 5353, { proto: 'udp' }),
  );
  t.deepEqual(await read(file), {
    connections: [
      { source: '10.0.0.1', destination: '10.0.0.2', port: 22 },
      { source: 'fe80::1', destination: 'ff02::fb', port: 5353 },
    ],
    badLines: [],
  });
});

test('TSV is read by its #fields, wherever the columns are and whatever separates them', async (t) => {
  const tabs = [
    '#separator \\x09',
    '#fields\tts\tid.resp_p\tid.orig_h\tservice\tid.resp_h',
    '#types\ttime\tport\taddr\tstring\taddr',
    '1.5\t80\t10.0.0.1\t-\t10.0.0.2',
    '1.6\t0\t2001:db8::1\t-\t2001:db8::2',
    '#close\t2024-01-01-00-00-00',
  ];
  const expected = [
    { source: '10.0.0.1', destination: '10.0.0.2', port: 80 },
    { source: '2001:db8::1', destination: '2001:db8::2', port: 0 },
  ];
  t.deepEqual(await read(fileOf(t, ...tabs)), { connections: expected, badLines: [] });
  const bars = tabs.map((line) => line.replaceAll('\t', '|').replace('\\x09', '\\x7c'));
  t.deepEqual(await read(fileOf(t, ...bars)), { connections: expected, badLines: [] });
});

test('a malformed line is told by its number, and the others are read', async (t) => {
  const { connections, badLines } = await read(
    fileOf(
      t,
      'plain text',
      '{"id.orig_h":',
      json('10.0.0.1', '10.0.0.2', 22),
      json(undefined, '10.0.0.2', 22),
      json('10.0.0.1', 'example.org', 22),
      json('10.0.0.1', '10.0.0.2', 65_536),
      json('10.0.0.1', '10.0.0.2', '22'),
      '#fields\tid.orig_h\tid.resp_h\tid.resp_p',
      '10.0.0.1\t10.0.0.2',
      '10.0.0.1\t10.0.0.2\t-',
      '10.0.0.3\t10.0.0.2\t23',
    ),
  );
  t.deepEqual(
    connections.map(({ port }) => port),
    [22, 23],
  );
  t.deepEqual(
    badLines.map(({ line, reason }) => [line, reason]),
    [
      [1, 'neither JSON nor below a #fields line'],
      [2, 'Unexpected end of JSON input'],
      [4, 'id.orig_h: an address expected, got nothing'],
      [5, 'id.resp_h: an address expected, got "example.org"'],
      [6, 'id.resp_p: a port expected, got 65536'],
      [7, 'id.resp_p: a port expected, got "22"'],
      [9, 'id.resp_p: a port expected, got nothing'],
      [10, 'id.resp_p: a port expected, got "-"'],
    ],
  );
});

test('the shares of a file that comes in many pieces hold every connection once', async (t) => {
  const all = Array.from({ length: 12_345 }, (_, i) => json('10.0.0.1', `2001:db8::${i.toString(16)}`, i));
  const file = fileOf(t, ...all);
  const shares = await Promise.all([0, 1, 2, 3].map((index) => read(file, { index, of: 4 })));
  t.deepEqual(
    shares.map(({ connections }) => connections.length),
    [3_087, 3_086, 3_086, 3_086],
  );
  const ports = shares.flatMap(({ connections }) => connections.map(({ port }) => port));
  t.is(new Set(ports).size, all.length);
});

test('every share of a TSV file knows its columns', async (t) => {
  const rows = Array.from({ length: 8 }, (_, i) => `10.0.0.1\t10.0.0.2\t${i}`);
  const file = fileOf(t, '#fields\tid.orig_h\tid.resp_h\tid.resp_p', ...rows);
  const shares = await Promise.all([0, 1, 2, 3].map((index) => read(file, { index, of: 4 })));
  t.deepEqual(
    shares.map(({ connections, badLines }) => [connections.length, badLines.length]),
    [
      [2, 0],
      [2, 0],
      [2, 0],
      [2, 0],
    ],
  );
});

test('the generated conn.log is what its script makes, byte for byte', (t) => {
  const lines = [...generateConnLog()];
  t.is(lines.length, 20_000);
  t.true(`${lines.join('\n')}\n` === readFileSync(pathOf('conn.log'), 'utf8'));
  t.not(lines[0], [...generateConnLog({ seed: 2 })][0]);
});

test('the generated conn.log has five scanners, two of them with IPv6, and near misses', async (t) => {
  const input = pathOf('conn.log');
  const { connections, scanners, badLines } = await countScanners({ input, threshold: 15 });
  t.is(connections, 20_000);
  t.is(badLines, 0);
  t.deepEqual([...scanners].sort(), [
    ['192.0.2.99', 18],
    ['198.51.100.23', 1_000],
    ['2001:db8:20::17', 60],
    ['2001:db8:bad::1', 120],
    ['203.0.113.66', 254],
  ]);
  t.true((await countScanners({ input, threshold: 14 })).scanners.has('10.20.0.254'));
});

test('a source is a scanner from the threshold on, however often it tries the same', async (t) => {
  const tries = [1, 2, 3].flatMap((port) => [json('::1', '::2', port), json('::1', '::2', port)]);
  const input = fileOf(t, ...tries, json('::3', '::2', 1), json('::3', '::4', 1));
  t.deepEqual([...(await countScanners({ input, threshold: 3 })).scanners], [['::1', 3]]);
  t.deepEqual([...(await countScanners({ input, threshold: 4 })).scanners], []);
});

test('without arguments, the job is the generated file', async (t) => {
  const job = await readJob([]);
  t.is(job.input, pathOf('conn.log'));
  t.is(job.threshold, 15);
});

test('a job that cannot be done is refused, in words', async (t) => {
  const broken = fileOf(t, '', 'no connection');
  const empty = fileOf(t, '#close');
  const missing = `${broken}.gz`;
  const refused: [string[], string][] = [
    [['--input', missing], `--input: can't read ${missing}: ENOENT: no such file or directory`],
    [['--input', broken], `--input: no connection in ${broken}: line 2: neither JSON nor below a #fields line`],
    [['--input', empty], `--input: no connection in ${empty}: there is no record in it`],
    [['--threshold', '0'], '--threshold: a whole number from 1 expected, got 0'],
    [['--threshold', 'many'], '--threshold: a whole number from 1 expected, got many'],
  ];
  for (const [args, message] of refused) await t.throwsAsync(readJob(args), { message });
  await t.throwsAsync(readJob(['--inptu', broken]), { message: /Unknown option '--inptu'/ });
});
