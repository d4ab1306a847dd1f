/**
 * Another layout for nodes with keys: those of newcomers are read, and nobody is spoken to in clear who takes keys.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { partsOf } from '../../actors/cluster-node.js';
import { type ClusterNode, joinCluster, type OptionsInput } from '../../index.js';
import { readPublicKeys, writePublicKeys } from '../../keys/key-files.js';
import type { Layout } from '../../layout/types.js';
import { makeKeys, withKeys } from '../helpers/keys.js';
import { freePorts } from '../helpers/ports.js';

const ip = '127.0.0.1';

async function place(t: ExecutionContext, given: OptionsInput) {
  const stateDir = mkdtempSync(join(tmpdir(), 'muster-keys-reload-'));
  const [manager = 0, proxy = 0] = await freePorts(2);
  const layout: Layout = {
    manager: { nodeType: 'manager', ip, port: manager },
    'worker-1': { nodeType: 'worker', ip },
  };
  const next: Layout = { ...layout, 'proxy-1': { nodeType: 'proxy', ip, port: proxy } };
  const nodes: ClusterNode[] = [];
  t.teardown(async () => {
    await Promise.all(nodes.map((node) => node.leave()));
    rmSync(stateDir, { recursive: true, force: true });
  });
  const options: OptionsInput = { stateDir, retryInterval: 100, logLevel: 'silent', ...given };
  const start = async (name: string, of: Layout) => {
    const node = await joinCluster({ layout: of, name, options });
    nodes.push(node);
    return node;
  };
  return { stateDir, layout, next, start };
}

/** Resolves when a peer is up. */
function up(node: ClusterNode, name: string): Promise<void> {
  const isUp = () => node.peers.some((peer) => peer.name === name && peer.state === 'up');
  return new Promise((resolve) => {
    node.on('Cluster::node_up', (peer) => {
      if (peer === name) resolve();
    });
    if (isUp()) resolve();
  });
}

test('a newcomer without a key is refused; with one it is let in, and called, by its key', async (t) => {
  const { stateDir, layout, next, start } = await place(t, withKeys);
  await makeKeys(stateDir, ['manager', 'worker-1']);
  const manager = await start('manager', layout);
  const worker = await start('worker-1', layout);
  await Promise.all([up(manager, 'worker-1'), up(worker, 'manager')]);
  t.regex((await partsOf(manager).follower.whyNot(next)) ?? '', /public\.json has no key of proxy-1/);
  await t.throwsAsync(partsOf(manager).follower.follow(next), { code: 'MUSTER_LAYOUT_INVALID' } as object);
  t.is(manager.getNodeCount('proxy'), 0);

  await makeKeys(stateDir, ['proxy-1']);
  await Promise.all([manager, worker].map((node) => partsOf(node).follower.follow(next)));
  const proxy = await start('proxy-1', next);
  await Promise.all([up(manager, 'proxy-1'), up(worker, 'proxy-1'), up(proxy, 'manager')]);
  const connections = worker.peers.map(({ name, counters }) => [name, counters.connections]);
  t.deepEqual(Object.fromEntries(connections), { manager: 1, 'proxy-1': 1 });
});

test('a reload of the same layout reads the keys: one that was taken back ends its peerings, another one is good', async (t) => {
  const { stateDir, layout: two, start } = await place(t, withKeys);
  const layout: Layout = { ...two, 'worker-2': { nodeType: 'worker', ip } };
  await makeKeys(stateDir, ['manager', 'worker-1', 'worker-2']);
  const manager = await start('manager', layout);
  const [worker] = await Promise.all([start('worker-1', layout), start('worker-2', layout)]);
  await Promise.all([up(manager, 'worker-1'), up(manager, 'worker-2')]);
  const isDown = new Promise<string>((resolve) => manager.on('Cluster::node_down', resolve));

  const keysDir = join(stateDir, 'keys');
  const { 'worker-1': taken, ...kept } = Object.fromEntries(await readPublicKeys(keysDir));
  await writePublicKeys(keysDir, new Map(Object.entries(kept)));
  await partsOf(manager).follower.follow(layout);
  t.is(await isDown, 'worker-1');

  await makeKeys(stateDir, ['worker-1']);
  t.notDeepEqual((await readPublicKeys(keysDir)).get('worker-1'), taken);
  const isUpAgain = new Promise<void>((resolve) => manager.on('Cluster::node_up', () => resolve()));
  await Promise.all([manager, worker].map((node) => partsOf(node).follower.follow(layout)));
  await isUpAgain;
  const connections = manager.peers.map(({ name, counters }) => [name, counters.connections]);
  t.deepEqual(Object.fromEntries(connections), { 'worker-1': 2, 'worker-2': 1 });
});

test('a node that has begun without keys cannot go on where it needs them', async (t) => {
  const { layout, start } = await place(t, {});
  const manager = await start('manager', layout);
  const remote: Layout = { ...layout, 'logger-1': { nodeType: 'logger', ip: '192.0.2.1', port: 27_761 } };
  t.is(await partsOf(manager).follower.whyNot({ ...layout, 'worker-2': { nodeType: 'worker', ip } }), undefined);
  t.regex(
    (await partsOf(manager).follower.whyNot(remote)) ?? '',
    /has begun without keys, and needs them to speak with logger-1/,
  );
});
