/**
 * Coverage: every transition of every machine that a node runs is taken in a simulated cluster by at least one of these
 * stories.
 */
import test from 'ava';
import { type ChartName, chartNames, charts } from '../../../machines/charts.js';
import { transitionsOf } from '../../../machines/transitions.js';
import { handshakes } from './handshakes.js';
import { links } from './links.js';
import { membership } from './membership.js';
import { names } from './names.js';
import { stores } from './stores.js';
import { of } from './story.js';

/** The supervisor's, which no node runs: spec/cli/child-coverage.spec.ts. */
const elsewhere: ChartName = 'child';

const taken = new Set<string>();

for (const { title, reaches, play } of [...membership, ...handshakes, ...links, ...names, ...stores]) {
  test.serial(title, async (t) => {
    const stage = await play();
    for (const transition of stage.taken) taken.add(transition);
    t.deepEqual(
      reaches.filter((transition) => !stage.taken.has(transition)),
      [],
    );
  });
}

test.serial('every transition of every machine of a node is taken in one of these stories', (t) => {
  const all = chartNames
    .filter((chart) => chart !== elsewhere)
    .flatMap((chart) => of(chart, ...transitionsOf(charts[chart].machine).map(({ name }) => name)));
  t.deepEqual(
    all.filter((transition) => !taken.has(transition)),
    [],
  );
});
