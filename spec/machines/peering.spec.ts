import test from 'ava';
import fc from 'fast-check';
import { createActor } from 'xstate';
import { acceptorMachine, initiatorMachine, type PeeringEmitted } from '../../machines/peering.js';
import { createFakeRuntime } from '../helpers/fake-runtime.js';
import { transitionTable } from '../helpers/transitions.js';
import { peeringEvents } from './samples.js';

const input = {
  name: 'worker-1',
  retryInterval: 60_000,
  connectTimeout: 5_000,
  helloTimeout: 5_001,
  probeTimeout: 1_000,
  silentInterval: 30_000,
};

/** XState's pure transition functions also make an actor without input, whose delays must not come out as undefined. */
const { connectTimeout, helloTimeout, probeTimeout, retryInterval } = input;
const delays = { connectTimeout, helloTimeout, probeTimeout, retryInterval };

/** What matters for what can happen next; the rest of the context does not change it. */
const key = ({
  value,
  context,
}: {
  value: unknown;
  context: { peerId: string; caller?: object; retryAtOnce: boolean };
}) => JSON.stringify({ state: value, peer: context.peerId, caller: context.caller, retryAtOnce: context.retryAtOnce });

for (const [role, machine] of [
  ['initiator', initiatorMachine],
  ['acceptor', acceptorMachine],
] as const) {
  test(`the transition table of the ${role} is as reviewed`, (t) => {
    t.snapshot(transitionTable(machine.provide({ delays }), input, peeringEvents, key as never));
  });

  test(`${role}: up and down alternate with the same id, whatever the order of events and timers`, (t) => {
    const step = fc.oneof(fc.constantFrom(...peeringEvents), fc.constantFrom(1, 1_000, 5_001, 60_000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { actor, clock, told } = start(machine);
        for (const step of steps) {
          if (typeof step === 'number') clock.advance(step);
          else if (actor.getSnapshot().status === 'active') actor.send(step);
        }
        const flips = told.filter(({ type }) => type === 'peer.up' || type === 'peer.down');
        return flips.every((flip, i) => {
          if (flip.type !== (i % 2 === 0 ? 'peer.up' : 'peer.down')) return false;
          const before = flips[i - 1];
          return flip.type === 'peer.up' || (before?.type === 'peer.up' && before.id === flip.id);
        });
      }),
      { numRuns: 500 },
    );
    t.pass();
  });
}

function start(machine: typeof initiatorMachine | typeof acceptorMachine) {
  const clock = createFakeRuntime();
  const actor = createActor(machine as typeof initiatorMachine, { input, clock });
  const told: PeeringEmitted[] = [];
  actor.on('*', (emitted) => told.push(emitted));
  return { actor: actor.start(), clock, told };
}

const types = (told: PeeringEmitted[]) => told.splice(0).map(({ type }) => type);

test('the initiator says hello, is answered, accepts and is up', (t) => {
  const { actor, told } = start(initiatorMachine);
  actor.send({ type: 'link.up' });
  actor.send({ type: 'hello.received', link: 'l1', id: 'A' });
  t.deepEqual(types(told), ['link.open', 'hello.send', 'accept.send', 'peer.up']);
});

test('a failed attempt is tried again after retryInterval, for ever', (t) => {
  const { actor, clock, told } = start(initiatorMachine);
  for (let attempt = 0; attempt < 5; attempt++) {
    t.deepEqual(types(told), ['link.open']);
    actor.send({ type: 'link.lost', reason: 'refused' });
    t.deepEqual(types(told), ['attempt.failed', 'link.close']);
    clock.advance(59_999);
    t.deepEqual(types(told), []);
    clock.advance(1);
  }
});

test('a link that was up and is lost is tried again once at once, then after retryInterval', (t) => {
  const { actor, clock, told } = start(initiatorMachine);
  actor.send({ type: 'link.up' });
  actor.send({ type: 'hello.received', link: 'l1', id: 'A' });
  types(told);
  actor.send({ type: 'link.lost', reason: 'cut' });
  t.deepEqual(types(told), ['peer.down', 'link.close', 'link.open']);
  actor.send({ type: 'link.lost', reason: 'refused' });
  t.deepEqual(types(told), ['attempt.failed', 'link.close']);
  clock.advance(60_000);
  t.deepEqual(types(told), ['link.open']);
});

test('a bye and a reject are followed by retryInterval, not by an attempt at once', (t) => {
  for (const end of [{ type: 'bye.received' }, { type: 'reject.received', reason: 'no' }] as const) {
    const { actor, told } = start(initiatorMachine);
    actor.send({ type: 'link.up' });
    actor.send({ type: 'hello.received', link: 'l1', id: 'A' });
    types(told);
    actor.send(end);
    t.deepEqual(types(told), ['peer.down', 'link.close']);
  }
});

function acceptorThatIsUp() {
  const started = start(acceptorMachine);
  started.actor.send({ type: 'hello.received', link: 'l1', id: 'A' });
  started.actor.send({ type: 'accept.received' });
  types(started.told);
  return started;
}

test('a hello of the same lifetime on a new link replaces the old link: down, then up', (t) => {
  const { actor, told } = acceptorThatIsUp();
  actor.send({ type: 'hello.received', link: 'l2', id: 'A' });
  actor.send({ type: 'accept.received' });
  t.deepEqual(types(told), ['peer.down', 'link.close', 'link.adopt', 'hello.send', 'peer.up']);
});

test('a hello of another lifetime is rejected if the old link answers a probe', (t) => {
  const { actor, clock, told } = acceptorThatIsUp();
  actor.send({ type: 'hello.received', link: 'l2', id: 'B' });
  t.deepEqual(types(told), ['link.probe']);
  clock.advance(999);
  actor.send({ type: 'link.answered' });
  t.deepEqual(types(told), ['caller.reject', 'peer.responsive']);
  t.is(actor.getSnapshot().context.peerId, 'A');
});

test('a hello of another lifetime replaces one that does not answer: the old id goes down first', (t) => {
  const { actor, clock, told } = acceptorThatIsUp();
  actor.send({ type: 'hello.received', link: 'l2', id: 'B' });
  clock.advance(1_000);
  actor.send({ type: 'link.judged' });
  actor.send({ type: 'accept.received' });
  t.deepEqual(told, [
    { type: 'link.probe', reason: 'another process says hello under its name' },
    { type: 'link.judge' },
    {
      type: 'peer.down',
      id: 'A',
      reason: 'another process says hello under its name, and it did not answer a probe',
      isFarewell: false,
    },
    { type: 'link.close' },
    { type: 'link.adopt', link: 'l2' },
    { type: 'hello.send' },
    { type: 'peer.up', id: 'B' },
  ]);
});

test('a hello that comes while the old link is doubted does not prolong the probe', (t) => {
  const { actor, clock, told } = acceptorThatIsUp();
  actor.send({ type: 'link.hint', reason: 'its subscription is gone' });
  clock.advance(900);
  actor.send({ type: 'hello.received', link: 'l2', id: 'B' });
  clock.advance(100);
  actor.send({ type: 'link.judged' });
  actor.send({ type: 'accept.received' });
  t.deepEqual(types(told).slice(-5), ['peer.down', 'link.close', 'link.adopt', 'hello.send', 'peer.up']);
});

test('a hint of loss leads to a probe; without an answer the peer is down, but only once all that came is read', (t) => {
  const { actor, clock, told } = acceptorThatIsUp();
  actor.send({ type: 'link.hint', reason: 'its subscription is gone' });
  clock.advance(1_000);
  t.deepEqual(types(told), ['link.probe', 'link.judge']);
  actor.send({ type: 'link.judged' });
  t.deepEqual(types(told), ['peer.down', 'link.close']);
});

test('silence makes a peer unresponsive, which is not down; only silentInterval is', (t) => {
  const { actor, told } = acceptorThatIsUp();
  actor.send({ type: 'link.quiet', duration: 4_000 });
  t.deepEqual(types(told), ['peer.unresponsive']);
  actor.send({ type: 'link.heard' });
  t.deepEqual(types(told), ['peer.responsive']);
  actor.send({ type: 'link.quiet', duration: 30_000 });
  t.deepEqual(types(told), ['peer.down', 'link.close']);
});

test('leaving says bye to a peer that is up, and ends the chart in every state', (t) => {
  const { actor, told } = acceptorThatIsUp();
  actor.send({ type: 'local.leaving' });
  t.deepEqual(types(told), ['peer.down', 'bye.send', 'link.close']);
  t.is(actor.getSnapshot().status, 'done');
});
