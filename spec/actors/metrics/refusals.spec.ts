/**
 * What a node refuses is counted, each kind by itself: connections, proofs of keys, links, frames, subscriptions, garbage.
 */
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { createKeyPair } from '../../../keys/key-pair.js';
import { KeyRing } from '../../../keys/key-ring.js';
import { knock } from '../../../keys/link-handshake.js';
import { sampled } from '../../helpers/exposition.js';
import { curveOf, HostileMember } from '../../helpers/hostile-member.js';
import { accept, HostilePeer, hello, subscribe } from '../../helpers/hostile-peer.js';
import { makeKeys, withKeys } from '../../helpers/keys.js';
import { type MeasuredCluster, measuredCluster } from '../../helpers/measured-cluster.js';

type Labels = Readonly<Record<string, string>>;

/** Reads a counter of the manager, and waits until it has come to a number. */
function counting({ scrape }: MeasuredCluster) {
  const count = async (name: string, labels: Labels = {}) => sampled(await scrape('manager'), name, labels) ?? 0;
  const reaches = async (least: number, name: string, labels: Labels = {}) => {
    while ((await count(name, labels)) < least) await new Promise((resolve) => setImmediate(resolve));
  };
  return { count, reaches };
}

const names = ['manager', 'worker-1', 'worker-2'];

test('strangers and a member that misbehaves are counted, and a good peer does not notice', async (t) => {
  const limits = { maxConnections: 4, maxHelloRate: 20, helloTimeout: 500 };
  const measured = await measuredCluster(t, names, { ...withKeys, ...limits });
  const { cluster } = measured;
  const { count, reaches } = counting(measured);
  const pairs = await makeKeys(cluster.stateDir, names);
  const [own, theirs] = [pairs['worker-2'], pairs.manager];
  if (own === undefined || theirs === undefined) throw new Error('no keys');
  const { node: manager } = await cluster.start('manager');
  await cluster.start('worker-1');
  await cluster.until(() => manager.getActiveNodeCount('worker') === 1);
  const port = cluster.layout.manager?.port as number;

  HostileMember.open(t, port, curveOf(createKeyPair(), theirs.publicKey));
  await reaches(1, 'muster_connections_refused_total', { reason: 'unknown_key' });
  HostileMember.open(t, port);
  await reaches(1, 'muster_port_garbage_total');

  const member = HostileMember.open(t, port, curveOf(own, theirs.publicKey));
  void member.sniff(Number.POSITIVE_INFINITY);
  while (member.parts.length < 3) {
    manager.publish('zeek/cluster/worker', 'Any::event');
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const part of member.parts) await member.send(part);
  await reaches(1, 'muster_frames_foreign_total');

  // Links that are begun and left open: all end by themselves, and beyond a rate they do not begin.
  const ring = new KeyRing({ own, peers: new Map([['manager', [theirs.publicKey]]]) });
  for (let i = 0; i < 60; i++) {
    const topic = Buffer.concat([Buffer.of(2), randomBytes(16)]);
    await member.send(Buffer.concat([topic, knock(ring, theirs.publicKey, topic.toString('hex', 1)).frame]));
  }
  const unproved = () => count('muster_hellos_refused_total', { reason: 'no_proof_of_key' });
  const tooOften = () => count('muster_hellos_refused_total', { reason: 'too_often' });
  while ((await unproved()) + (await tooOften()) < 60) await new Promise((resolve) => setImmediate(resolve));
  t.is((await unproved()) + (await tooOften()), 60);
  // How many may begin depends on when a second ends.
  t.true((await unproved()) >= 20 && (await tooOften()) > 0);

  // With the worker's and his first, two more are admitted.
  for (let i = 0; i < 6; i++) HostileMember.open(t, port, curveOf(own, theirs.publicKey));
  await reaches(4, 'muster_connections_refused_total', { reason: 'too_many' });
  t.is(await count('muster_connections_refused_total', { reason: 'too_many' }), 4);
  t.is(await count('muster_connections_refused_total', { reason: 'too_often' }), 0);

  t.is(await count('muster_peer_up', { peer: 'worker-1' }), 1);
  t.is(await count('muster_peer_reconnects_total', { peer: 'worker-1' }), 0);
});

test('subscriptions beyond the limit of a node are counted', async (t) => {
  const measured = await measuredCluster(t, ['manager', 'worker-1'], { maxSubscriptions: 12 });
  const { cluster } = measured;
  const { reaches, count } = counting(measured);
  await cluster.start('manager');
  const hostile = await HostilePeer.open(cluster.layout.manager?.port as number);
  const guise = { from: 'worker-1', to: 'manager', nodeType: 'worker' };
  const more = Array.from({ length: 13 }, (_, i) => subscribe(`${i}`, i + 1));
  hostile.say(hello({ ...guise, id: 'worker-1_a' }), accept, ...more);
  await reaches(1, 'muster_subscriptions_refused_total');
  t.is(await count('muster_subscriptions_refused_total'), 1);
  t.is(await count('muster_protocol_violations_total'), 1);
  hostile.say(hello({ ...guise, id: 'worker-1_b', subscriptions: Array.from({ length: 13 }, (_, i) => `${i}`) }));
  await reaches(1, 'muster_hellos_refused_total', { reason: 'subscriptions' });
  hostile.raw.send(randomBytes(20));
  await reaches(1, 'muster_port_garbage_total');
});
