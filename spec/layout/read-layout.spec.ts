import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { loadLayout } from '../../layout/load-layout.js';
import { readLayout } from '../../layout/read-layout.js';
import { makeDirectory, manager, messageOfError, worker } from './workbench.js';

const json = JSON.stringify({ a: worker });
const zeek = 'redef Cluster::nodes = { ["a"] = [$node_type=Cluster::WORKER, $ip=127.0.0.1] };';

const formats: Readonly<Record<string, string>> = {
  'record.json': json,
  'wrapped.json': JSON.stringify({ nodes: { a: worker } }),
  'bom.json': `\ufeff${json}`,
  'object.js': `export default ${json};`,
  'object.mjs': `export default { nodes: ${json} };`,
  'promise.mjs': `export default Promise.resolve(${json});`,
  'function.mjs': `export default () => (${json});`,
  'async.mjs': `export default async () => (${json});`,
  'commonjs.js': `module.exports = ${json};`,
  'object.ts': `interface Node { readonly nodeType: 'worker'; readonly ip: string }
    export default ${json} satisfies Record<string, Node>;`,
  'function.mts': `import type { Stats } from 'node:fs';
    export default async (stats?: Stats): Promise<unknown> => ({ nodes: ${json} as const });`,
  'import.ts': `import { ip } from './ip.ts'; export default { a: { nodeType: 'worker', ip } };`,
  'ip.ts': `export const ip: string = '127.0.0.1';`,
  'cluster.zeek': zeek,
};

for (const name of Object.keys(formats).filter((file) => file !== 'ip.ts')) {
  test(`the layout in ${name} is read`, async (t) => {
    const directory = await makeDirectory(t, formats);
    t.deepEqual(await readLayout(join(directory, name)), { a: worker });
  });
}

test('a layout knows its file, its state directory and its topology problems', async (t) => {
  const directory = await makeDirectory(t, { 'conf/a.json': json });
  const file = join(directory, 'conf/a.json');
  const loaded = await loadLayout('conf/a.json', {}, directory);
  t.like(loaded, { file, stateDir: join(directory, 'conf/.muster'), warnings: [] });
  t.deepEqual(loaded.problems, [
    { nodes: ['a'], neededBy: [], message: 'a must have a manager, but the layout has none' },
  ]);
  t.true(Object.isFrozen(loaded));
});

test('an object is a layout, has no file, and is not changed', async (t) => {
  const given = { manager: { ...manager, port: '27760/tcp' }, a: worker };
  const loaded = await loadLayout(given, {}, '/somewhere');
  t.deepEqual(loaded, {
    layout: { manager, a: worker },
    stateDir: '/somewhere/.muster',
    warnings: [],
    problems: [],
  });
  t.is(given.manager.port, '27760/tcp');
});

test('a layout that is handed back brings what its file said', async (t) => {
  const directory = await makeDirectory(t, { 'a.zeek': `redef Cluster::manager_is_logger = F; ${zeek}` });
  const layout = await readLayout(join(directory, 'a.zeek'));
  t.like(await loadLayout(layout, {}), { layout, file: join(directory, 'a.zeek'), managerIsLogger: false });
  t.is((await loadLayout({ ...layout }, {})).managerIsLogger, undefined);
});

test('a module may hand on what another layout says', async (t) => {
  const directory = await makeDirectory(t, { 'a.zeek': `redef Cluster::manager_is_logger = F; ${zeek}` });
  const reader = new URL('../../layout/read-layout.js', import.meta.url).href;
  const text = `import { readLayout } from '${reader}'; export default () => readLayout('${directory}/a.zeek');`;
  for (const name of ['b.mjs', 'b.ts']) {
    await writeFile(join(directory, name), text);
    t.like(await loadLayout(name, {}, directory), { file: join(directory, name), managerIsLogger: false });
  }
});

test('mistakes in any format name the file as the user did', async (t) => {
  const bad = '{"a":{"nodeType":"worker","ip":"here"}}';
  const directory = await makeDirectory(t, { 'a.json': bad, 'a.mjs': `export default ${bad}` });
  const rule = 'a: ip: got "here", expected an IPv4 or IPv6 address (host names are not resolved)';
  for (const [name, place] of [
    ['./a.json', './a.json:1:32'],
    ['a.mjs', 'a.mjs'],
  ] as const) {
    const message = await messageOfError(t, 'MUSTER_LAYOUT_INVALID', () => loadLayout(name, {}, directory));
    t.is(message, `${place}: ${rule}`);
  }
});

test('a file that is not there is not found', async (t) => {
  const directory = await makeDirectory(t);
  for (const name of ['a.json', 'a.ts', 'a.mjs', 'a.zeek', 'no/such/a.json']) {
    const message = await messageOfError(t, 'MUSTER_LAYOUT_NOT_FOUND', () => loadLayout(name, {}, directory));
    t.is(message, `${name}: no such file`);
  }
});

for (const [name, text, message] of [
  ['a.toml', '', 'no known format, expected one of the extensions .json, .ts, .mts, .js, .mjs, .zeek'],
  ['a', '', 'no known format, expected one of the extensions .json, .ts, .mts, .js, .mjs, .zeek'],
  ['a.mjs', 'export const a = 1', 'has no default export, expected one: the layout, or a function that returns it'],
  ['a.ts', 'export const a = 1', 'has no default export, expected one: the layout, or a function that returns it'],
  ['b.mjs', 'export default () => { throw new Error("boom") }', 'its default export failed: boom'],
  ['c.mjs', 'export default Promise.reject("boom")', 'its default export failed: boom'],
] as const) {
  test(`${name} with ${JSON.stringify(text)} is unreadable`, async (t) => {
    const directory = await makeDirectory(t, { [name]: text });
    t.is(
      await messageOfError(t, 'MUSTER_LAYOUT_UNREADABLE', () => loadLayout(name, {}, directory)),
      `${name}: ${message}`,
    );
  });
}

for (const [name, text, reason] of [
  ['a.mjs', 'export default {', /Unexpected end of input/],
  ['b.mjs', 'import "./missing.mjs";', /Cannot find module '.*missing.mjs'/],
  ['c.mjs', 'throw new Error("boom");', /boom/],
  ['a.ts', 'export default { a: };', /a\.ts:1:\d+|Expression expected|Unexpected/],
  ['b.ts', 'import "./missing.ts";', /missing\.ts/],
  ['c.ts', 'throw new Error("boom" as string);', /boom/],
] as const) {
  test(`the module ${name} with ${JSON.stringify(text)} is unreadable, and the cause is said`, async (t) => {
    const directory = await makeDirectory(t, { [name]: text });
    const message = await messageOfError(t, 'MUSTER_LAYOUT_UNREADABLE', () => loadLayout(name, {}, directory));
    t.true(message.startsWith(`${join(directory, name)}: could not be loaded: `), message);
    t.regex(message, reason);
    t.notRegex(message, /\n/);
  });
}

test('a directory, a file that is no UTF-8 and a huge file are unreadable', async (t) => {
  const directory = await makeDirectory(t, { 'huge.json': ' '.repeat(5_000_000), 'dir.json/x': '' });
  await writeFile(join(directory, 'latin1.zeek'), Buffer.from([35, 0xe4]));
  for (const [name, reason] of [
    ['dir.json', 'is no file'],
    ['huge.json', 'is larger than 4194304 bytes'],
    ['latin1.zeek', 'The encoded data was not valid for encoding utf-8'],
  ] as const) {
    const message = await messageOfError(t, 'MUSTER_LAYOUT_UNREADABLE', () => loadLayout(name, {}, directory));
    t.is(message, `${name}: ${reason}`);
  }
});

test('without a path, the layout is searched for in MUSTER_PATH, ZEEKPATH and the working directory', async (t) => {
  for (const [place, name, text] of [
    ['m1', 'json', json],
    ['m2', 'ts', `export default ${json}`],
    ['z1', 'js', `export default ${json}`],
    ['z2', 'zeek', zeek],
    ['.', 'json', json],
  ] as const) {
    const directory = await makeDirectory(t, { [`${place}/cluster-layout.${name}`]: text, 'other/a.json': json });
    const env = { MUSTER_PATH: `m1:${directory}/m2`, ZEEKPATH: 'z1::/no/such/directory:z2' };
    const { layout, file } = await loadLayout(undefined, env, directory);
    t.deepEqual(layout, { a: worker });
    t.is(file, join(directory, place, `cluster-layout.${name}`));
  }
});

test('no layout anywhere is an error that says where it was looked for', async (t) => {
  const directory = await makeDirectory(t, { 'm/cluster-layout.toml': '', 'cluster-layout.json/x': '' });
  const message = await messageOfError(t, 'MUSTER_LAYOUT_NOT_FOUND', () =>
    loadLayout(undefined, { MUSTER_PATH: 'm', ZEEKPATH: `${directory}:m` }, directory),
  );
  t.is(
    message,
    `no layout found: there is no cluster-layout.json, .ts, .js or .zeek in ${directory}/m, ${directory}. ` +
      'Name a layout, or the directory that has one in MUSTER_PATH.',
  );
});

test('more than one layout is an error that lists them, in one directory or in several', async (t) => {
  const directory = await makeDirectory(t, {
    'm/cluster-layout.json': json,
    'm/cluster-layout.zeek': zeek,
    'cluster-layout.json': json,
  });
  for (const [env, found] of [
    [{ ZEEKPATH: 'm' }, ['m/cluster-layout.json', 'm/cluster-layout.zeek', 'cluster-layout.json']],
    [{ MUSTER_PATH: '.', ZEEKPATH: 'm' }, ['cluster-layout.json', 'm/cluster-layout.json', 'm/cluster-layout.zeek']],
  ] as const) {
    const message = await messageOfError(t, 'MUSTER_LAYOUT_AMBIGUOUS', () => loadLayout(undefined, env, directory));
    const paths = found.map((path) => join(directory, path));
    t.is(message, `more than one layout found, name the one to use: ${paths.join(', ')}`);
  }
});

test('one file found in two ways is one', async (t) => {
  const directory = await makeDirectory(t, { 'real/cluster-layout.json': json, 'work/x': '' });
  await symlink(join(directory, 'real'), join(directory, 'link'));
  await symlink(join(directory, 'real/cluster-layout.json'), join(directory, 'work/cluster-layout.json'));
  const env = { MUSTER_PATH: '../real:../link', ZEEKPATH: `${directory}/real` };
  const { file } = await loadLayout(undefined, env, join(directory, 'work'));
  t.is(file, join(directory, 'real/cluster-layout.json'));
});

test('a link to nowhere is no layout', async (t) => {
  const directory = await makeDirectory(t, { 'm/cluster-layout.json': json });
  await mkdir(join(directory, 'gone'));
  await symlink(join(directory, 'gone'), join(directory, 'cluster-layout.ts'));
  await rm(join(directory, 'gone'), { recursive: true });
  t.is((await loadLayout(undefined, { MUSTER_PATH: 'm' }, directory)).file, join(directory, 'm/cluster-layout.json'));
});
