/**
 * Build: makes the page that `muster inspect` serves, with the charts of all machines laid out. Does nothing when what it
 * is made of has not changed.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const target = join(root, 'dist/inspector/page');
const stamp = join(target, '.sources');
const sources = ['inspector', 'machines', 'trace', 'package-lock.json'];

const fingerprint = fingerprintOf(sources);
if (readIfAny(stamp) !== fingerprint) {
  await build();
  writeFileSync(stamp, fingerprint);
}

async function build(): Promise<void> {
  const [{ build }, { draw }, { charts }] = await Promise.all([
    import('vite'),
    import('./charts/draw.js'),
    import('../machines/charts.js'),
  ]);
  const drawings = await Promise.all(Object.entries(charts).map(([name, chart]) => draw(name, chart)));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  await build({
    configFile: false,
    root: join(root, 'inspector/page'),
    base: './',
    logLevel: 'warn',
    build: {
      outDir: target,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: false,
      target: 'es2023',
      // The first that have light-dark(), all of May 2024 or before.
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    plugins: [
      {
        name: 'drawings',
        resolveId: (id) => (id === 'virtual:drawings' ? '\0drawings' : undefined),
        load: (id) => (id === '\0drawings' ? `export const drawings = ${JSON.stringify(drawings)};` : undefined),
      },
    ],
  });
}

/** Of the names and contents of files, and of the files in folders. */
function fingerprintOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesAt)) hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

function filesAt(path: string): string[] {
  if (path.includes('.')) return [path];
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

function readIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
