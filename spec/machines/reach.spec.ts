/**
 * Whether each state of a machine can be entered, and each transition taken, at all: a walk over its graph with samples of
 * all its events and with its timers. That a running cluster also does it, spec/testing/stories shows.
 */
import { getAdjacencyMap } from '@xstate/graph';
import test from 'ava';
import { type AnyActorLogic, type AnyMachineSnapshot, createActor, type EventObject, SimulatedClock } from 'xstate';
import { type ChartName, chartNames, charts } from '../../machines/charts.js';
import { statesOf } from '../../machines/states.js';
import { nameOf, pathOf, transitionsOf } from '../../machines/transitions.js';
import { childEvents, cloneEvents, nodeEvents, peeringEvents, startEvents } from './samples.js';

const peeringInput = { name: 'worker-1', silentInterval: 30_000 };

interface Sample {
  readonly input: object;
  readonly events: readonly { readonly type: string }[];
}

const samples: Readonly<Record<ChartName, Sample>> = {
  node: {
    input: { outgoing: ['manager'], expected: ['manager', 'worker-1'], managers: ['manager'] },
    events: nodeEvents,
  },
  initiator: { input: peeringInput, events: peeringEvents },
  acceptor: { input: peeringInput, events: peeringEvents },
  clusterStart: { input: { awaited: ['manager', 'worker-1'] }, events: startEvents },
  clone: { input: { staleInterval: 1 }, events: cloneEvents },
  child: { input: {}, events: childEvents },
};

for (const chart of chartNames) {
  test(`${chart}: every state can be entered, and every transition taken`, (t) => {
    const { machine } = charts[chart];
    const { states, transitions } = walk(chart);
    t.deepEqual(
      statesOf(machine).flatMap(({ path }) => (states.has(path) ? [] : path)),
      [],
    );
    t.deepEqual(
      transitionsOf(machine).flatMap(({ name }) => (transitions.has(name) ? [] : name)),
      [],
    );
  });
}

/** Paths of the states that can be entered, and names of the transitions that can be taken. */
function walk(chart: ChartName): { readonly states: Set<string>; readonly transitions: Set<string> } {
  const { input, events } = samples[chart];
  // XState's pure functions also make an actor without input, for which no delay may come out as undefined.
  const delays = transitionsOf(charts[chart].machine).flatMap(({ delay }) => (delay === null ? [] : [[delay, 1]]));
  const machine = charts[chart].machine.provide({ delays: Object.fromEntries(delays) });
  const timers = machine.events.filter((type) => type.startsWith('xstate.after.'));
  const all = [...events, ...timers.map((type) => ({ type }))];
  const states = new Set<string>();
  const transitions = new Set<string>();
  const start = (options: object) =>
    createActor(machine, {
      ...options,
      clock: new SimulatedClock(),
      inspect: (inspected) => {
        if (inspected.type === '@xstate.microstep')
          for (const one of inspected._transitions) transitions.add(nameOf(one));
      },
    }).start();
  start({ input });
  const graph = getAdjacencyMap(machine as AnyActorLogic, {
    input: input as never,
    events: all as never,
    serializeState: keyOf as never,
    limit: 10_000,
  });
  for (const { state, transitions } of Object.values(graph)) {
    const snapshot = state as AnyMachineSnapshot;
    for (const node of snapshot._nodes) states.add(pathOf(node));
    if (snapshot.status !== 'active') continue;
    for (const { event } of Object.values<{ event: EventObject }>(transitions)) start({ snapshot }).send(event);
  }
  return { states, transitions };
}

/** What can be counted without end is left out, and who is up counts once. */
function keyOf({ value, context }: AnyMachineSnapshot): string {
  const { deaths: _, restarts: __, up = [], ...rest } = context;
  return JSON.stringify([value, [...new Set(up)].sort(), rest]);
}
