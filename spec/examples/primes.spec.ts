import { resolve } from 'node:path';
import test from 'ava';
import { emptyDirectory, Muster } from '../cli/workbench.js';

test('the workers get pieces in turn, all primes are counted, and all leave', async (t) => {
  const [layout, script] = ['cluster-layout.ts', 'primes.ts'].map((file) => resolve('examples/primes', file));
  const up = new Muster(t, ['up', `${layout}`, '--load', `${script}`, '--state-dir', emptyDirectory(t), '--json']);
  t.is(await up.ended, 0, up.err.join('\n'));
  const lines = up.events.flatMap((event) => (event.type === 'output' && event.name === 'manager' ? [event.line] : []));
  // On a busy machine there may be a warning among them.
  t.deepEqual(
    lines.filter((line) => / pieces$| primes /.test(line)),
    ['worker-1: 7 pieces', 'worker-2: 7 pieces', 'worker-3: 6 pieces', '148,933 primes below 2,000,000'],
  );
});
