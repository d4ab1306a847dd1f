import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { exitCodes } from '../../cli/exit-codes.js';
import { emptyDirectory } from '../cli/workbench.js';
import { freePorts } from '../helpers/ports.js';
import { pathOf } from './scan-detection.js';
import { expected, linesOf, noticesIn, sourcesIn, start, tableOf } from './scan-run.js';

// Each test runs a whole cluster: one after the other.

/** The nodes of the example, one of each type. */
async function oneOfEach(stateDir: string): Promise<string> {
  const [logger = 0, manager = 0, proxy = 0] = await freePorts(3);
  const ip = '127.0.0.1';
  const layout = join(stateDir, 'cluster-layout.json');
  const nodes = {
    logger: { nodeType: 'logger', ip, port: logger },
    manager: { nodeType: 'manager', ip, port: manager },
    'proxy-1': { nodeType: 'proxy', ip, port: proxy },
    'worker-1': { nodeType: 'worker', ip },
  };
  writeFileSync(layout, JSON.stringify(nodes));
  return layout;
}

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
  const up = start(t, { stateDir, layout: await oneOfEach(stateDir), input });
  t.is(await up.ended, exitCodes.script);
  const message = `--input: can't read ${input}: ENOENT: no such file or directory`;
  t.true(up.events.some((event) => event.type === 'failed' && event.message.endsWith(message)));
  t.true(up.events.every((event) => event.type !== 'died'));
});

test.serial('on a terminal it stays up until it is interrupted', async (t) => {
  const stateDir = emptyDirectory(t);
  const up = start(t, { stateDir, layout: await oneOfEach(stateDir), env: { MUSTER_TERMINAL: '1' } });
  await up.until((muster) => linesOf(muster, 'manager').includes('the cluster stays up; Ctrl-C ends it'));
  t.false(up.events.some((event) => event.type === 'state' && event.node.state === 'left'));
  up.kill('SIGINT');
  t.is(await up.ended, 0);
});
