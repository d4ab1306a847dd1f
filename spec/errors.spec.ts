import { readFile } from 'node:fs/promises';
import test from 'ava';

test('docs/errors.md explains every code, and no other', async (t) => {
  const [source, page] = await Promise.all([readFile('errors.ts', 'utf8'), readFile('docs/errors.md', 'utf8')]);
  const codes = [...source.matchAll(/^ {2}\| '(MUSTER_\w+)'/gm)].map(([, code]) => code);
  const explained = [...page.matchAll(/^\| `(MUSTER_\w+)` \|/gm)].map(([, code]) => code);
  t.true(codes.length > 30);
  t.deepEqual(explained.sort(), codes.sort());
});
