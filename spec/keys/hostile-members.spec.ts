/**
 * Hostile peers at a node with keys, while it exchanges numbers with two good ones: strangers, of whom none gets in, and a
 * member who has a key of his own and is after the links of others.
 */
import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import type { OptionsInput } from '../../index.js';
import { createKeyPair, type KeyPair } from '../../keys/key-pair.js';
import { KeyRing } from '../../keys/key-ring.js';
import { knock } from '../../keys/link-handshake.js';
import { frameCode } from '../../transport/frames/frames.js';
import type { ConnectHandlers, Link } from '../../transport/transport.js';
import { decodeZ85 } from '../../transport/z85.js';
import { headroom } from '../../transport/zeromq/frame.js';
import { badFrames } from '../faults/hostile-frames.js';
import { checkNumbers, flowing, LocalMember, times } from '../faults/members.js';
import { curveOf, HostileMember } from '../helpers/hostile-member.js';
import { accept, bye, hello } from '../helpers/hostile-peer.js';
import { makeKeys, withKeys } from '../helpers/keys.js';
import { NodeProcess } from '../helpers/node-process.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { secured, zeromq } from '../helpers/secured-pair.js';
import { TestCluster } from '../helpers/test-cluster.js';

const names = ['logger-1', 'manager', 'worker-1', 'worker-2'];
const guise = { from: 'worker-2', to: 'manager', nodeType: 'worker' };

/** A manager that exchanges numbers with a logger and a worker. The key of worker-2 is the attacker's. */
async function besiege(t: ExecutionContext, options: OptionsInput = {}) {
  const cluster = await TestCluster.create(t, names, withKeys);
  const pairs = (await makeKeys(cluster.stateDir, names)) as Record<(typeof names)[number], KeyPair>;
  const logger = await LocalMember.start(cluster, 'logger-1', ['manager']);
  const manager = await NodeProcess.start(t, cluster, 'manager', {
    flows: ['logger-1', 'worker-1'],
    options: { ...withKeys, ...options },
  });
  const worker = await LocalMember.start(cluster, 'worker-1', ['manager']);
  await cluster.until(() => [logger, worker].every(({ id }) => times(manager, 'node_up', id) === 1));
  const members = [manager, logger, worker] as const;
  await flowing(members);
  const [own, theirs] = [pairs['worker-2'] as KeyPair, pairs.manager as KeyPair];
  return {
    cluster,
    manager,
    members,
    own,
    theirs,
    pairs,
    port: cluster.layout.manager?.port as number,
    /** Resolves once the manager has written all these words. */
    told: (...words: string[]) => cluster.until(() => words.every((some) => manager.stderr.includes(some))),
    /** Checks that no good peer has noticed anything. */
    async end(maxLines = 40): Promise<string[]> {
      await flowing(members);
      await checkNumbers(t, members);
      for (const member of members) {
        for (const other of members) t.is(times(member, 'node_down', other.id), 0, `${other.name} at ${member.name}`);
      }
      await manager.do('leave');
      t.deepEqual(await manager.exited, { code: 0, signal: null });
      const lines = manager.stderr.split('\n').slice(0, -1);
      t.true(lines.length <= maxLines, `${lines.length} lines:\n${lines.slice(0, 60).join('\n')}`);
      t.notRegex(manager.stderr, / ERROR |Error:|\bat .*:\d+:\d+/);
      return lines;
    },
  };
}

type Siege = Awaited<ReturnType<typeof besiege>>;

/** A link of the attacker with his own key. */
function dial({ own, theirs, port }: Siege, t: ExecutionContext, as = own) {
  const transport = secured(zeromq(), as, { manager: [theirs.publicKey] });
  t.teardown(() => transport.close());
  return {
    transport,
    /** @returns what became of it: the frames that came, and why it was lost. */
    connect(opened: (link: Link) => void) {
      const heard: Uint8Array[] = [];
      let settle: (reason: string) => void = () => {};
      const lost = new Promise<string>((resolve) => {
        settle = resolve;
      });
      let refused: (words: string) => void = () => {};
      const rejected = new Promise<string>((resolve) => {
        refused = resolve;
      });
      const handlers: ConnectHandlers = {
        open: () => opened(link),
        frame: (frame) => {
          heard.push(frame);
          if (frame[headroom] === frameCode.reject) refused(Buffer.from(frame).toString('latin1'));
        },
        hint: () => {},
        lost: (reason) => settle(reason),
      };
      const link = transport.connect({ ip: '127.0.0.1', port }, handlers, 'manager');
      return { link, heard, lost, rejected };
    },
  };
}

function frameOf(payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.alloc(headroom), payload]);
}

test('strangers get nothing of what nodes say, whatever key they have or have not, and are refused in words', async (t) => {
  const siege = await besiege(t);
  const { port, theirs, told } = siege;
  const stranger = createKeyPair();
  const clear = HostileMember.open(t, port);
  const unknown = HostileMember.open(t, port, curveOf(stranger, theirs.publicKey));
  const mistaken = HostileMember.open(t, port, curveOf(stranger, stranger.publicKey));
  for (const each of [clear, unknown, mistaken]) void each.sniff(1);
  for (let i = 0; i < 50; i++) {
    const raw = await RawPeer.open({ ip: '127.0.0.1', port });
    raw.write(randomBytes(300));
    await raw.end();
    await (await RawPeer.greet({ ip: '127.0.0.1', port })).end();
  }
  await told(
    'refused a connection from 127.0.0.1: its key is that of no peer of this node',
    'a connection without a handshake: one side wants encryption, the other does not',
    'a connection without a handshake: the key of this node is not the one that was expected',
  );
  await flowing(siege.members);
  for (const { parts } of [clear, unknown, mistaken]) t.is(parts.length, 0);
  await siege.end();
});

test('a node with a wrong key, of another or of none, is told so in words', async (t) => {
  const siege = await besiege(t);
  const words = await dial(siege, t, createKeyPair()).connect(() => {}).lost;
  t.regex(words, /no handshake with 127\.0\.0\.1:\d+: the key of who connects is not admitted/);
  const impostor = dial({ ...siege, theirs: createKeyPair() }, t).connect(() => {});
  t.regex(await impostor.lost, /no handshake with|ended the connection without a handshake/);
  await siege.end();
});

test('a member reads nothing of what is said to others', async (t) => {
  const siege = await besiege(t);
  const member = HostileMember.open(t, siege.port, curveOf(siege.own, siege.theirs.publicKey));
  await member.sniff(200);
  const all = Buffer.concat(member.parts).toString('latin1');
  t.true(all.length > 10_000);
  for (const words of ['Counting', 'zeek/cluster', 'worker', 'manager', 'number']) t.false(all.includes(words), words);
  await siege.end();
});

test('a member can neither write on the links of others nor end them', async (t) => {
  const siege = await besiege(t);
  const member = HostileMember.open(t, siege.port, curveOf(siege.own, siege.theirs.publicKey));
  await member.sniff(100);
  const { topics, parts } = member;
  t.true(topics.length >= 1);
  const forged = [
    hello({ from: 'worker-1', to: 'manager', nodeType: 'worker', id: 'worker-1_forged' }),
    accept,
    bye(0),
    Buffer.of(frameCode.reject, 0x80),
    randomBytes(200),
    Buffer.of(),
    Buffer.of(0x03, 0x20),
    ...badFrames.flatMap(({ frames }) => frames(0)),
  ];
  for (let round = 0; round < 20; round++) {
    for (const topic of topics) {
      for (const payload of forged) await member.send(Buffer.concat([topic, payload]));
      await member.send(Buffer.concat([Buffer.of(0), topic])); // says that its owner has unsubscribed
    }
    for (const part of parts) await member.send(part); // what the manager said, to the manager
    await flowing(siege.members);
  }
  await siege.told('dropped a frame on a link of worker-1 that somebody else has sent');
  await siege.end();
});

test('a member is nobody but himself: refused in words at both ends', async (t) => {
  const siege = await besiege(t);
  const { own, theirs, pairs, port } = siege;
  const { connect } = dial(siege, t);
  const asWorker1 = connect((link) => link.send(frameOf(hello({ ...guise, from: 'worker-1', id: 'worker-1_b' }))));
  t.true((await asWorker1.rejected).includes('worker-2 says that it is worker-1: it has not the key for that'));

  // A knock with the public key of another.
  const member = HostileMember.open(t, port, curveOf(own, theirs.publicKey));
  void member.sniff(Number.POSITIVE_INFINITY);
  const topic = Buffer.concat([Buffer.of(2), randomBytes(16)]);
  const ring = new KeyRing({ own, peers: new Map([['manager', [theirs.publicKey]]]) });
  const { frame } = knock(ring, theirs.publicKey, topic.toString('hex', 1));
  const borrowed = Buffer.from(frame);
  borrowed.set(decodeZ85(pairs['worker-1']?.publicKey ?? '') as Uint8Array, 2);
  await member.send(Buffer.concat([topic, borrowed]));
  // A hello without any knock.
  await member.send(Buffer.concat([Buffer.of(2), randomBytes(16), hello({ ...guise, id: 'worker-2_b' })]));
  // A knock, twice: the second is a frame that is not sealed.
  const other = Buffer.concat([Buffer.of(2), randomBytes(16)]);
  const right = knock(ring, theirs.publicKey, other.toString('hex', 1)).frame;
  for (let i = 0; i < 3; i++) await member.send(Buffer.concat([other, right]));
  await siege.told(
    'refused a hello: worker-2 says that it is worker-1: it has not the key for that',
    'refused a link: it has not the key of worker-1',
    'refused a link: it does not begin with a proof of its key',
    'dropped a frame on a link of worker-2 that somebody else has sent',
  );
  await siege.end();
});

test('a member who begins links without end is refused beyond a number, and takes no memory', async (t) => {
  const siege = await besiege(t, { maxHelloRate: 5 });
  const { own, theirs, port, manager } = siege;
  const member = HostileMember.open(t, port, curveOf(own, theirs.publicKey));
  const ring = new KeyRing({ own, peers: new Map([['manager', [theirs.publicKey]]]) });
  const { before } = await manager.do('memory');
  for (let i = 0; i < 2_000; i++) {
    const topic = Buffer.concat([Buffer.of(2), randomBytes(16)]);
    await member.send(Buffer.concat([topic, knock(ring, theirs.publicKey, topic.toString('hex', 1)).frame]));
  }
  await siege.told('refused a link of worker-2: it begins more than 5 a second (maxHelloRate)');
  await flowing(siege.members);
  const { peak } = await manager.do('memory');
  t.true(peak - before < 64 * 2 ** 20, `grown by ${Math.round((peak - before) / 2 ** 20)} MiB`);
  t.log(`grown by ${Math.round((peak - before) / 2 ** 20)} MiB`);
  await siege.end();
});

test('whatever a member says on his own link ends that link only, in words', async (t) => {
  const siege = await besiege(t);
  const { connect } = dial(siege, t);
  for (let i = 0; i < badFrames.length; i++) {
    const id = `worker-2_${i}`;
    const attack = badFrames[i];
    const { link, rejected } = connect(() => {});
    for (const payload of [hello({ ...guise, id }), accept, ...(attack?.frames(i) ?? [])]) link.send(frameOf(payload));
    t.true((await rejected).includes(attack?.words ?? '?'), attack?.words);
    link.close();
  }
  await siege.end(250);
});
