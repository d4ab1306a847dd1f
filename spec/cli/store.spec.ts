import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { askStores } from '../../cli/control-client.js';
import { askStore } from '../../cli/stores/store-client.js';
import { freePorts } from '../helpers/ports.js';
import { Muster, type Place, place, run, runHere, scriptPath, startCluster } from './workbench.js';

// What does not depend on one another runs at once.

async function twoNodes(t: ExecutionContext): Promise<Place & { readonly stateDir: string }> {
  const ports = await freePorts(1);
  const [port = 0] = ports;
  const found = place(t, ports, {
    manager: { nodeType: 'manager', ip: '127.0.0.1', port },
    'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
  });
  return { ...found, stateDir: join(found.directory, '.muster') };
}

const linesIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

test.serial('a running cluster is asked through its supervisor, a stopped one by its files', async (t) => {
  const { directory, layout, stateDir } = await twoNodes(t);
  const up = await startCluster(t, layout, '--load', scriptPath('stores'));
  const store = (command: string, ...args: readonly string[]) =>
    runHere(['store', command, ...args, '--layout', layout]);

  const dump = join(directory, 'dump.ndjson');
  const entries = [
    '{"key":"10.0.0.1","value":{"seen":{"$date":"2026-01-01T00:00:00.000Z"},"$$odd":[{"$number":"-0"}]}}',
    '{"key":{"$bigint":"7"},"value":{"$map":[[{"$set":[1]},{"$bytes":"aGk="}]]},"expiry":4102444800123}',
  ];
  writeFileSync(dump, `${entries.join('\n')}\n{"key":"old","value":1,"expiry":1000}\n`);

  const [imported, put] = await Promise.all([
    store('import', 'disk', '--file', dump, '--json'),
    store('put', 'mem', '["a",1]', '-5', '--expiry', '60000'),
    store('import', 'mem', '--file', dump),
  ]);
  t.deepEqual(linesIn(imported.out), [{ type: 'imported', store: 'disk', count: 2, expired: 1 }]);
  t.deepEqual([put.code, put.out], [0, 'put ["a",1]']);

  const [get, json, keys, exported, list, check] = await Promise.all([
    store('get', 'mem', '10.0.0.1'),
    store('get', 'mem', '["a",1]', '--json'),
    store('keys', 'mem'),
    run(t, ['store', 'export', 'disk', '--layout', layout]),
    store('list', '--json'),
    store('check', 'disk', '--json'),
  ]);
  t.is(get.out, JSON.stringify(JSON.parse(entries[0] as string).value));
  t.like(JSON.parse(json.out), { key: ['a', 1], value: -5 });
  t.true(JSON.parse(json.out).expiry > Date.now());
  t.deepEqual(keys.out.split('\n').sort(), ['"10.0.0.1"', '["a",1]', '{"$bigint":"7"}']);
  t.deepEqual(exported.out.split('\n').sort(), entries);
  t.is(exported.err, 'exported 2 entries of disk');
  t.deepEqual(
    linesIn(list.out).map(({ name, backend, size, replicas }) => [name, backend, size, replicas.length]),
    [
      ['away', 'memory', null, 1],
      ['broken', 'lmdb', null, 2],
      ['disk', 'lmdb', 2, 2],
      ['mem', 'memory', 3, 2],
    ],
  );
  const [{ verdict, replicas }] = linesIn(check.out);
  t.is(verdict, 'equal');
  const { digest, epoch, sequence } = replicas[1];
  t.like(replicas[0], { node: 'manager', role: 'master', size: 2, digest, epoch, sequence, verdict: 'equal' });

  const [erased, noKey, noStore, broken, bad, inside] = await Promise.all([
    store('erase', 'mem', '["a",1]'),
    store('get', 'mem', 'nobody'),
    store('get', 'nothing', 'nobody', '--json'),
    store('keys', 'broken'),
    store('import', 'mem', '--file', layout),
    store('export', 'disk', '--store-dir', join(stateDir, 'stores/manager')),
  ]);
  t.is(erased.out, 'erased ["a",1]');
  t.deepEqual([noKey.code, noKey.err], [10, 'muster: store mem has no key "nobody"']);
  t.is(noStore.code, 9);
  t.like(JSON.parse(noStore.out), { type: 'error', code: 'MUSTER_STORE_UNKNOWN' });
  t.is(broken.code, 1);
  t.regex(broken.err, /cannot be opened/);
  t.is(bad.code, 1);
  t.regex(bad.err, /^muster: line 1: an entry has "key", "value"/);
  t.is(inside.code, 4);

  up.kill('SIGTERM');
  t.is(await up.ended, 0);
  const copy = join(directory, 'copy.ndjson');
  const [out, gone, absent] = await Promise.all([
    store('export', 'disk', '--file', copy, '--json'),
    store('export', 'mem'),
    store('get', 'disk', 'a'),
  ]);
  t.deepEqual(linesIn(out.out), [{ type: 'exported', store: 'disk', file: copy, count: 2 }]);
  t.deepEqual(readFileSync(copy, 'utf8').trimEnd().split('\n').sort(), entries);
  t.is(gone.code, 9);
  t.regex(gone.err, /no supervisor is running .*; there are disk$/);
  t.is(absent.code, 3);
});

test('files are imported into, checked, and found to be damaged', async (t) => {
  const { directory, layout } = await twoNodes(t);
  const other = join(directory, 'other');
  const dump = join(directory, 'dump.ndjson');
  writeFileSync(dump, '{"key":1,"value":2}\n');
  const store = (command: string, ...args: readonly string[]) =>
    runHere(['store', command, ...args, '--layout', layout, '--store-dir', other]);
  t.is((await store('import', 'Hosts', '--file', dump)).err, 'imported 1 entry into Hosts');
  const [good] = linesIn((await store('check', '--json')).out);
  const path = join(other, '=hosts.lmdb');
  t.like(good, { type: 'check', name: 'Hosts', verdict: 'good', size: 1, path });
  truncateSync(join(path, 'data.mdb'), 4_096);
  const damaged = await store('check', 'Hosts');
  t.is(damaged.code, 11);
  t.regex(damaged.out, /^Hosts: DAMAGED: /);
});

test('an export that fails leaves the file that was there', async (t) => {
  const { directory, layout } = await twoNodes(t);
  const file = join(directory, 'dump.ndjson');
  writeFileSync(file, 'precious');
  const { code } = await runHere(['store', 'export', 'disk', '--layout', layout, '--file', file]);
  t.is(code, 9);
  t.is(readFileSync(file, 'utf8'), 'precious');
  t.false(existsSync(`${file}.tmp`));
});

test.serial('of an import whose node is killed, the outcome is unknown', async (t) => {
  const { layout, stateDir } = await twoNodes(t);
  const up = await startCluster(t, layout, '--load', scriptPath('stores'));
  await askStore(stateDir, { type: 'store', store: 'mem', operation: 'put', key: 'before', value: 1 });
  const args = ['store', 'import', 'mem', '--clear', '--layout', layout, '--json'];
  const importing = new Muster(t, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  // Nothing is written to its stdin: it has removed all that was there, and waits for entries.
  importing.process.stdin?.on('error', () => {});
  const isCleared = async () => {
    const nodes = await askStores(stateDir);
    return nodes.some(({ stores }) =>
      stores?.some((one) => one.name === 'mem' && one.master && one.contents?.size === 0),
    );
  };
  while (!(await isCleared()));
  process.kill(up.nodePids[0] as number, 'SIGKILL');
  t.is(await importing.ended, 1);
  t.like(JSON.parse(importing.out.at(-1) as string), { type: 'error', code: 'MUSTER_STORE_OUTCOME_UNKNOWN' });
});
