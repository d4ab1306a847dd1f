/**
 * Control across machines, and what it costs: two hosts with a supervisor each, in networks of their own where the system
 * allows that; with a node that hangs; and `top` on ten nodes.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { NodeDefinition } from '../../layout/types.js';
import { TwoNetworks, whyNoNamespace } from '../helpers/network-namespace.js';
import { freePorts } from '../helpers/ports.js';
import { ask, ControlledCluster, linesOf, type Said, sixNodes } from './control-workbench.js';
import { emptyDirectory, Muster, place, run, scriptPath, startCluster } from './workbench.js';

test('two hosts: each supervisor runs its own nodes, and a command next to one of them reaches all', async (t) => {
  const { layout } = await sixNodes(t, '127.0.0.2');
  const dirs = [emptyDirectory(t), emptyDirectory(t)];
  const hosts = ['127.0.0.1', '127.0.0.2'].map((host, i) => {
    return new Muster(t, [...upAt(layout, host), '--state-dir', dirs[i] ?? '']);
  });
  await hosts[0]?.untilEvent(({ type }) => type === 'started');
  t.deepEqual(hosts.map(namesOf), [['logger-1', 'manager', 'worker-1'], ['worker-2']]);
  // The supervisor is there, but does not run all nodes.
  const { code, said } = await ask(['call', 'worker-2', 'greet', '--layout', layout, '--state-dir', dirs[0] ?? '']);
  t.is(code, 0, JSON.stringify(said));
  t.deepEqual(said[0].answer, { node: 'worker-2', args: [] });

  const none = await ask(['stop', layout, '--state-dir', emptyDirectory(t)]);
  t.deepEqual(none.said[0].nodes.sort(), ['logger-1', 'manager', 'worker-1', 'worker-2']);
  t.deepEqual(await Promise.all(hosts.map(({ ended }) => ended)), [0, 0]);
});

test('a command takes the options of a script as its own: the name of the cluster', async (t) => {
  const [port = 0] = await freePorts(1);
  const { layout } = place(t, [], {
    'control-1': { nodeType: 'control', ip: '127.0.0.1' },
    manager: { nodeType: 'manager', ip: '127.0.0.1', port },
  });
  await startCluster(t, layout, '--load', scriptPath('named'));
  const status = (...args: readonly string[]) =>
    ask(['status', layout, '--timeout', '5000', '--state-dir', emptyDirectory(t), ...args]);
  t.is((await status('--load', scriptPath('named'))).code, 0);
  const apart = await status();
  t.is(apart.code, 1);
  t.regex(apart.said[1].message, /manager is not connected/);
});

test('a control node finds a node that hangs absent at the deadline, and there again afterwards', async (t) => {
  const cluster = await ControlledCluster.start(t);
  cluster.signal('worker-2', 'SIGSTOP');
  const top = cluster.follow('top', '--interval', '300', '--timeout', '5000');
  const isAlone = (table: Said['said'][number]) => `${Object.keys(table?.absent ?? {})}` === 'worker-2';
  await top.until(({ out }) => linesOf(out).some(isAlone));
  const { absent, nodes } = linesOf(top.out).find(isAlone);
  t.is(nodes.length, 3);
  t.regex(absent['worker-2'].message, /has not answered within|is not connected/);
  cluster.signal('worker-2', 'SIGCONT');
  await top.until(({ out }) => linesOf(out).at(-1).nodes.length === 4);
});

const why = whyNoNamespace() ?? TwoNetworks.whyNot();
const title =
  'two machines, each in a network of its own: the cluster starts, and a command on either reaches all nodes';
if (why !== undefined) test.skip(`SKIPPED, since two networks cannot be had here (${why}): ${title}`, () => {});
else {
  test(title, async (t) => {
    const networks = await TwoNetworks.open(t);
    const [here, there] = networks.addresses;
    const { layout } = place(t, [], {});
    const nodes = {
      'control-1': { nodeType: 'control', ip: here, port: 27_750 },
      'control-2': { nodeType: 'control', ip: there, port: 27_750 },
      'logger-1': { nodeType: 'logger', ip: here, port: 27_761 },
      manager: { nodeType: 'manager', ip: here, port: 27_760 },
      'proxy-1': { nodeType: 'proxy', ip: there, port: 27_762 },
      'worker-1': { nodeType: 'worker', ip: here },
      'worker-2': { nodeType: 'worker', ip: there },
    };
    writeFileSync(layout, JSON.stringify({ keys: 'keys', nodes }));
    t.is((await run(t, ['keys', 'init', layout])).code, 0);
    const hosts = networks.addresses.map((host, i) => {
      return muster(t, networks.within[i], [...upAt(layout, host), '--state-dir', emptyDirectory(t)]);
    });
    await hosts[0]?.untilEvent(({ type }) => type === 'started');
    t.deepEqual(hosts.map(namesOf), [
      ['logger-1', 'manager', 'worker-1'],
      ['proxy-1', 'worker-2'],
    ]);
    for (const [i, control] of ['control-1', 'control-2'].entries()) {
      const args = ['status', layout, '--json', '--timeout', '20000', '--state-dir', emptyDirectory(t)];
      const status = muster(t, networks.within[i], args);
      t.is(await status.ended, 0, status.out.join('\n'));
      t.is(JSON.parse(status.out[0] ?? '').via, control);
    }
  });
}

test('top costs each of ten nodes less than 1 % of a processor', async (t) => {
  const ports = await freePorts(8);
  const node = (nodeType: NodeDefinition['nodeType'], i?: number): NodeDefinition => {
    return { nodeType, ip: '127.0.0.1', ...(i !== undefined && { port: ports[i] as number }) };
  };
  const layout = {
    'control-1': node('control', 0),
    'logger-1': node('logger', 1),
    manager: node('manager', 2),
    'proxy-1': node('proxy', 3),
    'proxy-2': node('proxy', 4),
    ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((i) => [`worker-${i}`, node('worker')])),
  };
  const { layout: file } = place(t, [], layout);
  const up = await startCluster(t, file);
  const pids = up.nodePids;
  t.is(pids.length, 10);
  const seconds = 15;
  // Workers look for the control node every second: that is not the price of `top`, but of its absence.
  const other = new Muster(t, [
    'top',
    '--json',
    '--interval',
    '60000',
    '--layout',
    file,
    '--state-dir',
    emptyDirectory(t),
  ]);
  await sleep(5_000);
  const idle = await costs(pids, seconds);
  other.kill('SIGINT');
  await other.ended;
  const top = new Muster(t, ['top', '--json', '--layout', file, '--state-dir', emptyDirectory(t)]);
  await top.until(({ out }) => out.length > 1 && JSON.parse(out.at(-1) ?? '').nodes.length === 10);
  const watched = await costs(pids, seconds);
  const extra = watched.map((cost, i) => cost - (idle[i] ?? 0));
  t.log(`of a processor, in %: watched ${show(watched)}; not watched ${show(idle)}; top costs ${show(extra)}`);
  t.true(extra.every((cost) => cost < 0.01));
});

const upAt = (layout: string, host: string) => [
  'up',
  layout,
  '--json',
  '--host',
  host,
  '--load',
  scriptPath('exposes'),
];

function namesOf({ events }: Muster): string[] {
  return [...new Set(events.flatMap((event) => (event.type === 'state' ? [event.node.name] : [])))].sort();
}

function muster(t: ExecutionContext, within: readonly string[] | undefined, args: readonly string[]): Muster {
  return new Muster(t, args, {}, within);
}

/** Part of a processor that each process takes, over so many seconds. */
async function costs(pids: readonly number[], seconds: number): Promise<number[]> {
  const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const spent = (pid: number) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  };
  const before = pids.map(spent);
  await sleep(seconds * 1_000);
  return pids.map((pid, i) => (spent(pid) - (before[i] ?? 0)) / seconds);
}

function show(parts: readonly number[]): string {
  return `${(Math.min(...parts) * 100).toFixed(2)}–${(Math.max(...parts) * 100).toFixed(2)}`;
}
