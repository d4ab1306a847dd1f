import test from 'ava';
import { type AnyTransitionDefinition, createActor, SimulatedClock } from 'xstate';
import { charts } from '../../machines/charts.js';
import { nameOf, transitionsOf } from '../../machines/transitions.js';
import { lamp } from './lamp.js';

test('each arrow of a machine is told with its name, where it begins and where it leads', (t) => {
  const lines = transitionsOf(lamp).map(({ name, targets, reenters, guard, actions, delay, index }) => {
    return [name, index, targets.join(), reenters, guard, actions.join(), delay];
  });
  t.deepEqual(lines, [
    ['(any) break', 0, 'broken', false, null, 'click,tell', null],
    ['off press #1', 0, 'broken', false, '(isHard and (isOld or isCheap))', '', null],
    ['off press #2', 1, 'on', false, 'not isHard', '', null],
    ['on press', 0, 'on', true, null, '', null],
    ['on after 500 ms', 0, 'off', false, null, '', '500 ms'],
    ['on.cold after warmUp', 0, 'on.warm', false, null, '', 'warmUp'],
    ['broken always', 0, 'dust', false, null, '', null],
    ['broken break', 0, '', false, null, '', null],
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
