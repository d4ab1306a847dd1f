import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { emptyDirectory, fourNodes, place, run, runHere } from './workbench.js';

test('a valid layout: its nodes, who connects to whom, exit code 0', async (t) => {
  const { layout, ports } = await fourNodes(t);
  const { code, out, err } = await run(t, ['check', layout]);
  t.is(code, 0);
  t.is(err, '');
  t.regex(out, new RegExp(`^logger-1 +logger +127\\.0\\.0\\.1:${ports[0]}$`, 'm'));
  t.regex(out, /^worker-1 +worker +- +→ logger-1, manager, proxy-1$/m);
  t.regex(out, /is valid: 4 nodes, no warnings$/);
});

test('without a layout, the one of the search path is checked', async (t) => {
  const { directory } = await fourNodes(t);
  t.is((await run(t, ['check'], { cwd: directory })).code, 0);
  const { code, err } = await run(t, ['check'], { cwd: emptyDirectory(t) });
  t.is(code, 1);
  t.regex(err, /^muster: no layout found/);
});

test('an invalid layout: every problem, exit code 1', async (t) => {
  const { layout } = place(t, [], {
    'worker-1': { nodeType: 'labourer' as never, ip: '127.0.0.1' },
    'worker-2': { nodeType: 'worker', ip: '127.0.0.300', manager: 'nobody' },
  });
  const { code, out, err } = await runHere(['check', layout]);
  t.is(code, 1);
  t.is(out, '');
  for (const part of ['has 3 problems', 'worker-1: nodeType', 'worker-2: ip', 'worker-2: manager'])
    t.true(err.includes(part), part);

  const json = await runHere(['check', layout, '--json']);
  t.is(json.code, 1);
  t.like(JSON.parse(json.out), { type: 'error', code: 'MUSTER_LAYOUT_INVALID' });
});

test('topology problems are warnings, and failures only with --strict', async (t) => {
  const { layout } = place(t, [], {
    manager: { nodeType: 'manager', ip: '127.0.0.1' },
    'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
  });
  const { code, err } = await runHere(['check', layout]);
  t.is(code, 0);
  t.regex(err, /^muster: warning: topology: manager has no port, but worker-1 must connect to it/);
  t.is((await runHere(['check', layout, '--strict'])).code, 1);

  const { out } = await runHere(['check', layout, '--json']);
  t.like(JSON.parse(out), {
    type: 'check',
    layout,
    warnings: [],
    problems: [{ nodes: ['manager'], neededBy: ['worker-1'] }],
  });
});

test('deprecated fields are warnings, and failures with --strict', async (t) => {
  const { layout } = place(t, [], { 'logger-1': { nodeType: 'logger', ip: '127.0.0.1', port: 1, interface: 'eth0' } });
  const { code, err } = await runHere(['check', layout]);
  t.is(code, 0);
  t.regex(err, /^muster: warning: .*interface/);
  t.is((await runHere(['check', layout, '--strict'])).code, 1);
});

test('no port is touched', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  server.on('connection', () => t.fail());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { layout } = place(t, [port], { 'logger-1': { nodeType: 'logger', ip: '127.0.0.1', port } });
  t.is((await runHere(['check', layout])).code, 0);
});

test('a file that is no layout is an error in words', async (t) => {
  const file = join(emptyDirectory(t), 'layout.json');
  writeFileSync(file, '{ "worker-1": ');
  const { code, err } = await runHere(['check', file]);
  t.is(code, 1);
  t.regex(err, /^muster: .*layout\.json/);
});
