import test from 'ava';
import { chartNames, charts } from '../../machines/charts.js';
import { mermaidOf } from '../../machines/mermaid.js';
import { transitionsOf } from '../../machines/transitions.js';
import { run, runHere } from './workbench.js';

test('charts prints a machine as a diagram, after a comment that names it', async (t) => {
  const { code, out, err } = await run(t, ['charts', 'initiator']);
  t.is(code, 0);
  t.is(err, '');
  t.is(out.trimEnd(), `%% initiator: ${charts.initiator.purpose}\n${mermaidOf(charts.initiator.machine)}`);
});

test('without names, charts prints all machines; with several, those, in the order asked for', async (t) => {
  const named = (out: string) => [...out.matchAll(/^%% (\w+): /gm)].map(([, name]) => name);
  t.deepEqual(named((await runHere(['charts'])).out), [...chartNames]);
  t.deepEqual(named((await runHere(['charts', 'clone', 'node'])).out), ['clone', 'node']);
});

test('charts --json prints a line for each machine: its states and transitions', async (t) => {
  const { code, out } = await runHere(['charts', '--json']);
  t.is(code, 0);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(
    lines.map(({ name }) => name),
    [...chartNames],
  );
  for (const { type, name, transitions } of lines) {
    t.is(type, 'chart');
    t.is(transitions.length, transitionsOf(charts[name as keyof typeof charts].machine).length);
  }
  const [{ states, transitions }] = lines;
  t.deepEqual(states[1], { path: 'starting', parent: '(any)', type: 'atomic', initial: null, entry: [], exit: [] });
  t.deepEqual(transitions[0], {
    name: '(any) local.leaving',
    source: '(any)',
    event: 'local.leaving',
    index: 0,
    targets: ['leaving'],
    reenters: false,
    guard: null,
    actions: [],
    delay: null,
  });
});

test('a chart that there is not is wrong usage', async (t) => {
  const { code, out, err } = await runHere(['charts', 'node', 'nood']);
  t.is(code, 2);
  t.is(out, '');
  t.regex(err, /there is no chart nood, only node, initiator,/);
});
