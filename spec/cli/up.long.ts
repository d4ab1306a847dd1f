/**
 * More of `muster up`: where a cluster's retry interval comes from, in all its forms; every way in which a script fails;
 * nodes that leave by themselves.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { birthplace, checkFailing } from './up-forms.js';
import { Court, order, scriptPath, startCluster, twoNodes } from './workbench.js';

test.serial('when all nodes have left by themselves, up ends with 0', async (t) => {
  const { layout } = await twoNodes(t);
  const court = await Court.open(t);
  const up = await startCluster(t, layout, '--load', scriptPath('witness'), '--', court.path);
  for (const name of ['worker-1', 'manager']) {
    await court.order(name, 'leave');
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
  const { directory, bornWith } = await birthplace(t);
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
  await checkFailing(t, 'missing', 'broken', 'no-default', 'throws');
});
