/**
 * More of `muster up`: where a cluster's retry interval comes from, in all its forms; every way in which a script fails;
 * nodes that leave by themselves.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Court, Muster, oneNode, order, run, scriptPath, startCluster, twoNodes } from './workbench.js';

test.serial('when all nodes have left by themselves, up ends with 0', async (t) => {
  const { layout } = await twoNodes(t);
  const court = await Court.open(t);
  const up = await startCluster(t, layout, '--load', scriptPath('witness'), '--', court.path);
  for (const name of ['worker-1', 'manager']) {
    court.order(name, 'leave');
    await up.until(() => order(up, 'left').includes(name));
  }
  t.is(await up.ended, 0);
  t.is(up.events.filter(({ type }) => type === 'died').length, 0);
});

test.serial('scripts may be TypeScript', async (t) => {
  const { directory, layout } = await twoNodes(t);
  const script = join(directory, 'app.ts');
  writeFileSync(
    script,
    'interface Node { readonly name: string; ready(): Promise<void>; leave(): Promise<unknown> }\n' +
      'export const options = { retryInterval: 500 as const };\n' +
      'export default (node: Node): void => void node.ready().then(() => console.log(node.name, "is typed"));\n',
  );
  const up = await startCluster(t, layout, '--load', script);
  const lines = () => up.events.flatMap((event) => (event.type === 'output' ? [event.line] : []));
  await up.until(() => lines().filter((line) => line.endsWith(' is typed')).length === 2);
  up.kill('SIGTERM');
  t.is(await up.ended, 0);
});

test.serial('scripts get the arguments after --, the name of their node, and 1 s to retry', async (t) => {
  const { directory, layout } = await oneNode(t);
  const court = await Court.open(t);
  const env = { ...process.env, ZEEK_DEFAULT_CONNECT_RETRY: '' };
  const bornWith = async (given: NodeJS.ProcessEnv, ...args: string[]) => {
    const up = new Muster(
      t,
      ['up', layout, '--json', ...args, '--load', scriptPath('witness'), '--', court.path, '--input', 'conn.log'],
      { env: { ...env, ...given } },
    );
    const known = court.processes.length;
    await court.until(({ processes }) => processes[known]?.told.some(({ type }) => type === 'ready') ?? false);
    court.order('logger-1', 'leave');
    t.is(await up.ended, 0);
    return court.of('logger-1').at(-1)?.born;
  };

  const born = await bornWith({});
  t.like(born, {
    args: ['--input', 'conn.log'],
    variable: 'logger-1',
    retryInterval: 1_000,
    stateDir: join(directory, '.muster'),
  });
  t.is((await bornWith({ ZEEK_DEFAULT_CONNECT_RETRY: '7' }))?.retryInterval, 7_000);
  t.is((await bornWith({}, '--load', scriptPath('options')))?.retryInterval, 250);
  const flags = [
    '--load',
    scriptPath('options'),
    '--retry-interval',
    '300',
    '--state-dir',
    join(directory, 'elsewhere'),
  ];
  t.like(await bornWith({ ZEEK_DEFAULT_CONNECT_RETRY: '7' }, ...flags), {
    retryInterval: 300,
    stateDir: join(directory, 'elsewhere'),
  });
  t.true(existsSync(join(directory, 'elsewhere', 'logs')));
});

test.serial('a script that fails ends the start: in words, with exit code 7', async (t) => {
  const [{ layout: one }, { layout: two }] = [await oneNode(t), await twoNodes(t)];
  for (const [layout, script, message] of [
    [one, scriptPath('missing'), /^muster: bootstrap script .*missing\.js: no such file$/m],
    [one, scriptPath('broken'), /^logger-1 could not start: .*broken\.js: .*nothing here works$/m],
    [
      one,
      scriptPath('no-default'),
      /^logger-1 could not start: .*no-default\.js: its default export must be a function/m,
    ],
    [two, scriptPath('throws'), /^worker-1 could not start: .*throws\.js: no sensor here$/m],
  ] as const) {
    const { code, err } = await run(t, ['up', layout, '--load', script]);
    t.is(code, 7, script);
    t.regex(err, message);
  }
});
