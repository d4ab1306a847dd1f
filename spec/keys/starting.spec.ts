/**
 * Which nodes need keys, and what happens to one that has not got them.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { joinCluster, type LayoutDefinition, MusterError, type OptionsInput } from '../../index.js';
import { publicFileOf, readPublicKeys, secretFileOf, writePublicKeys } from '../../keys/key-files.js';
import { checkLayout } from '../../layout/check-layout.js';
import { exposedPeers, securedPeers } from '../../layout/security.js';
import { makeKeys } from '../helpers/keys.js';
import { freePorts } from '../helpers/ports.js';

/** A manager that other machines can reach, at an address that nobody has. */
const remote = {
  manager: { nodeType: 'manager', ip: '192.0.2.77', port: 27760 },
  'worker-1': { nodeType: 'worker', ip: '192.0.2.78' },
} as const;
const names = Object.keys(remote);

async function directory(t: ExecutionContext): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'muster-'));
  t.teardown(() => rm(stateDir, { recursive: true, force: true }));
  return stateDir;
}

async function failure(stateDir: string, name: string, options: OptionsInput = {}): Promise<MusterError | undefined> {
  const given = { stateDir, logLevel: 'silent', ...options } as const;
  try {
    const node = await joinCluster({ layout: remote, name, options: given });
    await node.leave();
    return undefined;
  } catch (error) {
    if (error instanceof MusterError) return error;
    throw error;
  }
}

const layoutOf = (definition: LayoutDefinition) => checkLayout({ file: 'layout', content: definition }).layout;
const auto = { insecure: false, secureLoopback: false };

test('peerings with nodes that other machines can reach take keys, those on loopback take none', (t) => {
  const layout = layoutOf({
    manager: { nodeType: 'manager', ip: '10.0.0.1', port: 1 },
    'logger-1': { nodeType: 'logger', ip: '127.0.0.1', port: 2 },
    'logger-2': { nodeType: 'logger', ip: '127.0.0.1', listenAddress: '0.0.0.0', port: 3 },
    'logger-3': { nodeType: 'logger', ip: '::1', port: 4 },
    'logger-4': { nodeType: 'logger', ip: '127.8.8.8', listenAddress: '127.0.0.1', port: 5 },
    'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
  });
  t.deepEqual(securedPeers(layout, 'worker-1', auto), ['manager', 'logger-2']);
  t.deepEqual(securedPeers(layout, 'manager', auto), ['logger-2', 'worker-1']);
  t.deepEqual(securedPeers(layout, 'logger-1', auto), []);
  t.deepEqual(securedPeers(layout, 'logger-1', { ...auto, secureLoopback: true }), ['manager', 'worker-1']);
  t.deepEqual(securedPeers(layout, 'worker-1', { ...auto, insecure: true }), []);
  t.deepEqual(exposedPeers(layout, 'worker-1', { ...auto, insecure: true }), ['manager', 'logger-2']);
  t.deepEqual(exposedPeers(layout, 'worker-1', auto), []);
});

test('a node without its key does not start, and says what makes it', async (t) => {
  const error = await failure(await directory(t), 'worker-1');
  t.is(error?.code, 'MUSTER_KEY_MISSING');
  t.regex(error?.message ?? '', /there is no .*worker-1\.secret\. "muster keys init LAYOUT" makes the keys/);
});

test('a node without the key of a peer does not start', async (t) => {
  const stateDir = await directory(t);
  await makeKeys(stateDir, ['worker-1']);
  const error = await failure(stateDir, 'worker-1');
  t.is(error?.code, 'MUSTER_KEY_MISSING');
  t.regex(error?.message ?? '', /public\.json has no key of manager\. "muster keys init/);
});

test('a secret key that others may read is refused', async (t) => {
  const stateDir = await directory(t);
  await makeKeys(stateDir, names);
  await chmod(secretFileOf(join(stateDir, 'keys'), 'worker-1'), 0o640);
  const error = await failure(stateDir, 'worker-1');
  t.is(error?.code, 'MUSTER_KEY_INVALID');
  t.regex(error?.message ?? '', /worker-1\.secret: others may read it/);
});

test('a secret key that nobody knows is refused', async (t) => {
  const stateDir = await directory(t);
  await makeKeys(stateDir, names);
  const keys = join(stateDir, 'keys');
  await writePublicKeys(keys, new Map([...(await readPublicKeys(keys)), ['worker-1', ['x'.repeat(40)]]]));
  const error = await failure(stateDir, 'worker-1');
  t.is(error?.code, 'MUSTER_KEY_INVALID');
  t.regex(error?.message ?? '', /its secret key is not one of those/);
});

const badFiles: Record<string, [text: string, words: RegExp]> = {
  'no JSON': ['"secretKey', /it is no JSON/],
  'a list': ['[]', /it is no JSON object/],
  'a key of another length': ['{"manager": ["abc"]}', /manager has a key that is none/],
  'no key': ['{"manager": []}', /one or two public keys/],
  'three keys': ['{"manager": ["a", "b", "c"]}', /one or two public keys/],
  'a name that is a path': [
    '{"../manager": ["a"]}',
    /one or two public keys for each node, got something else for "..\/manager"/,
  ],
  'one key of two nodes': [
    `{"manager": ["${'x'.repeat(40)}"], "worker-1": ["${'x'.repeat(40)}"]}`,
    /manager and worker-1 have the same key/,
  ],
};
for (const [what, [text, words]] of Object.entries(badFiles)) {
  test(`public.json with ${what} is refused in words`, async (t) => {
    const stateDir = await directory(t);
    await makeKeys(stateDir, names);
    await writeFile(publicFileOf(join(stateDir, 'keys')), text);
    const error = await failure(stateDir, 'worker-1');
    t.is(error?.code, 'MUSTER_KEY_INVALID');
    t.regex(error?.message ?? '', words);
  });
}

test('a damaged secret is refused, and no part of it is told', async (t) => {
  const stateDir = await directory(t);
  const { 'worker-1': pair } = await makeKeys(stateDir, names);
  const file = secretFileOf(join(stateDir, 'keys'), 'worker-1');
  const secret = pair?.secretKey.reveal() ?? '';
  for (const damaged of [secret, `{"secretKey": "${secret.slice(1)}"}`, `{"secretKey": "${secret}`]) {
    await writeFile(file, damaged);
    const error = await failure(stateDir, 'worker-1');
    t.is(error?.code, 'MUSTER_KEY_INVALID');
    t.false(`${error?.stack} ${JSON.stringify(error)}`.includes(secret.slice(1, 20)));
  }
  t.true((await readFile(file, 'utf8')).includes(secret));
});

test('with insecure: true a node starts without keys, and warns of it every time', async (t) => {
  const stateDir = await directory(t);
  const lines: string[] = [];
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = ((text: string | Uint8Array, ...rest: never[]) => {
    lines.push(String(text));
    return write(text, ...rest);
  }) as typeof process.stderr.write;
  t.teardown(() => {
    process.stderr.write = write;
  });
  for (let time = 0; time < 2; time++) {
    t.is(await failure(stateDir, 'worker-1', { insecure: true, logLevel: 'warn' }), undefined);
  }
  t.is(lines.filter((line) => line.includes('insecure: worker-1 speaks in clear with manager')).length, 2);
});

test('the directory of keys is the one that the layout names, or an option', async (t) => {
  const stateDir = await directory(t);
  const [port = 0] = await freePorts(1);
  await makeKeys(stateDir, ['manager', 'worker-1']);
  const nodes = {
    manager: { nodeType: 'manager', ip: '127.0.0.1', port },
    'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
  };
  const file = join(stateDir, 'layout.json');
  await writeFile(file, JSON.stringify({ keys: 'keys', nodes }));
  const elsewhere = {
    stateDir: join(stateDir, 'state'),
    secureLoopback: true,
    logLevel: 'silent',
    retryInterval: 50,
  } as const;
  const manager = await joinCluster({ layout: file, name: 'manager', options: elsewhere });
  t.teardown(() => manager.leave());
  const keysDir = join(stateDir, 'keys');
  const worker = await joinCluster({
    layout: { ...nodes } as LayoutDefinition,
    name: 'worker-1',
    options: { ...elsewhere, keysDir },
  });
  t.teardown(() => worker.leave());
  await worker.ready();
  await t.throwsAsync(joinCluster({ layout: { ...nodes } as LayoutDefinition, name: 'worker-1', options: elsewhere }), {
    code: 'MUSTER_KEY_MISSING',
  });
});
