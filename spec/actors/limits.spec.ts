/**
 * Limits on what peers may ask for: each refusal is counted and said in words.
 */
import test from 'ava';
import { createKeyPair } from '../../keys/key-pair.js';
import { KeyRing } from '../../keys/key-ring.js';
import { RateMeter } from '../../keys/rate-meter.js';
import { SecuredTransport } from '../../keys/secured-transport.js';
import { systemRuntime } from '../../runtime.js';
import { accept, HostilePeer, hello, subscribe } from '../helpers/hostile-peer.js';
import { Host, Witness } from '../helpers/link-witness.js';
import { NodeProcess } from '../helpers/node-process.js';
import { zeromq } from '../helpers/secured-pair.js';
import { TestCluster } from '../helpers/test-cluster.js';

const guise = { from: 'worker-1', to: 'manager', nodeType: 'worker' };

test('a rate is what may happen at once and within each second, for each by itself', (t) => {
  let now = 0;
  const meter = new RateMeter({ monotonic: () => now }, 10);
  const taken = (who: string) => Array.from({ length: 30 }, () => meter.takes(who)).filter(Boolean).length;
  t.is(taken('a'), 10);
  t.is(taken('b'), 10);
  now = 500;
  t.is(taken('a'), 5);
  now = 100_000;
  t.is(taken('a'), 10);
  for (let i = 0; i < 10_000; i++) t.true(meter.takes(`stranger ${i}`));
});

test('a node says no more hellos and has no more subscriptions than another takes, in words', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const options = { maxHelloRate: 4, maxSubscriptions: 10, maxSubscriptionSize: 64 };
  const manager = await NodeProcess.start(t, cluster, 'manager', { options });
  const port = cluster.layout.manager?.port as number;
  const hostile = await HostilePeer.open(port);
  const said = (id: string, fields = {}) => hello({ ...guise, id, ...fields });
  const topics = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);
  hostile.say(said('a', { subscriptions: topics(11) }));
  hostile.say(said('b', { subscriptions: ['x'.repeat(65)] }));
  hostile.say(said('c', { subscriptions: topics(10) }), accept, subscribe('3', 2), subscribe('new', 3));
  hostile.say(said('d', { subscriptions: [] }), accept, subscribe('y'.repeat(65), 2));
  for (let i = 0; i < 20; i++) hostile.say(said(`e${i}`));
  await cluster.until(() =>
    [
      'refused a hello: "worker-1" has more than 10 subscriptions (maxSubscriptions)',
      'refused a hello: "worker-1" has a subscription of 65 bytes, this node takes 64 (maxSubscriptionSize)',
      'worker-1 breaks the protocol: more than 10 subscriptions (maxSubscriptions)',
      'worker-1 breaks the protocol: a subscription of 65 bytes, this node takes 64 (maxSubscriptionSize)',
      'refused a hello: worker-1 says more than 4 hellos a second (maxHelloRate)',
    ].every((words) => manager.stderr.includes(words)),
  );
  t.pass();
});

test('a node has no more subscriptions of its own than its options say', async (t) => {
  const cluster = await TestCluster.create(t, ['manager'], { maxSubscriptions: 8, maxSubscriptionSize: 64 });
  const { node } = await cluster.start('manager');
  await t.throwsAsync(node.subscribe('x'.repeat(65)), {
    code: 'MUSTER_SUBSCRIPTION_LIMIT',
    message: /maxSubscriptionSize/,
  });
  const subscribing = async () => {
    for (let i = 0; i < 10; i++) await node.subscribe(`topic ${i}`);
  };
  await t.throwsAsync(subscribing(), { code: 'MUSTER_SUBSCRIPTION_LIMIT', message: /at most 8 of them/ });
});

test('an address makes no more connections in a second than it may', async (t) => {
  const own = createKeyPair();
  const create = () => {
    const transport = new SecuredTransport({
      runtime: systemRuntime,
      transport: zeromq(),
      ring: new KeyRing({ own, peers: new Map([['twin', [own.publicKey]]]) }),
      listensSecured: true,
      isSecured: () => true,
      proofTimeout: 5_000,
      maxConnectionRate: 1,
      maxHelloRate: 1_000,
    });
    t.teardown(() => transport.close());
    return transport;
  };
  const refused: string[] = [];
  const host = Object.assign(new Host(), {
    refused: (what: string, reason: string) => refused.push(`${what}: ${reason}`),
  });
  const { address } = await create().listen({ ip: '127.0.0.1', port: 0 }, host);
  const initiator = create();
  const witnesses = Array.from({ length: 10 }, () => new Witness());
  for (const witness of witnesses) initiator.connect(address, witness, 'twin');
  await Promise.all(witnesses.map((witness) => witness.until(() => witness.opened + witness.losses.length > 0)));
  const lost = witnesses.flatMap(({ losses }) => losses);
  t.true(lost.length >= 5 && lost.length < 10, `${lost.length}`);
  t.is(refused.length, lost.length);
  t.is(
    refused[0],
    'connection: a connection from 127.0.0.1 (twin): more than 1 a second come from there (maxConnectionRate)',
  );
});
