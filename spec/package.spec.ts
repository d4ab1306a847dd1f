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
const layout: Layout = {};
const node = await joinCluster<{ 'App::event': [count: number] }>({ layout });
node.on('App::event', (count) => count.toFixed());
// @ts-expect-error the argument has to be a number
node.publish('topic', 'App::event', 'text');
export { node };
`;

test('the packed package can be imported, typed and run from an empty folder', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-pack-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const files = await installPacked(directory);
  t.true(files.includes('dist/index.js') && files.includes('dist/index.d.ts') && files.includes('LICENSE'));
  t.deepEqual(
    files.filter((path) => /spec\/|bench\/|\.tsbuildinfo$|^examples\//.test(path)),
    [],
  );

  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const entry of Object.keys(manifest.exports).filter((entry) => entry !== './package.json')) {
    const specifier = join('muster', entry);
    const { stdout } = await run(
      process.execPath,
      ['-e', `import('${specifier}').then((m) => console.log(Object.keys(m).join()))`],
      { cwd: directory },
    );
    if (entry === '.') t.is(stdout.trim(), 'ClusterNode,MusterError,joinCluster,readLayout');
    else t.not(stdout.trim(), '');
  }
  await writeFile(join(directory, 'app.ts'), consumer);
  const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--module', 'nodenext', ...types];
  await t.notThrowsAsync(run(process.execPath, [...tsc, 'app.ts'], { cwd: directory }));
  const { stdout } = await run(
    process.execPath,
    [join(directory, 'node_modules/muster', manifest.bin.muster), '--version'],
    { cwd: directory },
  );
  t.is(stdout.trim(), manifest.version);
});
