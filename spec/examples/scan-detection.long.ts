/**
 * Nodes of the example are killed while they work: pairs of them, so that one death cannot hide another, and one of each type in turn.
 */
import test from 'ava';
import { killWhileItRuns } from './scan-run.js';

for (const [victims, title] of [
  [['worker-2', 'proxy-1'], 'a worker and a proxy'],
  [['manager', 'logger'], 'the manager and the logger'],
  [['worker-2', 'proxy-1', 'manager', 'logger'], 'nodes of all types'],
] as const) {
  test.serial(`the result is right when ${title} are killed while they work`, (t) =>
    killWhileItRuns(t, victims, 200_000),
  );
}
