/**
 * Page: makes the page that `muster inspect` serves, with the charts of all machines laid out.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeIfChanged, root } from './if-changed.js';

const directory = 'dist/inspector/page';
const sources = ['inspector', 'machines', 'trace', 'build', 'package-lock.json'];

export async function buildPage(): Promise<void> {
  await makeIfChanged(directory, make);
}

async function make(): Promise<readonly string[]> {
  const [{ build }, { draw }, { charts }] = await Promise.all([
    import('vite'),
    import('../inspector/charts/draw.js'),
    import('../machines/charts.js'),
  ]);
  const target = join(root, directory);
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
  return sources;
}
