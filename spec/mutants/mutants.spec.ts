import { readFile } from 'node:fs/promises';
import test from 'ava';
import { mutants } from './mutants.js';

test('each mutant still finds the place that it breaks', async (t) => {
  for (const { what, file, find, replace } of mutants) {
    const source = await readFile(file, 'utf8');
    t.is(source.split(find).length, 2, `${what}: in ${file}`);
    t.not(find, replace, what);
  }
});
