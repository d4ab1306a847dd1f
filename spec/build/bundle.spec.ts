/**
 * What is in the files of the bundle, and which of them are loaded at the start: read from the files.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

const lib = join(process.cwd(), 'lib');

/** The sources of each file that has any. */
const sourcesOf = new Map<string, string[]>(
  readdirSync(lib)
    .filter((file) => file.endsWith('.js.map'))
    .map((file) => [file.replace('.map', ''), JSON.parse(readFileSync(join(lib, file), 'utf8')).sources]),
);
const allSources = [...sourcesOf.values()].flat();

/** What a process has loaded once it has imported a file of the bundle: files, and packages. */
function loadedBy(entry: string): Set<string> {
  const loaded = new Set([`./${entry}`]);
  for (const file of loaded) {
    if (!file.startsWith('./')) continue;
    const text = readFileSync(join(lib, file), 'utf8');
    for (const [, from] of text.matchAll(/^(?:import|export) (?:[^;'"]*? from )?"([^"]+)";$/gm))
      loaded.add(from as string);
  }
  return loaded;
}

test('a module is in one file, whatever loads it', (t) => {
  t.deepEqual(
    allSources.filter((source, i) => allSources.indexOf(source) !== i),
    [],
  );
  const some = ['../errors.ts', '../actors/cluster-node.ts', '../cli/main.ts'];
  t.true(some.every((source) => allSources.includes(source)));
});

test('what modules find by their own URL is there', (t) => {
  const texts = [...sourcesOf.keys()].map((file) => readFileSync(join(lib, file), 'utf8'));
  const found = texts.flatMap((text) => [...text.matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g)]);
  const paths = found.map(([, path]) => path as string);
  t.deepEqual(paths.toSorted(), ['../', './check-process.js', './child.js']);
  t.true(paths.every((path) => existsSync(join(lib, path))));
});

test('packages that not every process needs are not loaded at the start', (t) => {
  const later = ['lmdb', 'jiti', 'tslog', 'prom-client', '@opentelemetry/api'];
  const loadedOf = (entry: string, names: readonly string[]) => {
    const loaded = loadedBy(entry);
    return names.filter((name) => loaded.has(name));
  };
  for (const entry of ['index.js', 'testing.js']) t.deepEqual(loadedOf(entry, later), [], entry);
  for (const entry of ['muster.js', 'child.js'])
    t.deepEqual(loadedOf(entry, [...later, 'xstate', 'zeromq']), [], entry);
  t.deepEqual(loadedOf('index.js', ['xstate', 'zeromq']), ['xstate', 'zeromq']);
  t.deepEqual(loadedOf('check-process.js', later), ['lmdb']);
});

test('zod is loaded with what checks layouts and options, not by each command, and without other languages', (t) => {
  const isOfZod = (source: string) => source.includes('/node_modules/zod/');
  const [home, ...more] = [...sourcesOf].filter(([, sources]) => sources.some(isOfZod)).map(([file]) => file);
  t.deepEqual(more, []);
  const loaded = (entry: string) => loadedBy(entry).has(`./${home}`);
  t.deepEqual(['index.js', 'check.js', 'muster.js', 'child.js'].map(loaded), [true, true, false, false]);
  const languages = allSources.filter((source) => isOfZod(source) && source.includes('/locales/'));
  t.deepEqual(
    languages.map((source) => source.replace(/.*\//, '')),
    ['en.js'],
  );
});
