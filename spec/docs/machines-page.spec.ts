import { access, readFile } from 'node:fs/promises';
import test from 'ava';
import { charts } from '../../machines/charts.js';
import { machinesPage, path } from './machines-page.js';

test('the page of the state charts says what the machines do', async (t) => {
  const page = await readFile(path, 'utf8').catch(() => '');
  t.true(page === machinesPage(), `${path} is out of date: npm run docs`);
});

test('the page names the source of each machine', async (t) => {
  for (const { file } of Object.values(charts)) await t.notThrowsAsync(access(file), file);
});
