/**
 * The simulated transport keeps the same contract as the one over ZeroMQ, and has faults of its own.
 */
import test, { type ExecutionContext } from 'ava';
import { systemRuntime } from '../../runtime.js';
import { VirtualTime } from '../../testing/virtual-time.js';
import { SimulatedNetwork } from '../../transport/memory/network.js';
import { createMemoryTransport } from '../../transport/memory/transport.js';
import { testLines } from '../contracts/lines.js';
import { testTransport } from '../contracts/transport.js';
import { frameOf, Host, textsOf, Witness } from '../helpers/link-witness.js';

const anyPort = { ip: '127.0.0.1', port: 0 };

testTransport(test, 'memory', () => {
  const network = new SimulatedNetwork({ runtime: systemRuntime });
  let hosts = 0;
  return {
    transport: () => createMemoryTransport(network, { host: `host-${++hosts}`, runtime: systemRuntime }),
    anyPort,
    letArrive() {},
    async stranger() {
      const address = { ip: '127.0.0.1', port: 7 };
      network.occupy(address);
      return address;
    },
  };
});

testLines(test, 'memory', () => {
  const network = new SimulatedNetwork({ runtime: systemRuntime, heartbeatTimeout: 500 });
  let hosts = 0;
  return {
    transport: () => createMemoryTransport(network, { host: `host-${++hosts}`, runtime: systemRuntime }),
    anyPort,
    line: async (_t, address) => ({
      address,
      cut: () => network.cut('host-1', 'host-2'),
      freeze: (way) => (way === 'there' ? network.block('host-2', 'host-1') : network.block('host-1', 'host-2')),
      heal: () => network.heal(),
    }),
  };
});

/** A link between two hosts, on virtual time. */
async function start(t: ExecutionContext, latency = () => 1) {
  const time = new VirtualTime(1);
  const network = new SimulatedNetwork({ runtime: time.createRuntime(), latency });
  const [acceptor, initiator] = ['acceptor', 'initiator'].map((host) =>
    createMemoryTransport(network, { host, runtime: time.createRuntime() }),
  ) as [ReturnType<typeof createMemoryTransport>, ReturnType<typeof createMemoryTransport>];
  const host = new Host();
  const { address } = await acceptor.listen(anyPort, host);
  const witness = new Witness();
  const link = initiator.connect(address, witness);
  link.send(frameOf(initiator, 'hello'));
  await time.advance(10);
  const [guest] = host.guests;
  if (guest === undefined) throw t.fail('no link');
  return { time, network, acceptor, initiator, address, link, witness, guest };
}

/** A frame of 1,000 bytes. */
function thousand({ headroom }: { readonly headroom: number }): Uint8Array {
  return new Uint8Array(1_000).fill(7, headroom);
}

test('a narrow way carries so many bytes in a second, in order, and is as wide as before once it is healed', async (t) => {
  const { time, network, initiator, acceptor, link, guest } = await start(t);
  network.ways.throttle('initiator', 'acceptor', 10_000);
  for (let i = 0; i < 10; i++) link.send(thousand(initiator));
  link.send(frameOf(initiator, 'last'));
  await time.advance(550);
  t.is(guest.witness.frames.length, 1 + 5);
  network.heal();
  link.send(frameOf(initiator, 'later'));
  await time.advance(550);
  t.is(guest.witness.frames.length, 1 + 12);
  t.deepEqual(textsOf(acceptor, guest.witness.frames.slice(-2)), ['last', 'later']);
  link.send(frameOf(initiator, 'fast'));
  await time.advance(2);
  t.is(guest.witness.frames.length, 1 + 13);
});

test('the way back is not narrow', async (t) => {
  const { time, network, acceptor, witness, guest } = await start(t);
  network.ways.throttle('initiator', 'acceptor', 10);
  guest.link.send(thousand(acceptor));
  await time.advance(2);
  t.is(witness.frames.length, 1);
});

test('a slow reader takes what has come by and by, and settled() waits for it', async (t) => {
  const { time, network, initiator, acceptor, link, guest } = await start(t);
  network.readers.slow('acceptor', 10_000);
  for (let i = 0; i < 10; i++) link.send(thousand(initiator));
  await time.advance(550);
  t.is(guest.witness.frames.length, 1 + 5);
  let hasSettled = false;
  void acceptor.settled().then(() => {
    hasSettled = true;
    t.is(guest.witness.frames.length, 1 + 10);
  });
  await time.advance(400);
  t.false(hasSettled);
  await time.advance(100);
  t.true(hasSettled);
});

test('what comes to a reader that is slow no more does not overtake what it has not taken', async (t) => {
  let latency = 1;
  const { time, network, initiator, acceptor, link, guest } = await start(t, () => latency);
  network.readers.slow('acceptor', 1_000_000);
  link.send(thousand(initiator).subarray(0, 300));
  latency = 1.5;
  link.send(frameOf(initiator, 'behind'));
  await time.advance(1.4);
  network.heal();
  await time.advance(10);
  t.deepEqual(textsOf(acceptor, guest.witness.frames.slice(2)), ['behind']);
});

test('what a slow reader has not taken is lost with its connection', async (t) => {
  const { time, network, initiator, link, guest } = await start(t);
  network.readers.slow('acceptor', 10_000);
  for (let i = 0; i < 10; i++) link.send(thousand(initiator));
  await time.advance(550);
  network.cut('initiator', 'acceptor');
  await time.advance(1_000);
  t.is(guest.witness.frames.length, 1 + 5);
  t.is(guest.witness.calls.at(-1), 'hint');
});

test('a host that refuses takes no connection, and keeps those that stand', async (t) => {
  const { time, network, initiator, address, link, guest } = await start(t);
  network.refuse('acceptor');
  const refused = new Witness();
  initiator.connect(address, refused);
  link.send(frameOf(initiator, 'still here'));
  await time.advance(10);
  t.regex(refused.losses.join(), /^cannot connect to 127\.0\.0\.1:\d+: /);
  t.is(guest.witness.frames.length, 2);
  network.admit('acceptor');
  const admitted = new Witness();
  initiator.connect(address, admitted);
  await time.advance(10);
  t.deepEqual(admitted.calls, ['open']);
});
