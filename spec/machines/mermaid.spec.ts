import test from 'ava';
import { setup } from 'xstate';
import { charts } from '../../machines/charts.js';
import { mermaidOf } from '../../machines/mermaid.js';
import { statesOf } from '../../machines/states.js';
import { lamp } from './lamp.js';

test('a machine is drawn with its states, its arrows, and what it does without moving', (t) => {
  t.is(
    mermaidOf(lamp),
    `stateDiagram-v2
  [*] --> off
  state "off" as off
  state "on" as on {
    [*] --> on_cold
    state "cold" as on_cold
    state "warm" as on_warm
    state "(any)" as on_any
    on_any : press / enter again
    on_cold --> on_warm : after warmUp
  }
  state "broken" as broken
  broken : break / nothing
  state "dust" as dust
  dust --> [*]
  state "(any)" as any
  any --> broken : break
  off --> broken : press [(isHard and (isOld or isCheap))]
  off --> on : press [not isHard]
  on --> off : after 500 ms
  broken --> dust : always`,
  );
});

test('regions of a parallel state begin together; arrows between the same states are one; no guard is else', (t) => {
  const machine = setup({ types: { events: {} as { type: 'a' | 'b' | 'c' } }, guards: { isSo: () => true } });
  const drawn = mermaidOf(
    machine.createMachine({
      id: 'm',
      type: 'parallel',
      states: {
        left: {
          initial: 'one',
          states: {
            one: { on: { a: [{ guard: 'isSo', target: 'two' }, { target: 'three' }], b: 'two' } },
            two: { initial: 'deep', states: { deep: { on: { c: '#m.left.three' } } } },
            three: {},
          },
        },
        right: { initial: 'lone', states: { lone: {} } },
      },
    }),
  );
  t.is(
    drawn,
    `stateDiagram-v2
  [*] --> left
  [*] --> right
  state "left" as left {
    [*] --> left_one
    state "one" as left_one
    state "two" as left_two {
      [*] --> left_two_deep
      state "deep" as left_two_deep
    }
    state "three" as left_three
    left_one --> left_two : a [isSo]<br/>b
    left_one --> left_three : a [else]
    left_two_deep --> left_three : c
  }
  state "right" as right {
    [*] --> right_lone
    state "lone" as right_lone
  }`,
  );
});

test('every state of our machines is drawn once', (t) => {
  for (const [name, { machine }] of Object.entries(charts)) {
    const declared = [...mermaidOf(machine).matchAll(/^ *state "([^"(]+)" as (\w+)/gm)].map(([, , id]) => id);
    const states = statesOf(machine).filter(({ parent }) => parent !== null);
    t.deepEqual(
      declared,
      states.map(({ path }) => path.replaceAll('.', '_')),
      name,
    );
  }
});

test('states are told with what is in them, and what they do when entered and left', (t) => {
  const told = statesOf(lamp).map((state) => Object.values(state));
  t.deepEqual(told, [
    ['(any)', null, 'compound', 'off', [], []],
    ['off', '(any)', 'atomic', null, [], []],
    ['on', '(any)', 'compound', 'on.cold', [], []],
    ['on.cold', 'on', 'atomic', null, [], []],
    ['on.warm', 'on', 'atomic', null, [], []],
    ['broken', '(any)', 'atomic', null, ['click'], ['tell']],
    ['dust', '(any)', 'final', null, [], []],
  ]);
});
