/**
 * `muster reload`, with real processes.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type ExecutionContext } from 'ava';
import type { ClusterStatus } from '../../cli/messages.js';
import type { NodeDefinition } from '../../layout/types.js';
import { freePorts } from '../helpers/ports.js';
import { emptyDirectory, type Muster, oneNode, place, run, runHere, scriptPath, startCluster } from './workbench.js';

// Each test runs a whole cluster: one after the other.

const ip = '127.0.0.1';
const worker: NodeDefinition = { nodeType: 'worker', ip };

function write(layout: string, nodes: Record<string, NodeDefinition>): void {
  writeFileSync(layout, JSON.stringify(nodes));
}

async function pidsOf(layout: string): Promise<Record<string, number | null>> {
  const { nodes } = JSON.parse((await runHere(['status', layout, '--json'])).out) as ClusterStatus;
  return Object.fromEntries(nodes.map(({ name, pid }) => [name, pid]));
}

function lastStateOf({ events }: Muster, name: string): string | undefined {
  return events
    .flatMap((event) => (event.type === 'state' && event.node.name === name ? [event.node.state] : []))
    .at(-1);
}

/** Asks the manager's script what it has heard, as often as wanted. */
async function counterOf(t: ExecutionContext): Promise<{ path: string; ask(): Promise<Record<string, number>> }> {
  const path = join(emptyDirectory(t), 'counter');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const connected = once(server, 'connection').then(([socket]) => socket as Socket);
  t.teardown(async () => {
    server.close();
    (await connected).destroy();
  });
  let lines: AsyncIterator<string> | undefined;
  return {
    path,
    async ask() {
      const socket = await connected;
      lines ??= createInterface({ input: socket })[Symbol.asyncIterator]();
      socket.write('?');
      return JSON.parse((await lines.next()).value);
    },
  };
}

test.serial('a worker comes, one goes, the proxy moves, and events between the others go on', async (t) => {
  const [logger = 0, manager = 0, proxy = 0, elsewhere = 0] = await freePorts(4);
  const nodes: Record<string, NodeDefinition> = {
    'logger-1': { nodeType: 'logger', ip, port: logger },
    manager: { nodeType: 'manager', ip, port: manager },
    'proxy-1': { nodeType: 'proxy', ip, port: proxy },
    'worker-1': worker,
    'worker-2': worker,
  };
  const { layout } = place(t, [], nodes);
  const counter = await counterOf(t);
  const up = await startCluster(t, layout, '--load', scriptPath('counter'), '--', counter.path);
  const before = await pidsOf(layout);
  const { 'worker-2': _, ...others } = nodes;
  const next = { ...others, 'proxy-1': { nodeType: 'proxy', ip, port: elsewhere }, 'worker-3': worker } as const;
  write(layout, next);

  const dry = await run(t, ['reload', layout, '--dry-run']);
  t.deepEqual([dry.code, dry.out], [0, '+worker-3\n~proxy-1 port\n-worker-2']);
  t.deepEqual(await pidsOf(layout), before);

  const heardBefore = (await counter.ask()).heard ?? 0;
  const { code, out, err } = await run(t, ['reload', layout]);
  t.deepEqual([code, out, err], [0, '+worker-3\n~proxy-1 port\n-worker-2', '']);
  const after = await pidsOf(layout);
  t.deepEqual(Object.keys(after), ['logger-1', 'manager', 'proxy-1', 'worker-1', 'worker-3']);
  for (const name of ['logger-1', 'manager', 'worker-1']) t.is(after[name], before[name]);
  t.not(after['proxy-1'], before['proxy-1']);
  await up.until(({ events }) => {
    const states = new Map(events.flatMap((event) => (event.type === 'state' ? [[event.node.name, event.node]] : [])));
    return Object.keys(next).every((name) => {
      const node = states.get(name);
      return (
        node?.state === 'ready' &&
        node.peersUp === node.peersExpected &&
        node.peersExpected === 4 - Number(/worker/.test(name))
      );
    });
  });

  const now = await counter.ask();
  t.true((now.heard ?? 0) > heardBefore);
  t.like(now, { mistakes: 0, connections: 1 });
  const lines = [...up.events.flatMap((event) => (event.type === 'output' ? [event.line] : [])), ...up.err];
  t.deepEqual(
    lines.filter((line) => /refuse|lost/.test(line)),
    [],
  );
  const again = await runHere(['reload', layout]);
  t.deepEqual([again.code, again.out], [0, 'the layout has not changed']);
  t.is((await runHere(['stop', layout])).code, 0);
  t.is(await up.ended, 0);
});

test.serial('a bad layout changes nothing, and is told as "muster up" would', async (t) => {
  const { layout, ports } = await oneNode(t);
  const up = await startCluster(t, layout);
  const before = await pidsOf(layout);
  const bad: [unknown, number, RegExp][] = [
    [{ 'logger-1': { nodeType: 'lgger', ip } }, 1, /nodeType/],
    [{ 'logger-1': { nodeType: 'logger', ip, port: ports[0] }, 'worker-1': worker }, 5, /must have a manager/],
    [{ 'logger-1': { nodeType: 'logger', ip: '192.0.2.1', port: ports[0] } }, 1, /no node for this machine/],
  ];
  for (const [nodes, expected, why] of bad) {
    write(layout, nodes as Record<string, NodeDefinition>);
    const { code, out, err } = await runHere(['reload', layout]);
    t.deepEqual([code, out], [expected, '']);
    t.regex(err, why);
  }
  t.deepEqual(await pidsOf(layout), before);
  t.false(up.events.some(({ type }) => type === 'reloading'));
});

test.serial('a module is read as it is now; another file, by its name; what would change comes as JSON', async (t) => {
  const [port = 0, other = 0] = await freePorts(2);
  const directory = emptyDirectory(t);
  const layout = join(directory, 'cluster-layout.ts');
  const module = (...names: string[]) => {
    const lines = names.map((name, i) => `'${name}': { nodeType: 'logger', ip: '${ip}', port: ${[port, other][i]} }`);
    return `const nodes: object = { ${lines.join(', ')} };\nexport default nodes;\n`;
  };
  writeFileSync(layout, module('logger-1'));
  await startCluster(t, layout);
  for (const names of [['logger-1', 'logger-2'], ['logger-1']]) {
    writeFileSync(layout, module(...names));
    const { code, out } = await runHere(['reload', layout, '--json']);
    t.is(code, 0, out);
    t.deepEqual(Object.keys(await pidsOf(layout)), names);
  }
  const elsewhere = join(directory, 'next.json');
  write(elsewhere, { 'logger-1': { nodeType: 'logger', ip, port, lbFilter: 'tcp' } });
  const { out } = await runHere(['reload', elsewhere, '--json']);
  t.deepEqual(
    out.split('\n').map((line) => JSON.parse(line)),
    [
      {
        type: 'reloading',
        warnings: [],
        difference: { added: [], changed: [{ name: 'logger-1', fields: ['lbFilter'], restarts: false }], removed: [] },
        started: [],
        restarted: [],
        stopped: [],
      },
      { type: 'reloaded', failed: {}, late: [] },
    ],
  );
  t.is(JSON.parse((await runHere(['status', elsewhere, '--json'])).out).layout, elsewhere);
});

test.serial('a node that cannot start does not end the others; it is started again by the next reload', async (t) => {
  const { layout, ports } = await oneNode(t);
  const taken = createServer().listen(0, ip);
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const { port } = taken.address() as { port: number };
  const up = await startCluster(t, layout);
  write(layout, {
    'logger-1': { nodeType: 'logger', ip, port: ports[0] as number },
    'logger-2': { nodeType: 'logger', ip, port },
  });
  const failed = await runHere(['reload', layout]);
  t.deepEqual([failed.code, failed.out], [1, '+logger-2']);
  t.regex(failed.err, /^muster: logger-2: .*is taken/);
  t.is(up.process.exitCode, null);
  taken.close();
  await once(taken, 'close');
  const again = await runHere(['reload', layout]);
  t.deepEqual([again.code, again.out, again.err], [0, 'the layout has not changed', '']);
  // It listens by now, and is ready a little later.
  await up.until((muster) => ['logger-1', 'logger-2'].every((name) => lastStateOf(muster, name) === 'ready'));
  t.is((await runHere(['status', layout])).code, 0);
  t.is((await runHere(['stop', layout])).code, 0);
});

test.serial('without a supervisor, reload says so, with exit code 3', async (t) => {
  const { layout } = await oneNode(t);
  const { code, err } = await runHere(['reload', layout]);
  t.is(code, 3);
  t.regex(err, /^muster: no supervisor is running for /);
});
