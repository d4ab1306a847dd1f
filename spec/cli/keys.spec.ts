/**
 * `muster keys`, and that no secret is anywhere but in its file, whatever a cluster does.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { fourNodes, oneNode, place, run, runHere, startCluster } from './workbench.js';

const names = ['logger-1', 'manager', 'proxy-1', 'worker-1'];
const modeOf = (path: string) => statSync(path).mode & 0o777;

function publicKeys(directory: string): Record<string, string[]> {
  return JSON.parse(readFileSync(join(directory, 'public.json'), 'utf8'));
}

function secretOf(directory: string, name: string): string {
  return JSON.parse(readFileSync(join(directory, `${name}.secret`), 'utf8')).secretKey;
}

test('init makes a key for each node, for nobody else to read, and says what belongs where', async (t) => {
  const { directory, layout } = await fourNodes(t);
  const { code, out, err } = await run(t, ['keys', 'init', layout]);
  t.is(code, 0);
  const keys = join(directory, '.muster', 'keys');
  t.deepEqual(readdirSync(keys).sort(), [...names.map((name) => `${name}.secret`), 'public.json'].sort());
  for (const name of names) t.is(modeOf(join(keys, `${name}.secret`)), 0o600, name);
  t.is(modeOf(keys), 0o700);
  t.is(modeOf(join(directory, '.muster')), 0o700);
  t.deepEqual(Object.keys(publicKeys(keys)), names);
  t.regex(err, /each machine needs .*public\.json and the \.secret files of its nodes only/);
  for (const name of names) t.false(`${out}${err}`.includes(secretOf(keys, name)));

  const before = publicKeys(keys);
  t.is((await runHere(['keys', 'init', layout])).code, 0);
  t.deepEqual(publicKeys(keys), before, 'what is there stays');
  const { code: checked, out: good } = await runHere(['keys', 'check', layout]);
  t.is(checked, 0);
  t.regex(good, /are good: 4 nodes/);
});

test('add makes the key of a node that is new, and of no other', async (t) => {
  const { layout, directory } = await fourNodes(t);
  await runHere(['keys', 'init', layout]);
  const nodes = JSON.parse(readFileSync(layout, 'utf8'));
  writeFileSync(layout, JSON.stringify({ ...nodes, 'worker-2': { nodeType: 'worker', ip: '127.0.0.1' } }));
  const keys = join(directory, '.muster', 'keys');
  const before = publicKeys(keys);
  t.is((await runHere(['keys', 'check', layout])).code, 14);
  t.is((await runHere(['keys', 'add', 'worker-2', '--layout', layout])).code, 0);
  const { 'worker-2': added, ...others } = publicKeys(keys);
  t.is(added?.length, 1);
  t.deepEqual(others, before);
  t.is((await runHere(['keys', 'check', layout])).code, 0);
  t.regex((await runHere(['keys', 'add', 'worker-2', '--layout', layout])).err, /worker-2 has a key already/);
  t.is((await runHere(['keys', 'add', 'worker-3', '--layout', layout])).code, 1);
  t.is((await runHere(['keys', 'add', '../worker', '--layout', layout])).code, 1);
});

test('rotate gives a second key, and takes the first one back with --finish', async (t) => {
  const { layout, directory } = await fourNodes(t);
  await runHere(['keys', 'init', layout]);
  const keys = join(directory, '.muster', 'keys');
  const [old] = publicKeys(keys).manager as [string];
  const oldSecret = secretOf(keys, 'manager');
  const rotate = (...rest: string[]) => runHere(['keys', 'rotate', 'manager', '--layout', layout, ...rest]);
  t.regex((await rotate('--finish')).err, /the key of manager is not being replaced/);
  t.is((await rotate()).code, 0);
  const [newest, second] = publicKeys(keys).manager as [string, string];
  t.is(second, old);
  t.not(newest, old);
  t.not(secretOf(keys, 'manager'), oldSecret);
  t.regex((await runHere(['keys', 'check', layout])).err, /the key of manager is being replaced/);
  t.regex((await rotate()).err, /is being replaced already/);
  t.is((await rotate('--finish')).code, 0);
  t.deepEqual(publicKeys(keys).manager, [newest]);
  t.is((await runHere(['keys', 'check', layout])).code, 0);
});

test('check finds what is missing, does not fit, or may be read by others', async (t) => {
  const { layout, directory } = await fourNodes(t);
  await runHere(['keys', 'init', layout]);
  const keys = join(directory, '.muster', 'keys');
  chmodSync(join(keys, 'manager.secret'), 0o644);
  writeFileSync(join(keys, 'worker-1.secret'), readFileSync(join(keys, 'proxy-1.secret')), { mode: 0o600 });
  rmSync(join(keys, 'logger-1.secret'));
  const { 'proxy-1': _, ...others } = publicKeys(keys);
  writeFileSync(join(keys, 'public.json'), JSON.stringify(others));
  chmodSync(keys, 0o777);
  const { code, out } = await runHere(['keys', 'check', layout, '--json']);
  t.is(code, 14);
  const { problems } = JSON.parse(out) as { problems: string[] };
  for (const words of [
    /manager\.secret: others may read it/,
    /worker-1\.secret is not the secret of a key in public\.json/,
    /proxy-1 has no key/,
    /others may write to it/,
  ]) {
    t.true(
      problems.some((problem) => words.test(problem)),
      `${words}`,
    );
  }
  t.false(
    problems.some((problem) => problem.includes('logger-1')),
    'a secret may be on another machine',
  );
});

test('the directory of keys is the one that the layout names', async (t) => {
  const { directory, layout } = place(t, [], {});
  const nodes = {
    'worker-1': { nodeType: 'worker', ip: '127.0.0.1', manager: 'manager' },
    manager: { nodeType: 'manager', ip: '127.0.0.1', port: 9 },
  };
  writeFileSync(layout, JSON.stringify({ keys: 'secrets/of-mine', nodes }));
  t.is((await runHere(['keys', 'init', layout])).code, 0);
  t.true(readdirSync(join(directory, 'secrets', 'of-mine')).includes('public.json'));
  const { out } = await runHere(['keys', 'show', layout, '--json']);
  t.deepEqual(
    out.split('\n').map((line) => [JSON.parse(line).name, JSON.parse(line).isSecretHere]),
    [
      ['worker-1', true],
      ['manager', true],
    ],
  );
});

test('a cluster with keys leaves no secret anywhere but in its file', async (t) => {
  const { directory, layout } = await fourNodes(t);
  const keys = join(directory, '.muster', 'keys');
  const said = [
    await runHere(['keys', 'init', layout]),
    await runHere(['keys', 'rotate', 'manager', '--layout', layout]),
  ];
  const script = join(directory, 'script.mjs');
  const source = `
    import { inspect } from 'node:util';
    export const options = { secureLoopback: true };
    export default (node) => {
      node.createStore('kept', { persistent: true });
      node.log(JSON.stringify(node.options) + inspect(node, { depth: 9, showHidden: true }));
      console.log(inspect(node, { depth: 9, showHidden: true }), JSON.stringify(node.nodes()));
    };`;
  writeFileSync(script, source);
  const trace = join(directory, 'trace.jsonl');
  const up = await startCluster(t, layout, '--load', script, '--trace', trace, '--log-level', 'debug');
  said.push(await runHere(['status', layout, '--json']), await runHere(['status', layout]));
  const processes = up.nodePids.flatMap((pid) =>
    ['cmdline', 'environ'].map((file) => join('/proc', String(pid), file)),
  );
  const arguments_ = process.platform === 'linux' ? processes.map((file) => readFileSync(file, 'latin1')) : [];
  said.push(await runHere(['stop', layout]));
  await up.ended;
  said.push(await runHere(['keys', 'show', layout]), await runHere(['keys', 'check', layout, '--json']));

  const secrets = names.map((name) => secretOf(keys, name));
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.secret'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  t.true(files.length > 6, 'logs, a store, a trace');
  const all = [...files, ...arguments_, ...said.map(({ out, err }) => out + err), ...up.out, ...up.err].join('\n');
  t.true(all.includes('node_up') && all.length > 10_000);
  for (const secret of secrets) {
    const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
    for (const form of forms) t.false(all.includes(form));
  }
});

const whyNot = process.getuid?.() === 0 ? undefined : 'only root can be another user';
(whyNot === undefined ? test : test.skip)(
  `other users cannot ask the supervisor${whyNot ? ` (${whyNot})` : ''}`,
  async (t) => {
    const { directory, layout } = await oneNode(t);
    // A directory that others may enter, so that it is the socket's own mode that counts.
    chmodSync(directory, 0o755);
    const stateDir = join(directory, 'state');
    mkdirSync(stateDir, { mode: 0o755 });
    await startCluster(t, layout, '--state-dir', stateDir);
    const ask = `require('net').connect('${join(stateDir, 'supervisor.sock')}').on('error', (e) => console.log(e.code)).on('connect', () => { console.log('connected'); process.exit(); })`;
    const asUser = (uid: number) =>
      execFileSync(process.execPath, ['-e', ask], { uid, encoding: 'utf8', cwd: '/' }).trim();
    t.is(asUser(0), 'connected');
    t.is(asUser(65_534), 'EACCES');
  },
);
