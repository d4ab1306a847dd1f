/**
 * What every transport promises, as tests to be run against each of them.
 * Nothing here waits for time to pass: a test waits for what it wants to see, and ava ends one that waits in vain.
 */
import type { ExecutionContext, TestFn } from 'ava';
import { MusterError } from '../../errors.js';
import type { Address, Transport } from '../../transport/transport.js';
import { connected, dialled, frameOf, Host, payloadOf, textsOf, Witness } from '../helpers/link-witness.js';

/** A place in which transports can reach each other. Each test gets one of its own. */
export interface TransportWorld {
  /** One more transport, as each node has one. */
  transport(): Transport;
  /** Where somebody listens who is no node. */
  stranger(t: ExecutionContext): Promise<Address>;
  /** Where everybody here can listen, at a port that the system chooses. */
  readonly anyPort: Address;
  /** Brings what was sent to where its receiver will find it, without a turn of the event loop. */
  letArrive(): void;
}

export function testTransport(test: TestFn, name: string, createWorld: () => TransportWorld): void {
  /** Two transports, which are closed with the test. */
  function start(t: ExecutionContext) {
    const world = createWorld();
    const [acceptor, initiator] = [world.transport(), world.transport()];
    t.teardown(async () => {
      await Promise.all([acceptor.close(), initiator.close()]);
    });
    return { world, acceptor, initiator, at: world.anyPort };
  }

  const titled = (title: string) => `${name}: ${title}`;

  test(titled('a link is opened, and greetings go both ways'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const { listener, link, witness, guest } = await connected(acceptor, initiator, at);
    t.is(listener.address.ip, at.ip);
    t.true(listener.address.port > 0);
    t.regex(link.id, /^[0-9a-f]{32}$/);
    t.is(guest.link.id, link.id);
    guest.link.send(frameOf(acceptor, 'hello to you'));
    await witness.received(1);
    t.deepEqual(witness.calls, ['open', 'frame']);
    t.deepEqual(textsOf(initiator, witness.frames), ['hello to you']);
    t.deepEqual(textsOf(acceptor, guest.witness.frames), ['hello']);
  });

  test(titled('each link has an id of its own'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const { listener, host, link } = await connected(acceptor, initiator, at);
    const other = await dialled(initiator, listener, host);
    t.not(link.id, other.link.id);
  });

  test(titled('10,000 frames of mixed sizes arrive whole and in order, both ways at once'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const { link, witness, guest } = await connected(acceptor, initiator, at);
    const count = 10_000;
    for (let number = 0; number < count; number++) {
      link.send(frameOf(initiator, numbered(number)));
      guest.link.send(frameOf(acceptor, numbered(number)));
    }
    await Promise.all([witness.received(count), guest.witness.received(1 + count)]);
    for (let number = 0; number < count; number++) {
      const [down, up] = [witness.frames[number], guest.witness.frames[1 + number]] as [Uint8Array, Uint8Array];
      if (!payloadOf(initiator, down).equals(numbered(number))) t.fail(`frame ${number} to the initiator is damaged`);
      if (!payloadOf(acceptor, up).equals(numbered(number))) t.fail(`frame ${number} to the acceptor is damaged`);
    }
    t.is(witness.frames.length, count);
    t.is(guest.witness.frames.length, 1 + count);
  });

  test(titled('a frame has from headroom to maxFrameSize bytes; others are refused at the sender'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const { link, witness, guest } = await connected(acceptor, initiator, at);
    const largest = new Uint8Array(initiator.maxFrameSize).fill(7);
    t.true(largest.length >= initiator.headroom + 64 * 1024);
    for (const sender of [link, guest.link]) {
      t.throws(() => sender.send(new Uint8Array(initiator.maxFrameSize + 1)), { instanceOf: RangeError });
      t.throws(() => sender.send(new Uint8Array(initiator.headroom - 1)), { instanceOf: RangeError });
      sender.send(largest.slice());
      sender.send(new Uint8Array(initiator.headroom));
    }
    await Promise.all([witness.received(2), guest.witness.received(3)]);
    for (const [whole, empty] of [witness.frames, guest.witness.frames.slice(1)]) {
      t.true(payloadOf(initiator, whole as Uint8Array).equals(largest.subarray(initiator.headroom)));
      t.is(empty?.length, initiator.headroom);
    }
  });

  test(titled('a frame may be a view into something larger, which stays as it is'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const { link, guest } = await connected(acceptor, initiator, at);
    const ground = new Uint8Array(1_000).fill(1);
    const small = ground.subarray(100, 100 + initiator.headroom + 20).fill(2);
    const large = ground.subarray(300, 300 + initiator.headroom + 400).fill(3);
    link.send(small);
    link.send(large);
    await guest.witness.received(3);
    const [, first, second] = guest.witness.frames as [Uint8Array, Uint8Array, Uint8Array];
    t.deepEqual([...payloadOf(acceptor, first)], Array(20).fill(2));
    t.deepEqual([...payloadOf(acceptor, second)], Array(400).fill(3));
    const untouched = [
      ...ground.subarray(0, 100),
      ...ground.subarray(100 + small.length, 300),
      ...ground.subarray(800),
    ];
    t.true(untouched.every((byte) => byte === 1));
  });

  test(titled('links to one listener never see frames of each other'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const first = await connected(acceptor, initiator, at);
    const links = [first, await dialled(initiator, first.listener, first.host)];
    for (let more = 0; more < 3; more++) links.push(await dialled(initiator, first.listener, first.host));
    const rounds = 200;
    for (let round = 0; round < rounds; round++) {
      for (const { link, guest } of links) {
        link.send(frameOf(initiator, link.id));
        guest.link.send(frameOf(acceptor, link.id));
      }
    }
    for (const { link, witness, guest } of links) {
      await Promise.all([witness.received(rounds), guest.witness.received(1 + rounds)]);
      t.deepEqual(textsOf(initiator, witness.frames), Array(rounds).fill(link.id));
      t.deepEqual(textsOf(acceptor, guest.witness.frames.slice(1)), Array(rounds).fill(link.id));
    }
  });

  test(titled('frames sent before the link is open arrive'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const host = new Host();
    const listener = await acceptor.listen(at, host);
    const witness = new Witness();
    const link = initiator.connect(listener.address, witness);
    for (const text of ['one', 'two', 'three']) link.send(frameOf(initiator, text));
    t.deepEqual(witness.calls, []);
    const guest = await host.guest(link);
    await guest.witness.received(3);
    t.deepEqual(textsOf(acceptor, guest.witness.frames), ['one', 'two', 'three']);
  });

  test(titled('a refused link may be told why; its later frames are ignored'), async (t) => {
    const { world, acceptor, initiator, at } = start(t);
    const host = new Host();
    host.admit = (link) => {
      link.send(frameOf(acceptor, 'not you'));
      return false;
    };
    const listener = await acceptor.listen(at, host);
    const witness = new Witness();
    const link = initiator.connect(listener.address, witness);
    for (let number = 0; number < 100; number++) link.send(frameOf(initiator, 'let me in'));
    await witness.received(1);
    for (let number = 0; number < 100; number++) link.send(frameOf(initiator, 'let me in'));
    world.letArrive();
    await acceptor.settled();
    t.deepEqual(textsOf(initiator, witness.frames), ['not you']);
    t.is(host.guests.length, 1);
    t.deepEqual(textsOf(acceptor, host.guests[0]?.witness.frames ?? []), ['let me in']);
    t.deepEqual(host.garbageReports, []);
    host.guests[0]?.link.send(frameOf(acceptor, 'too late'));
    world.letArrive();
    await initiator.settled();
    t.is(witness.frames.length, 1);
  });

  test(titled('when the initiator closes, the acceptor gets its last frames, then a hint'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const { link, guest } = await connected(acceptor, initiator, at);
    for (let number = 0; number < 100; number++) link.send(frameOf(initiator, 'work'));
    link.send(frameOf(initiator, 'bye'));
    link.close();
    link.close();
    await guest.witness.until(() => guest.witness.hints.length > 0);
    t.is(guest.witness.frames.length, 102);
    t.deepEqual(textsOf(acceptor, guest.witness.frames.slice(-1)), ['bye']);
    t.is(guest.witness.calls.at(-1), 'hint');
    t.deepEqual(guest.witness.losses, []);
  });

  test(titled('when the listener closes, the initiator gets the last frames, then loses the link'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const { listener, witness, guest } = await connected(acceptor, initiator, at);
    for (let number = 0; number < 100; number++) guest.link.send(frameOf(acceptor, 'work'));
    guest.link.send(frameOf(acceptor, 'bye'));
    await listener.close();
    await witness.until(() => witness.losses.length > 0);
    t.is(witness.frames.length, 101);
    t.deepEqual(textsOf(initiator, witness.frames.slice(-1)), ['bye']);
    t.is(witness.calls.at(-1), 'lost');
    t.true(witness.losses[0]?.includes(`${listener.address.ip}:${listener.address.port}`), witness.losses[0]);
  });

  test(titled('last frames are heard even by one who was busy while the connection ended'), async (t) => {
    const { world, acceptor, initiator, at } = start(t);
    const { listener, witness, guest } = await connected(acceptor, initiator, at);
    for (let number = 0; number < 1_000; number++) guest.link.send(frameOf(acceptor, 'work'));
    guest.link.send(frameOf(acceptor, 'bye'));
    const closed = listener.close();
    world.letArrive();
    await witness.until(() => witness.losses.length > 0);
    await closed;
    t.is(witness.frames.length, 1_001);
    t.deepEqual(textsOf(initiator, witness.frames.slice(-1)), ['bye']);
    t.is(witness.calls.at(-1), 'lost');
  });

  test(titled('a link that the acceptor has closed is deaf and mute, and no new one'), async (t) => {
    const { world, acceptor, initiator, at } = start(t);
    const { listener, host, link, witness, guest } = await connected(acceptor, initiator, at);
    guest.link.close();
    guest.link.send(frameOf(acceptor, 'unheard'));
    for (let number = 0; number < 100; number++) link.send(frameOf(initiator, 'unheard'));
    world.letArrive();
    await Promise.all([acceptor.settled(), initiator.settled()]);
    t.deepEqual(guest.witness.calls, []);
    t.deepEqual(witness.frames, []);
    t.is(host.guests.length, 1);
    t.deepEqual(host.garbageReports, []);
    // The listener goes on for others.
    await dialled(initiator, listener, host);
  });

  test(titled('a link to where nobody listens is lost, in words'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const listener = await acceptor.listen(at, new Host());
    const { address } = listener;
    await listener.close();
    const witness = new Witness();
    initiator.connect(address, witness);
    t.deepEqual(witness.calls, []);
    await witness.until(() => witness.losses.length > 0);
    t.deepEqual(witness.calls, ['lost']);
    t.true(witness.losses[0]?.startsWith(`cannot connect to ${address.ip}:${address.port}: `), witness.losses[0]);
  });

  const badAddresses: Record<string, Address> = {
    'a port that is none': { ip: '127.0.0.1', port: 99_999 },
    'port 0': { ip: '127.0.0.1', port: 0 },
    'a name': { ip: 'localhost', port: 27_762 },
    'a zone that is none': { ip: 'fe80::1', port: 27_762, zoneId: 'a]:1' },
  };
  for (const [what, address] of Object.entries(badAddresses)) {
    test(titled(`a link to ${what} is lost, in words, and not within connect()`), async (t) => {
      const { initiator } = start(t);
      const witness = new Witness();
      const link = initiator.connect(address, witness);
      link.send(frameOf(initiator, 'unheard'));
      t.deepEqual(witness.calls, []);
      await witness.until(() => witness.losses.length > 0);
      t.deepEqual(witness.calls, ['lost']);
      link.send(frameOf(initiator, 'unheard'));
      link.close();
    });
  }

  for (const side of ['initiator', 'acceptor'] as const) {
    test(titled(`no handler of a link is called after the ${side} has closed it`), async (t) => {
      const { world, acceptor, initiator, at } = start(t);
      const { link, witness, guest } = await connected(acceptor, initiator, at);
      const [near, far] = side === 'initiator' ? [{ link, witness }, guest] : [guest, { link, witness }];
      const before = near.witness.frames.length;
      near.witness.react = () => {
        if (near.witness.frames.length === before + 3) near.link.close();
      };
      for (let number = 0; number < 100; number++) far.link.send(frameOf(acceptor, 'more'));
      far.link.close();
      world.letArrive();
      await Promise.all([acceptor.settled(), initiator.settled()]);
      t.is(near.witness.frames.length, before + 3);
      t.deepEqual([...near.witness.hints, ...near.witness.losses], []);
    });
  }

  test(titled('a link closed before it opens calls nothing'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const host = new Host();
    const listener = await acceptor.listen(at, host);
    const [witness, refused] = [new Witness(), new Witness()];
    initiator.connect(listener.address, witness).close();
    initiator.connect({ ip: '127.0.0.1', port: 0 }, refused).close();
    await dialled(initiator, listener, host);
    await initiator.close();
    t.deepEqual([...witness.calls, ...refused.calls], []);
  });

  test(titled('nothing is called after close() of a transport, and everything may be closed twice'), async (t) => {
    const { world, acceptor, initiator, at } = start(t);
    const { listener, host, link, witness, guest } = await connected(acceptor, initiator, at);
    for (let number = 0; number < 100; number++) {
      link.send(frameOf(initiator, 'unheard'));
      guest.link.send(frameOf(acceptor, 'unheard'));
    }
    world.letArrive();
    const closing = Promise.all([acceptor.close(), initiator.close(), acceptor.close(), listener.close()]);
    const [calls, guestCalls] = [witness.calls.length, guest.witness.calls.length];
    await closing;
    const late = new Witness();
    initiator.connect(listener.address, late).send(frameOf(initiator, 'unheard'));
    await t.throwsAsync(acceptor.listen(at, new Host()), { instanceOf: MusterError, code: 'MUSTER_LISTEN_FAILED' });
    link.send(frameOf(initiator, 'unheard'));
    guest.link.send(frameOf(acceptor, 'unheard'));
    await Promise.all([acceptor.settled(), initiator.settled()]);
    t.is(witness.calls.length, calls);
    t.is(guest.witness.calls.length, guestCalls);
    t.is(host.guests.length, 1);
    t.deepEqual(late.calls, []);
  });

  test(titled('the memory of a frame that was kept stays as it was'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const { link, guest } = await connected(acceptor, initiator, at);
    const count = 2_000;
    for (let number = 0; number < count; number++) link.send(frameOf(initiator, numbered(number)));
    await guest.witness.received(1 + count);
    const kept = guest.witness.frames.slice(1).map((frame) => payloadOf(acceptor, frame));
    for (let number = 0; number < 2 * count; number++) link.send(frameOf(initiator, new Uint8Array(1_000)));
    await guest.witness.received(1 + 3 * count);
    t.true(kept.every((payload, number) => payload.equals(numbered(number))));
  });

  test(titled('so it does while both ends send large ones, and hear that these have come'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const { link, witness, guest } = await connected(acceptor, initiator, at);
    const count = 200;
    const large = (number: number) => Buffer.alloc(initiator.maxFrameSize - initiator.headroom, 0x80 | number);
    for (let number = 0; number < count; number++) {
      link.send(frameOf(initiator, large(number)));
      await guest.witness.received(2 + number);
      guest.link.send(frameOf(acceptor, large(number)));
      await witness.received(1 + number);
    }
    const kept = [guest.witness.frames.slice(1), witness.frames];
    for (const frames of kept) {
      t.true(frames.every((frame, number) => payloadOf(acceptor, frame).equals(large(number))));
    }
  });

  test(titled('a port that is taken is refused by name'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    const { address } = await acceptor.listen(at, new Host());
    const error = await t.throwsAsync(initiator.listen(address, new Host()), {
      instanceOf: MusterError,
      message: `port ${address.ip}:${address.port} is taken`,
    });
    t.is((error as MusterError).code, 'MUSTER_PORT_TAKEN');
  });

  test(titled('a closed listener has freed its port'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    let address = at;
    for (let time = 0; time < 10; time++) {
      const { listener } = await connected(acceptor, initiator, address);
      if (time > 0) t.is(listener.address.port, address.port);
      address = listener.address;
      await listener.close();
      await listener.close();
    }
  });

  test(titled('a link to somebody who is no node is lost, in words'), async (t) => {
    const { world, initiator } = start(t);
    const address = await world.stranger(t);
    const witness = new Witness();
    initiator.connect(address, witness).send(frameOf(initiator, 'hello'));
    await witness.until(() => witness.losses.length > 0);
    t.deepEqual(witness.calls, ['lost']);
    t.true(witness.losses[0]?.startsWith(`no handshake with ${address.ip}:${address.port}: `), witness.losses[0]);
  });

  test(titled('nobody can listen where somebody listens who is no node'), async (t) => {
    const { world, acceptor } = start(t);
    const address = await world.stranger(t);
    const error = await t.throwsAsync(acceptor.listen(address, new Host()), { instanceOf: MusterError });
    t.is((error as MusterError).code, 'MUSTER_PORT_TAKEN');
  });

  test(titled('settled() waits for all that has come, however much it is'), async (t) => {
    const { world, acceptor, initiator, at } = start(t);
    const { listener, host, link, witness, guest } = await connected(acceptor, initiator, at);
    const other = await dialled(initiator, listener, host);
    for (let number = 0; number < 5_000; number++) {
      link.send(frameOf(initiator, 'before'));
      guest.link.send(frameOf(acceptor, 'before'));
    }
    other.link.send(frameOf(initiator, 'behind all of them'));
    world.letArrive();
    await Promise.all([acceptor.settled(), initiator.settled()]);
    t.is(guest.witness.frames.length, 5_001);
    t.is(witness.frames.length, 5_000);
    t.is(other.guest.witness.frames.length, 2);
  });

  test(titled('settled() ends when nothing comes, and when there is nothing at all'), async (t) => {
    const { acceptor, initiator, at } = start(t);
    await acceptor.settled();
    await connected(acceptor, initiator, at);
    await Promise.all([acceptor.settled(), initiator.settled()]);
    t.pass();
  });
}

/** A payload that can be told from every other, of 4 to 60,000 bytes; most are small. */
export function numbered(number: number): Buffer {
  const size = number % 500 === 0 ? 60_000 : 4 + ((number * 37) % 900);
  const payload = Buffer.alloc(size, number % 251);
  payload.writeUInt32BE(number);
  return payload;
}
