import test from 'ava';
import { dueToStart, dueToStop, type Progress, stagesOf, stoppedBefore } from '../../cli/stages.js';
import type { Layout, NodeType } from '../../layout/types.js';
import type { ChildPhase } from '../../machines/child.js';

const types: Record<string, NodeType> = {
  'worker-1': 'worker',
  manager: 'manager',
  admin: 'control',
  'proxy-1': 'proxy',
  'worker-2': 'worker',
  'logger-1': 'logger',
  archive: 'timeMachine',
};
const layout: Layout = Object.fromEntries(
  Object.entries(types).map(([name, nodeType]) => [name, { nodeType, ip: '127.0.0.1' }]),
);
const stages = stagesOf(layout, Object.keys(layout));

/** Nodes in these phases; the others are still loading. */
function progress(phases: Readonly<Record<string, ChildPhase>>) {
  return (name: string): Progress => {
    const phase = phases[name] ?? 'loading';
    return { phase, released: name in phases, hasListened: !['loading', 'starting', 'failed'].includes(phase) };
  };
}

test('loggers come first, then managers, proxies and workers; control nodes are left to people', (t) => {
  t.deepEqual(stages, [['logger-1', 'archive'], ['manager'], ['proxy-1'], ['worker-1', 'worker-2']]);
});

test('only the nodes that are asked for are in the stages, and no stage is empty', (t) => {
  t.deepEqual(stagesOf(layout, ['worker-2', 'manager']), [['manager'], ['worker-2']]);
});

test('a stage starts once every node of the one before it listens', (t) => {
  t.deepEqual(dueToStart(stages, progress({})), ['logger-1', 'archive']);
  t.deepEqual(dueToStart(stages, progress({ 'logger-1': 'starting', archive: 'connecting' })), []);
  t.deepEqual(dueToStart(stages, progress({ 'logger-1': 'connecting', archive: 'ready' })), ['manager']);
  const listening = { 'logger-1': 'ready', archive: 'ready', manager: 'connecting', 'proxy-1': 'degraded' } as const;
  t.deepEqual(dueToStart(stages, progress(listening)), ['worker-1', 'worker-2']);
});

test('a node that has left does not hold up those after it, one that waits for its first start does', (t) => {
  t.deepEqual(dueToStart(stages, progress({ 'logger-1': 'left', archive: 'left' })), ['manager']);
  const waiting = (name: string): Progress => ({
    ...progress({ 'logger-1': 'restarting', archive: 'ready' })(name),
    hasListened: name === 'archive',
  });
  t.deepEqual(dueToStart(stages, waiting), []);
});

test('stages stop in the reverse order, each when the one after it has ended', (t) => {
  const all = Object.fromEntries(stages.flat().map((name) => [name, 'ready' as ChildPhase]));
  t.deepEqual(dueToStop(stages, progress(all)), ['worker-1', 'worker-2']);
  t.deepEqual(dueToStop(stages, progress({ ...all, 'worker-1': 'stopping', 'worker-2': 'restarting' })), ['worker-2']);
  t.deepEqual(dueToStop(stages, progress({ ...all, 'worker-1': 'stopping', 'worker-2': 'stopped' })), []);
  t.deepEqual(dueToStop(stages, progress({ ...all, 'worker-1': 'killed', 'worker-2': 'left' })), ['proxy-1']);
});

test('nodes that have not been started are stopped at once, whatever their stage', (t) => {
  const starting = { 'logger-1': 'ready', archive: 'ready', manager: 'failed' } as const;
  t.deepEqual(dueToStop(stages, progress(starting)).sort(), ['archive', 'logger-1', 'proxy-1', 'worker-1', 'worker-2']);
});

test('an orphan knows whom to wait for', (t) => {
  t.deepEqual(stoppedBefore(stages, 'manager'), ['proxy-1', 'worker-1', 'worker-2']);
  t.deepEqual(stoppedBefore(stages, 'worker-1'), []);
});
