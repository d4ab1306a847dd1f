/**
 * What strangers may do to a port: nothing that disturbs a good link, or that is not told in a few words.
 */
import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { Dealer, Push, Request, Subscriber } from 'zeromq';
import { type Runtime, systemRuntime } from '../../runtime.js';
import { GarbageReports } from '../../transport/garbage.js';
import type { Transport } from '../../transport/transport.js';
import { Handshakes } from '../../transport/zeromq/handshakes.js';
import { RecentTopics } from '../../transport/zeromq/recent.js';
import { createZeromqTransport } from '../../transport/zeromq/transport.js';
import { type Connection, connected, dialled, frameOf, textsOf } from '../helpers/link-witness.js';
import { RawPeer } from '../helpers/raw-peer.js';

/** Enough for a test that is slow; those that wait for its end take a shorter one. */
const handshakeTimeout = 30_000;
const shortHandshakeTimeout = 500;

interface Scene extends Connection {
  readonly acceptor: Transport;
  readonly initiator: Transport;
  /** What the frames of the good link begin with: an attacker's best knowledge. */
  readonly topic: Uint8Array;
}

/** A good link between two nodes. */
async function start(t: ExecutionContext, timeout = handshakeTimeout): Promise<Scene> {
  const times = { heartbeatInterval: 1_000, heartbeatTimeout: 3_000, handshakeTimeout: timeout };
  const create = (): Transport => createZeromqTransport({ runtime: systemRuntime, ...times });
  const [acceptor, initiator] = [create(), create()];
  t.teardown(() => Promise.all([acceptor.close(), initiator.close()]));
  const connection = await connected(acceptor, initiator, { ip: '127.0.0.1', port: 0 });
  const topic = connection.guest.witness.frames[0]?.subarray(0, acceptor.headroom) as Uint8Array;
  return { ...connection, acceptor, initiator, topic };
}

/** Lets the good link count up, one frame there and one back, until `deed` is done; then checks that nothing is missing. */
async function whileCounting(t: ExecutionContext, scene: Scene, deed: () => Promise<void>): Promise<void> {
  const { acceptor, initiator, link, witness, guest } = scene;
  let isOver = false;
  let next = 0;
  const count = () => link.send(frameOf(initiator, String(next++)));
  guest.witness.react = (frame) => guest.link.send(frameOf(acceptor, frame.subarray(acceptor.headroom)));
  witness.react = () => {
    if (!isOver) count();
  };
  count();
  await deed();
  isOver = true;
  await witness.received(next);
  t.true(next > 1);
  const expected = Array.from({ length: next }, (_, number) => String(number));
  t.deepEqual(textsOf(initiator, witness.frames), expected);
  t.deepEqual(textsOf(acceptor, guest.witness.frames.slice(1)), expected);
  t.deepEqual(witness.losses, []);
}

/** Does `deed` `count` times, some at once. */
async function often(count: number, deed: (number: number) => Promise<unknown>): Promise<void> {
  for (let begun = 0; begun < count; begun += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - begun) }, (_, more) => deed(begun + more)));
  }
}

test('thousands of strangers who are no ZeroMQ clients are counted, and disturb nobody', async (t) => {
  const scene = await start(t, shortHandshakeTimeout);
  const { host, listener } = scene;
  await whileCounting(t, scene, async () => {
    await often(500, async () => (await RawPeer.open(listener.address)).end());
    await often(500, async () => (await RawPeer.open(listener.address)).end('rudely'));
    await often(1_000, async (number) => {
      const peer = await RawPeer.open(listener.address);
      peer.write(randomBytes(1 + (number % 300)));
      await peer.end();
    });
    await often(200, async () => {
      const peer = await RawPeer.open(listener.address);
      peer.write(Buffer.from('GET / HTTP/1.1\r\nHost: muster\r\n\r\n'));
      await peer.end();
    });
    await often(200, async () => {
      const peer = await RawPeer.greet(listener.address);
      peer.write(randomBytes(100));
      await peer.end();
    });
    await host.until(() => host.garbageCount('without a handshake') >= 1_000);
  });
  t.true(host.garbageReports.length < 100, `${host.garbageReports.length} reports`);
  await dialled(scene.initiator, listener, host);
});

test('clients of other socket types are turned away and counted', async (t) => {
  const scene = await start(t, shortHandshakeTimeout);
  const { host, listener } = scene;
  const types = ['REQ', 'REP', 'DEALER', 'ROUTER', 'PUSH', 'PULL', 'PUB', 'XPUB', 'PAIR', 'NONE', ''];
  await whileCounting(t, scene, async () => {
    await often(20 * types.length, async (number) => {
      const peer = await RawPeer.greet(listener.address, types[number % types.length]);
      await peer.ended;
    });
    await host.until(() => host.garbageCount('without a handshake') >= 20 * types.length);
  });
  t.is(host.garbageCount('without a handshake'), 20 * types.length);
  t.true(host.garbageCount('of another socket type') > 0);
  t.true(host.garbageReports.length < 10);
});

test('real sockets of other types do no harm', async (t) => {
  const scene = await start(t, shortHandshakeTimeout);
  const { host, listener } = scene;
  const endpoint = `tcp://127.0.0.1:${listener.address.port}`;
  await whileCounting(t, scene, async () => {
    const others = [Request, Push, Dealer].map((Other) => new Other({ linger: 0, sendTimeout: 0 }));
    const subscriber = new Subscriber({ linger: 0 });
    for (const other of [...others, subscriber]) other.connect(endpoint);
    subscriber.subscribe('news', '');
    await host.until(() => host.garbageCount('a subscription to something else') >= 2);
    await host.until(() => host.garbageCount('without a handshake') >= 3);
    for (const other of [...others, subscriber]) other.close();
  });
});

test('those who connect and say nothing are cut off', async (t) => {
  const scene = await start(t, shortHandshakeTimeout);
  await whileCounting(t, scene, async () => {
    const peers = await Promise.all(Array.from({ length: 200 }, () => RawPeer.open(scene.listener.address)));
    await Promise.all(peers.map(({ ended }) => ended));
    await scene.host.until(() => scene.host.garbageCount('without a handshake') === 200);
  });
});

test('messages that are no frames of a link are counted, each of them', async (t) => {
  const scene = await start(t);
  const { host, topic } = scene;
  await whileCounting(t, scene, async () => {
    const peer = await RawPeer.greet(scene.listener.address);
    for (let number = 0; number < 1_000; number++) {
      peer.send(new Uint8Array(0));
      peer.send(topic.subarray(0, topic.length - 1));
      peer.send(Buffer.concat([Buffer.of(3 + (number % 253)), randomBytes(40)]));
    }
    await host.until(() => host.garbageCount('no frame of a link') >= 3_000);
    await peer.end();
  });
  t.is(host.garbageCount('no frame of a link'), 3_000);
  t.true(host.garbageReports.length < 20);
});

test('messages of several parts, and parts that belong to nothing, are taken as the parts they are', async (t) => {
  const scene = await start(t);
  const { host, topic } = scene;
  const [whole, other] = [Buffer.concat([topic, Buffer.from('forged')]), Buffer.of(9)];
  scene.guest.witness.react = () => undefined;
  const peers = await Promise.all(Array.from({ length: 20 }, () => RawPeer.greet(scene.listener.address)));
  for (let number = 0; number < 100; number++) {
    for (const peer of peers) {
      peer.send(other, whole, other);
      peer.send(Buffer.of(1, 7), other, Buffer.of(1, 7));
      peer.send(Buffer.of(1, 7), other, Buffer.of(0, 7));
    }
  }
  for (const peer of peers) peer.sendDangling(other);
  await scene.guest.witness.received(1 + 2_000);
  await Promise.all(peers.map((peer) => peer.end('rudely')));
  await host.until(() => host.garbageCount('no frame of a link') >= 8_000);
  t.is(host.garbageCount('no frame of a link'), 8_000);
  // And on they go.
  scene.link.send(frameOf(scene.initiator, 'after all'));
  await scene.guest.witness.until(() => scene.guest.witness.frames.length === 2_002);
  t.deepEqual(textsOf(scene.acceptor, scene.guest.witness.frames.slice(-1)), ['after all']);
  await dialled(scene.initiator, scene.listener, host);
});

test("a forged end of another's subscription is only a hint", async (t) => {
  const scene = await start(t);
  const { guest, topic } = scene;
  await whileCounting(t, scene, async () => {
    const peer = await RawPeer.greet(scene.listener.address);
    for (let number = 0; number < 1_000; number++) peer.send(Buffer.concat([Buffer.of(0), topic]));
    await guest.witness.until(() => guest.witness.hints.length === 1_000);
    await peer.end();
  });
});

test('one who listens in is told of', async (t) => {
  const scene = await start(t);
  const { host, topic } = scene;
  await whileCounting(t, scene, async () => {
    const peer = await RawPeer.greet(scene.listener.address);
    peer.send(Buffer.concat([Buffer.of(1), topic]));
    peer.send(Buffer.of(1));
    await host.until(() => host.garbageCount('subscription to') === 2);
    await peer.end();
  });
  t.deepEqual(host.garbageReports, [
    { reason: 'a second subscription to a link', count: 1 },
    { reason: 'a subscription to something else than a link of its own', count: 1 },
  ]);
});

test('frames that are too long end their connection, before their bytes have come', async (t) => {
  const scene = await start(t);
  await whileCounting(t, scene, async () => {
    for (const size of [BigInt(scene.acceptor.maxFrameSize) + 1n, 2n ** 40n, 2n ** 63n - 1n]) {
      const peer = await RawPeer.greet(scene.listener.address);
      const head = Buffer.alloc(9, 2);
      head.writeBigUInt64BE(size, 1);
      peer.write(head);
      await peer.ended;
    }
  });
});

test('links that are made up by the thousand are asked for once each', async (t) => {
  const scene = await start(t);
  const { host, topic } = scene;
  host.admit = () => false;
  const count = 3_000;
  await whileCounting(t, scene, async () => {
    const peer = await RawPeer.greet(scene.listener.address);
    for (let number = 0; number < count; number++) {
      const frame = Buffer.concat([topic.subarray(0, 1), randomBytes(16), Buffer.from('let me in')]);
      for (let times = 0; times < 3; times++) peer.send(frame);
    }
    peer.send(Buffer.of(9));
    await host.until(() => host.garbageCount('no frame of a link') === 1);
    await peer.end();
  });
  t.is(host.guests.length, 1 + count);
});

test('the memory of links that have ended is bounded; the oldest go first', (t) => {
  const recent = new RecentTopics(3);
  for (const topic of ['a', 'b', 'c', 'b', 'd']) recent.add(topic);
  t.deepEqual(
    ['a', 'b', 'c', 'd'].map((topic) => recent.has(topic)),
    [false, true, true, true],
  );
});

/** Timers that a test lets fire. */
class HandTimers implements Pick<Runtime, 'setTimeout' | 'clearTimeout'> {
  readonly tasks = new Map<number, () => void>();
  #last = 0;

  setTimeout(task: () => void): number {
    this.tasks.set(++this.#last, task);
    return this.#last;
  }

  clearTimeout(handle: unknown): void {
    this.tasks.delete(handle as number);
  }

  /** Everything that was set before. */
  fire(): void {
    for (const [handle, task] of [...this.tasks]) {
      this.tasks.delete(handle);
      task();
    }
  }
}

function startReports() {
  const timers = new HandTimers();
  const runtime: Runtime = {
    ...systemRuntime,
    setTimeout: (task) => timers.setTimeout(task),
    clearTimeout: (handle) => timers.clearTimeout(handle),
  };
  const told: string[] = [];
  return {
    timers,
    runtime,
    told,
    reports: new GarbageReports(runtime, (reason, count) => told.push(`${count} ${reason}`)),
  };
}

test('garbage is told at once, then once a second with its number', (t) => {
  const { timers, told, reports } = startReports();
  for (let number = 0; number < 1_000; number++) reports.count('noise');
  reports.count('smoke', 5);
  t.deepEqual(told, ['1 noise', '5 smoke']);
  timers.fire();
  t.deepEqual(told, ['1 noise', '5 smoke', '999 noise']);
  reports.count('noise');
  timers.fire();
  t.deepEqual(told.slice(3), ['1 noise']);
});

test('no timer runs where no garbage comes, or where nobody is told any more', (t) => {
  const { timers, told, reports } = startReports();
  t.is(timers.tasks.size, 0);
  reports.count('noise');
  t.is(timers.tasks.size, 1);
  timers.fire();
  t.is(timers.tasks.size, 0);
  reports.count('noise');
  reports.close();
  t.is(timers.tasks.size, 0);
  t.deepEqual(told, ['1 noise', '1 noise']);
});

function startHandshakes() {
  const { timers, runtime } = startReports();
  const failed: number[] = [];
  return { timers, failed, handshakes: new Handshakes(runtime, handshakeTimeout, (count) => failed.push(count)) };
}

test('connections that end without a handshake are told from those that had one', (t) => {
  const { timers, failed, handshakes } = startHandshakes();
  for (let number = 0; number < 10; number++) handshakes.accepted();
  for (let number = 0; number < 4; number++) handshakes.succeeded();
  for (let number = 0; number < 6 + 2; number++) handshakes.disconnected();
  timers.fire();
  t.deepEqual(failed, [6]);
});

test('good connections are never taken for bad ones, and need no timer', (t) => {
  const { timers, failed, handshakes } = startHandshakes();
  handshakes.accepted();
  handshakes.succeeded();
  handshakes.disconnected();
  t.is(timers.tasks.size, 0);
  // One ends while another is about to shake hands.
  handshakes.accepted();
  handshakes.succeeded();
  handshakes.accepted();
  handshakes.disconnected();
  handshakes.succeeded();
  timers.fire();
  // One breaks with an error of its own while another is about to shake hands.
  handshakes.accepted();
  handshakes.accepted();
  handshakes.broke();
  handshakes.disconnected();
  t.is(timers.tasks.size, 0);
  handshakes.succeeded();
  t.deepEqual(failed, []);
  handshakes.accepted();
  handshakes.disconnected();
  handshakes.close();
  t.is(timers.tasks.size, 0);
});
