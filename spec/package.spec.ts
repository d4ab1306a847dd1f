import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';

const run = promisify(execFile);
const root = process.cwd();

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Packs the package as npm would publish it, and installs it with its dependencies. @returns what it contains. */
async function installPacked(directory: string): Promise<string[]> {
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  const { stdout } = await run('npm', pack, { cwd: root });
  // A list of packages in npm 10, an object in npm 11.
  const [{ filename, files }] = Object.values(JSON.parse(stdout)) as [Packed];
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', join(directory, filename)];
  await run('npm', install, { cwd: directory });
  return files.map(({ path }) => path);
}

/** A program of somebody who uses Muster, typed strictly. */
const consumer = `
import { joinCluster, type Layout } from 'muster';
import { simulateCluster } from 'muster/testing';
const layout: Layout = {};
const node = await joinCluster<{ 'App::event': [count: number] }>({ layout });
node.on('App::event', (count) => count.toFixed());
// @ts-expect-error the argument has to be a number
node.publish('topic', 'App::event', 'text');
export const cluster = simulateCluster({ layout, seed: 1 });
export { node };
`;

/** A bootstrap script of theirs, which says whether the classes that it imports are those of who runs it. */
const script = `
import { ClusterNode, MusterError } from 'muster';
export default (node) => {
  let thrown;
  try {
    node.registerPool({});
  } catch (error) {
    thrown = error;
  }
  console.log('the same:', node instanceof ClusterNode, thrown instanceof MusterError);
  setImmediate(() => node.leave());
};
`;

test('the packed package can be imported, typed and run from an empty folder', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-pack-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const files = await installPacked(directory);
  const needed = ['lib/index.js', 'lib/LICENSES.txt', 'dist/index.d.ts', 'dist/inspector/page/index.html', 'LICENSE'];
  t.deepEqual(
    needed.filter((path) => !files.includes(path)),
    [],
  );
  t.deepEqual(
    files.filter((path) =>
      /spec\/|bench\/|build\/|\/\.|^dist\/(?!inspector\/page\/).*(?<!\.d\.ts)$|^examples\//.test(path),
    ),
    [],
  );

  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const node = async (...args: string[]) => (await run(process.execPath, args, { cwd: directory })).stdout.trim();
  for (const entry of Object.keys(manifest.exports).filter((entry) => entry !== './package.json')) {
    const names = await node(
      '-e',
      `import('${join('muster', entry)}').then((m) => console.log(Object.keys(m).join()))`,
    );
    if (entry === '.') t.is(names, 'ClusterNode,MusterError,joinCluster,readLayout');
    else t.not(names, '');
  }

  await writeFile(join(directory, 'app.ts'), consumer);
  const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--module', 'nodenext', ...types];
  await t.notThrowsAsync(node(...tsc, 'app.ts'));

  const command = join(directory, 'node_modules/muster', manifest.bin.muster);
  t.is(await node(command, '--version'), manifest.version);
  await writeFile(join(directory, 'script.ts'), script);
  await writeFile(
    join(directory, 'cluster-layout.json'),
    '{ "manager": { "nodeType": "manager", "ip": "127.0.0.1" } }',
  );
  t.regex(await node(command, 'node', 'manager', '--load', 'script.ts'), /the same: true true/);
  t.regex(await node(command, 'up', '--load', 'script.ts'), /the same: true true/);

  // A stack leads to the sources.
  const failing = `import('muster').then((m) => m.readLayout('none.json')).catch((error) => console.log(error.stack))`;
  const stack = await node('--enable-source-maps', '-e', failing);
  const [, source = '', line] = /muster[\\/](layout[\\/][\w-]+\.ts):(\d+):/.exec(stack) ?? [];
  t.regex(
    (await readFile(join(root, source), 'utf8')).split('\n')[Number(line) - 1] ?? '',
    /MUSTER_LAYOUT_NOT_FOUND/,
    stack,
  );
});
