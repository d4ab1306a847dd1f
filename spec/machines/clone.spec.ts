import test from 'ava';
import { createActor } from 'xstate';
import { type CloneState, cloneMachine, stateOf } from '../../machines/clone.js';
import { createFakeRuntime } from '../helpers/fake-runtime.js';
import { transitionTable } from '../helpers/transitions.js';
import { cloneEvents } from './samples.js';

const input = { resyncInterval: 10_000, staleInterval: 300_000 };

test('the chart of a clone', (t) => {
  const delays = { resyncInterval: input.resyncInterval, staleInterval: input.staleInterval };
  t.snapshot(transitionTable(cloneMachine.provide({ delays }), input, cloneEvents));
});

function started(given = input) {
  const runtime = createFakeRuntime();
  const actor = createActor(cloneMachine, { clock: runtime, input: given });
  let asked = 0;
  actor.on('ask', () => {
    asked += 1;
  });
  actor.start();
  const send = (...types: string[]) => {
    for (const type of types) actor.send({ type } as never);
  };
  return { runtime, send, asked: () => asked, state: (): CloneState => stateOf(actor.getSnapshot().value) };
}

test('a clone asks again after each resync interval, and at once when its master says it is there', (t) => {
  const { runtime, send, asked, state } = started();
  runtime.advance(100_000);
  t.is(asked(), 0, 'nobody is there to be asked');
  send('master.up');
  t.is(asked(), 1);
  runtime.advance(10_000);
  t.is(asked(), 2);
  send('refused');
  runtime.advance(9_999);
  t.is(asked(), 2);
  runtime.advance(1);
  t.is(asked(), 3);
  send('refused', 'master.available');
  t.is(asked(), 4);
  send('attached');
  runtime.advance(100_000);
  t.is(asked(), 4, 'a large store takes its time');
  t.is(state(), 'syncing');
  send('synced');
  t.is(state(), 'live');
  send('differs');
  t.is(asked(), 5);
});

test('a clone is stale when its master has been away for the stale interval, and no longer once it is in sync', (t) => {
  const { runtime, send, state } = started();
  send('master.up', 'attached', 'synced', 'master.down');
  t.is(state(), 'waiting');
  runtime.advance(299_999);
  send('master.up', 'attached', 'master.down');
  t.is(state(), 'waiting', 'being connected for a moment makes it no fresher');
  runtime.advance(1);
  t.is(state(), 'stale');
  send('master.up', 'attached');
  t.is(state(), 'stale');
  send('synced');
  t.is(state(), 'live');
});

test('with a negative stale interval a clone never becomes stale', (t) => {
  const { runtime, send, state } = started({ ...input, staleInterval: -1 });
  send('master.up', 'attached', 'synced', 'master.down');
  runtime.advance(10_000_000);
  t.is(state(), 'waiting');
});
