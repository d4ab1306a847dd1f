/**
 * Limits on what peers may ask for: each refusal is counted and said in words.
 */
import test, { type ExecutionContext } from 'ava';
import { ConnectionLimit } from '../../keys/connection-limit.js';
import { createKeyPair } from '../../keys/key-pair.js';
import { RateMeter } from '../../keys/rate-meter.js';
import type { SecuritySetup } from '../../keys/secured-transport.js';
import { systemRuntime } from '../../runtime.js';
import type { Address } from '../../transport/transport.js';
import { countIn, countOpen } from '../../transport/zeromq/count-open.js';
import { createZeromqTransport } from '../../transport/zeromq/transport.js';
import { accept, HostilePeer, hello, subscribe } from '../helpers/hostile-peer.js';
import { Host, Witness } from '../helpers/link-witness.js';
import { NodeProcess } from '../helpers/node-process.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { secured, zeromq } from '../helpers/secured-pair.js';
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

/** Nodes that all have the same key; one of them listens. */
async function twins(t: ExecutionContext, limits: Partial<SecuritySetup>, ip = '127.0.0.1', at = ip) {
  const own = createKeyPair();
  const create = () => {
    const transport = secured(zeromq(), own, { twin: [own.publicKey] }, limits);
    t.teardown(() => transport.close());
    return transport;
  };
  const host = new Host();
  const { address } = await create().listen({ ip, port: 0 }, host);
  const initiator = create();
  /** @returns what became of each: `undefined` if it stands, else why not. */
  const connect = async (count: number) => {
    const witnesses = Array.from({ length: count }, () => new Witness());
    const links = witnesses.map((witness) => initiator.connect({ ...address, ip: at }, witness, 'twin'));
    await Promise.all(witnesses.map((witness) => witness.until(() => witness.opened + witness.losses.length > 0)));
    return links.map((link, i) => ({ link, lost: witnesses[i]?.losses[0] }));
  };
  return { address, refused: host.refusals, connect };
}

/** What is refused takes a moment until it is closed. */
async function untilOpen(listener: Address, from: string, count: number): Promise<void> {
  while ((await countOpen(listener, from)) !== count) await new Promise((resolve) => setImmediate(resolve));
}

test('an address makes no more connections in a second than it may', async (t) => {
  const { connect, refused } = await twins(t, { maxConnectionRate: 1 });
  const lost = (await connect(10)).filter((one) => one.lost !== undefined);
  t.true(lost.length >= 5 && lost.length < 10, `${lost.length}`);
  t.is(refused.length, lost.length);
  t.is(
    refused[0],
    'too often: a connection from 127.0.0.1 (twin): more than 1 a second come from there (maxConnectionRate)',
  );
});

test('an address has no more connections open than it may, and may have others once some are closed', async (t) => {
  const { address, connect, refused } = await twins(t, { maxConnections: 3 });
  const first = await connect(5);
  const standing = first.filter(({ lost }) => lost === undefined);
  t.is(standing.length, 3);
  t.deepEqual(
    refused,
    Array(2).fill('too many: a connection from 127.0.0.1 (twin): 3 are open from there (maxConnections)'),
  );
  for (const { lost } of first) if (lost !== undefined) t.regex(lost, /the key of who connects is not admitted/);
  await untilOpen(address, '127.0.0.1', 3);
  // As often as they come and go: nothing adds up.
  for (let round = 0; round < 3; round++) {
    for (const { link } of standing.splice(0)) link.close();
    while (standing.length < 3) standing.push(...(await connect(1)).filter(({ lost }) => lost === undefined));
  }
  await untilOpen(address, '127.0.0.1', 3);
});

for (const [ip, at, from] of [
  ['::1', '::1', '::1'],
  ['::', '127.0.0.1', '::ffff:127.0.0.1'],
  ['0.0.0.0', '127.0.0.1', '127.0.0.1'],
] as const) {
  test(`connections from ${at} to a node that listens at ${ip} are counted`, async (t) => {
    const { address, connect, refused } = await twins(t, { maxConnections: 3 }, ip, at);
    await connect(5);
    t.deepEqual(
      refused,
      Array(2).fill(`too many: a connection from ${from} (twin): 3 are open from there (maxConnections)`),
    );
    await untilOpen(address, from, 3);
  });
}

test('connections that are half open are told of until their time is over', async (t) => {
  const transport = createZeromqTransport({
    runtime: systemRuntime,
    heartbeatInterval: 1_000,
    heartbeatTimeout: 3_000,
    handshakeTimeout: 2_000, // they are counted before
  });
  t.teardown(() => transport.close());
  const curve = { secretKey: createKeyPair().secretKey.reveal(), refuses: () => undefined };
  const { address } = await transport.listen({ ip: '127.0.0.1', port: 0 }, new Host(), curve);
  const strangers = await Promise.all(Array.from({ length: 20 }, () => RawPeer.open(address)));
  t.true(((await countOpen(address, '127.0.0.1')) ?? 0) > 0);
  await Promise.all(strangers.map(({ ended }) => ended));
  await untilOpen(address, '127.0.0.1', 0);
});

test('how many connections an address has is asked only where it may have too many, and not too often', async (t) => {
  let now = 0;
  let open = 0;
  let asked = 0;
  const limit = new ConnectionLimit({ monotonic: () => now }, 10);
  const count = async () => {
    asked += 1;
    return open + 1;
  };
  const come = async (times: number, from = 'a') => {
    let admitted = 0;
    for (let i = 0; i < times; i++) if (await limit.takes(from, count)) admitted += 1;
    return admitted;
  };
  t.is(await come(10), 10);
  t.is(asked, 0);
  open = 10;
  t.is(await come(100), 0);
  t.is(asked, 1);
  t.is(await come(10, 'b'), 10, 'each address by itself');
  now = 1_000;
  open = 4;
  t.is(await come(100), 6);
  t.is(asked, 2);
  now = 2_000;
  open = 500; // strangers from there, not yet through: no reason to forget those that are
  t.is(await come(1), 0);
  now = 3_000;
  open = 0;
  t.is(await come(10), 10);
  const blind = new ConnectionLimit({ monotonic: () => now }, 1);
  for (let i = 0; i < 10; i++)
    t.true(await blind.takes('a', async () => undefined), 'nobody is locked out for lack of an answer');
});

test('connections are counted by address and state, in the form of the system', (t) => {
  const row = (local: string, remote: string, state: string) =>
    `   1: ${local} ${remote} ${state} 00000000:00000000 00:0`;
  const head = '  sl  local_address rem_address   st tx_queue rx_queue';
  const v4 = [
    head,
    row('0100000A:1F90', '00000000:0000', '0A'),
    row('0100000A:1F90', '0200000A:D431', '01'),
    row('0100000A:1F90', '0200000A:D432', '08'),
    row('0100000A:1F90', '0200000A:D433', '06'),
    row('0100000A:1F90', '0300000A:D431', '01'),
    row('0100000A:1F91', '0200000A:D434', '01'),
    row('0900000A:1F90', '0200000A:D435', '01'),
    row('0200000A:1F90', '0100000A:1F90', '01'),
    '',
  ].join('\n');
  t.is(countIn(v4, { ip: '10.0.0.1', port: 0x1f90 }, '10.0.0.2', true), 2);
  t.is(countIn(v4, { ip: '0.0.0.0', port: 0x1f90 }, '10.0.0.2', true), 3);
  t.is(countIn(v4, { ip: '10.0.0.1', port: 0x1f90 }, '10.0.0.4', true), 0);
  t.is(
    countIn(
      [head, row('0A000001:0050', '0A000002:0051', '01')].join('\n'),
      { ip: '10.0.0.1', port: 80 },
      '10.0.0.2',
      false,
    ),
    1,
  );
  const v6 = [
    head,
    row('000080FE00000000FF005450B6AD1DFE:1F90', '000080FE00000000FF005450B6AD1DFF:0001', '01'),
    row('000080FE00000000FF005450B6AD1DFE:1F90', '0000000000000000FFFF00000200000A:0001', '01'),
    row('00000000000000000000000001000000:1F90', '00000000000000000000000001000000:0002', '01'),
  ].join('\n');
  const any = { ip: '::', port: 0x1f90 };
  t.is(countIn(v6, any, 'fe80::5054:ff:fe1d:adb6', true), 0);
  t.is(countIn(v6, any, 'fe80::5054:ff:ff1d:adb6%eth0', true), 1);
  t.is(countIn(v6, { ip: 'fe80::5054:ff:fe1d:adb6', port: 0x1f90 }, 'fe80::5054:ff:ff1d:adb6%eth0', true), 1);
  t.is(countIn(v6, any, '::ffff:10.0.0.2', true), 1);
  t.is(countIn(v6, any, '::1', true), 1);
});
