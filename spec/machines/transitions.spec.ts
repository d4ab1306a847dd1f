import test from 'ava';
import { type AnyTransitionDefinition, and, createActor, not, or, SimulatedClock, setup } from 'xstate';
import { charts } from '../../machines/charts.js';
import { nameOf, transitionsOf } from '../../machines/transitions.js';

/** One of each kind. */
const lamp = setup({
  types: { events: {} as { type: 'press' | 'break'; hard?: boolean } },
  delays: { warmUp: 100 },
  guards: {
    isHard: ({ event }) => event.hard === true,
    isOld: () => true,
    isCheap: () => false,
  },
  actions: { click: () => {}, tell: (_, _params: { what: string }) => {} },
}).createMachine({
  initial: 'off',
  on: { break: { target: '.broken', actions: ['click', { type: 'tell', params: { what: 'crack' } }] } },
  states: {
    off: {
      on: {
        press: [
          { guard: and(['isHard', or(['isOld', 'isCheap'])]), target: 'broken' },
          { guard: not('isHard'), target: 'on' },
        ],
      },
    },
    on: {
      initial: 'cold',
      after: { 500: 'off' },
      on: { press: { target: 'on', reenter: true } },
      states: {
        cold: { after: { warmUp: 'warm' } },
        warm: {},
      },
    },
    broken: { always: 'dust', on: { break: undefined } },
    dust: { type: 'final' },
  },
});

test('each arrow of a machine is told with its name, where it begins and where it leads', (t) => {
  const lines = transitionsOf(lamp).map(({ name, targets, reenters, guard, actions, delay, index }) => {
    return [name, index, targets.join(), reenters, guard, actions.join(), delay];
  });
  t.deepEqual(lines, [
    ['(any) break', 0, 'broken', false, undefined, 'click,tell', undefined],
    ['off press #1', 0, 'broken', false, '(isHard and (isOld or isCheap))', '', undefined],
    ['off press #2', 1, 'on', false, 'not isHard', '', undefined],
    ['on press', 0, 'on', true, undefined, '', undefined],
    ['on after 500 ms', 0, 'off', false, undefined, '', '500 ms'],
    ['on.cold after warmUp', 0, 'on.warm', false, undefined, '', 'warmUp'],
    ['broken always', 0, 'dust', false, undefined, '', undefined],
    ['broken break', 0, '', false, undefined, '', undefined],
  ]);
});

test('an arrow that is taken has the name that it has in the list', (t) => {
  const clock = new SimulatedClock();
  const taken: string[] = [];
  const actor = createActor(lamp, {
    clock,
    inspect: (event) => {
      if (event.type !== '@xstate.microstep') return;
      taken.push(...event._transitions.map((definition: AnyTransitionDefinition) => nameOf(definition)));
    },
  }).start();
  actor.send({ type: 'press' });
  actor.send({ type: 'press' });
  clock.increment(100);
  clock.increment(400);
  actor.send({ type: 'press', hard: true });
  t.deepEqual(taken, [
    'off press #2',
    'on press',
    'on.cold after warmUp',
    'on after 500 ms',
    'off press #1',
    'broken always',
  ]);
  t.is(actor.getSnapshot().status, 'done');
});

test('no two arrows of a machine have the same name', (t) => {
  for (const [chart, { machine }] of Object.entries(charts)) {
    const names = transitionsOf(machine).map(({ name }) => name);
    t.deepEqual([...new Set(names)], names, chart);
    t.true(names.length > 0);
  }
});
