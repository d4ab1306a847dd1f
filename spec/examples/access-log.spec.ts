import { resolve } from 'node:path';
import test from 'ava';
import { emptyDirectory, Muster, run } from '../cli/workbench.js';

const pathOf = (file: string) => resolve('examples/access-log', file);

test('two loggers keep what two workers write, but no health checks and no secrets', async (t) => {
  const stateDir = emptyDirectory(t);
  const up = new Muster(t, [
    'up',
    pathOf('cluster-layout.ts'),
    '--load',
    pathOf('access-log.ts'),
    '--state-dir',
    stateDir,
    '--json',
  ]);
  t.is(await up.ended, 0, up.err.join('\n'));
  const printed = up.events.flatMap((event) => (event.type === 'output' ? [event.line] : []));
  t.deepEqual(printed, Array(2).fill('900 requests are logged, 100 health checks are not'));
  const { code, out } = await run(t, ['logs', 'cat', 'Access::LOG', '--state-dir', stateDir]);
  t.is(code, 0);
  const records = out.split('\n').map((line) => JSON.parse(line));
  t.is(records.length, 1_800);
  t.true(records.every(({ path }) => /^\/items\/\d$/.test(path)));
  t.deepEqual(
    records.map(({ ts }) => ts),
    records.map(({ ts }) => ts).sort((a, b) => a - b),
  );
  const log = await run(t, ['logs', 'cat', '--state-dir', stateDir]);
  for (const node of ['logger-1', 'logger-2', 'manager', 'worker-1', 'worker-2']) {
    t.regex(log.out, new RegExp(`"node":"${node}","message":"fully connected"`));
  }
});
