/**
 * Bundle: makes `lib/`, what users of the package run, from the sources. A node that loads 30 files, and of zod what is used,
 * starts in half the time of one that loads 270. One build has all entries, so there is one copy of each module, however a
 * process comes to load it. All files are in one folder: there, modules find programs and the package by their own URL.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { RolldownOutput } from 'rolldown';
import { makeIfChanged, root } from './if-changed.js';

const directory = 'lib';

/** What package.json names, and programs that run in processes of their own. */
const entries = {
  index: 'index.ts',
  testing: 'testing/index.ts',
  muster: 'cli/main.ts',
  child: 'cli/child.ts',
  'check-process': 'stores/lmdb/check-process.ts',
};

export async function buildBundle(): Promise<void> {
  await makeIfChanged(directory, make);
}

async function make(): Promise<readonly string[]> {
  const { rolldown } = await import('rolldown');
  const { dependencies, peerDependencies } = manifestAt(root);
  // What is installed with the package stays outside: the rest of what is imported goes in.
  const outside = Object.keys({ ...dependencies, ...peerDependencies });
  await using bundle = await rolldown({
    cwd: root,
    input: entries,
    platform: 'node',
    external: (id) => outside.some((name) => id === name || id.startsWith(`${name}/`)),
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    transform: { target: 'es2023' },
    onLog: (_level, log) => {
      throw new Error(log.message);
    },
  });
  const { output } = await bundle.write({
    dir: join(root, directory),
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  writeFileSync(join(root, directory, 'LICENSES.txt'), licensesOf(output));
  const sources = (await bundle.watchFiles).map((path) => relative(root, path));
  return [
    ...sources.filter((path) => !path.includes('node_modules')).sort(),
    'build',
    'package.json',
    'package-lock.json',
  ];
}

/** Of the packages that are in the bundle: they want to be named where they are copied. */
function licensesOf(output: RolldownOutput['output']): string {
  const modules = output.flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []));
  const packages = modules.map((path) => /.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(path)?.[0]);
  const texts = [...new Set(packages)].sort().map((path) => {
    if (path === undefined) return [];
    const { name, version } = manifestAt(path);
    return `${name} ${version}\n\n${readFileSync(join(path, 'LICENSE'), 'utf8').trim()}\n`;
  });
  return texts.flat().join('\n\n');
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function manifestAt(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
}
