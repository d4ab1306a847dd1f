/** A machine with a state and an arrow of each kind. */
import { and, not, or, setup } from 'xstate';

export const lamp = setup({
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
    broken: {
      entry: 'click',
      exit: [{ type: 'tell', params: { what: 'sweep' } }],
      always: 'dust',
      on: { break: undefined },
    },
    dust: { type: 'final' },
  },
});
