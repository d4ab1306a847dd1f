import { readFileSync } from 'node:fs';
import test from 'ava';
import { run, runHere } from './workbench.js';

for (const command of [
  'check',
  'node',
  'up',
  'status',
  'stop',
  'charts',
  'store get',
  'log',
  'logs cat',
  'top',
  'call',
]) {
  test(`${command} --help has examples and exit codes`, async (t) => {
    const { code, out } = await runHere([...command.split(' '), '--help']);
    t.is(code, 0);
    t.regex(out, new RegExp(`^Usage: muster ${command} `));
    t.regex(out, new RegExp(`^Examples:\\n  .*muster ${command}`, 'm'));
    t.regex(out, /^Exit codes:\n {2}0 +done\n {2}1 +/m);
    t.regex(out, /--json/);
  });
}

test('--help names the commands, --version the version', async (t) => {
  const { code, out } = await run(t, ['--help']);
  t.is(code, 0);
  for (const command of ['check', 'node', 'up', 'status', 'stop', 'charts', 'store', 'log', 'logs'])
    t.regex(out, new RegExp(`^  ${command} `, 'm'));
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  t.is((await run(t, ['--version'])).out, version);
});

test('a misspelt command or option is answered with what may have been meant, and exit code 2', async (t) => {
  const command = await run(t, ['satus']);
  t.is(command.code, 2);
  t.regex(command.err, /Did you mean status\?/);
  const option = await runHere(['up', '--laod', 'app.js']);
  t.is(option.code, 2);
  t.regex(option.err, /Did you mean --load\?/);
});

test('wrong usage is exit code 2', async (t) => {
  for (const args of [
    [],
    ['up', 'a', 'b'],
    ['up', '--retry-interval', 'soon'],
    ['up', '--retry-interval', '0'],
    ['stop', '--timeout'],
    ['store'],
    ['store', 'get', 'hosts'],
    ['store', 'put', 'hosts', '{"$what":1}', '2'],
  ]) {
    t.is((await runHere(args)).code, 2, args.join(' '));
  }
});

test('node needs a name: as an argument, or in CLUSTER_NODE', async (t) => {
  const { CLUSTER_NODE: _, ...env } = process.env;
  const { code, err } = await run(t, ['node'], { env });
  t.is(code, 2);
  t.regex(err, /CLUSTER_NODE/);
});
