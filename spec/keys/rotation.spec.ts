/**
 * Rotation: every key of a cluster is replaced while numbers flow between its nodes, and none is lost.
 */
import { join } from 'node:path';
import test from 'ava';
import type { ClusterNode } from '../../index.js';
import { readPublicKeys, writePublicKeys, writeSecret } from '../../keys/key-files.js';
import { createKeyPair } from '../../keys/key-pair.js';
import { checkNumbers, flowing, LocalMember } from '../faults/members.js';
import { makeKeys, withKeys } from '../helpers/keys.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';

const names = ['logger-1', 'manager', 'proxy-1', 'worker-1'];

async function start(t: Parameters<typeof TestCluster.create>[0]) {
  const cluster = await TestCluster.create(t, names, withKeys);
  const pairs = await makeKeys(cluster.stateDir, names);
  const members: LocalMember[] = [];
  for (const name of names)
    members.push(
      await LocalMember.start(
        cluster,
        name,
        names.filter((other) => other !== name),
      ),
    );
  const areUp = () => members.every(({ node }) => node.peers.every(({ state }) => state === 'up'));
  await cluster.until(areUp);
  const keysDir = join(cluster.stateDir, 'keys');
  const publish = async (name: string, keys: readonly string[]) => {
    await writePublicKeys(keysDir, new Map([...(await readPublicKeys(keysDir)), [name, keys]]));
  };
  const reload = () => Promise.all(members.map(({ node }) => node.reloadKeys()));
  const connections = () =>
    members.flatMap(({ node }) => node.peers).reduce((sum, { counters }) => sum + counters.connections, 0);
  return { cluster, pairs, members, areUp, keysDir, publish, reload, connections };
}

test('the keys of all nodes are replaced under load, and nothing is lost', async (t) => {
  const { cluster, pairs, members, areUp, keysDir, publish, reload, connections } = await start(t);
  for (const name of names) {
    await flowing(members);
    const before = connections();
    const pair = createKeyPair();
    const old = pairs[name]?.publicKey as string;
    await publish(name, [pair.publicKey, old]);
    await writeSecret(keysDir, name, pair);
    const own = members.find((member) => member.name === name) as LocalMember;
    await Promise.all(members.filter((member) => member !== own).map(({ node }) => node.reloadKeys()));
    await own.node.reloadKeys();
    await flowing(members);
    await publish(name, [pair.publicKey]);
    await reload();
    const each = before + 2 * own.node.peers.length;
    await cluster.until(() => areUp() && connections() === each);
    await flowing(members);
    t.is(connections(), each, 'each link of the node was made anew, once');
  }
  for (const member of members) t.deepEqual(factsOf(member.facts, 'events_lost'), []);
  await checkNumbers(t, members);
});

test('a node that starts with a new key finds peers that have the old one yet, as long as both are accepted', async (t) => {
  const { cluster, pairs, members, keysDir, publish } = await start(t);
  const [logger, , , worker] = members as [LocalMember, LocalMember, LocalMember, LocalMember];
  const pair = createKeyPair();
  await publish('logger-1', [pair.publicKey, pairs['logger-1']?.publicKey as string]);
  await writeSecret(keysDir, 'logger-1', pair);
  await worker.node.reloadKeys(); // the logger still listens with its old one
  await worker.node.leave();
  const again = await cluster.start('worker-1');
  await again.node.ready();
  await cluster.until(() => logger.node.peers.find(({ name }) => name === 'worker-1')?.state === 'up');
  t.pass();
});

test('a node ends the links that it has opened to a peer whose key it accepts no more', async (t) => {
  const { cluster, members, publish } = await start(t);
  const [, manager, , worker] = members as [LocalMember, LocalMember, LocalMember, LocalMember];
  await publish('manager', [createKeyPair().publicKey]);
  await worker.node.reloadKeys(); // the manager itself knows nothing of it
  const stateOf = (member: LocalMember, peer: string) => member.node.peers.find(({ name }) => name === peer)?.state;
  await cluster.until(() => stateOf(worker, 'manager') !== 'up' && stateOf(manager, 'worker-1') !== 'up');
  t.is(stateOf(worker, 'logger-1'), 'up');
});

test('a peer whose key is taken away altogether is spoken to no more, at either end', async (t) => {
  const { cluster, members, keysDir } = await start(t);
  const [logger, manager, proxy, worker] = members as [LocalMember, LocalMember, LocalMember, LocalMember];
  const { manager: _, ...others } = Object.fromEntries(await readPublicKeys(keysDir));
  await writePublicKeys(keysDir, new Map(Object.entries(others)));
  await Promise.all([logger, proxy, worker].map(({ node }) => node.reloadKeys()));
  const stateAt = ({ node }: LocalMember) => node.peers.find(({ name }) => name === 'manager')?.state;
  await cluster.until(() => [logger, proxy, worker].every((member) => stateAt(member) !== 'up'));
  await cluster.until(() => manager.node.peers.every(({ state }) => state !== 'up'));
  t.is(worker.node.peers.find(({ name }) => name === 'proxy-1')?.state, 'up');
});

test('a key that is taken back closes the peerings of its node, in words, and it finds no way in', async (t) => {
  const { cluster, members, publish } = await start(t);
  const [, , , worker] = members as [LocalMember, LocalMember, LocalMember, LocalMember];
  const others = members.filter((member) => member !== worker);
  await publish('worker-1', [createKeyPair().publicKey]);
  await Promise.all(others.map(({ node }) => node.reloadKeys()));
  const stateAt = (node: ClusterNode) => node.peers.find(({ name }) => name === 'worker-1')?.state;
  await cluster.until(() => others.every(({ node }) => stateAt(node) === 'down'));
  await cluster.until(() => worker.node.peers.every(({ state }) => state !== 'up'));
  t.true(others.every(({ node }) => node.peers.every(({ name, state }) => name === 'worker-1' || state === 'up')));
  await t.throwsAsync(worker.node.reloadKeys(), { code: 'MUSTER_KEY_INVALID' });
});
