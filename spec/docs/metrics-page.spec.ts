import { readFile } from 'node:fs/promises';
import test from 'ava';
import { metricsPage, path } from './metrics-page.js';

// Elsewhere the process has fewer metrics.
if (process.platform === 'linux') {
  test('the page of the metrics says what there is', async (t) => {
    const page = await readFile(path, 'utf8').catch(() => '');
    t.true(page === metricsPage(), `${path} is out of date: npm run docs`);
  });
}
