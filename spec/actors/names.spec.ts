/**
 * Names that come from a peer, of stores, of log streams and of their files: what is none goes nowhere.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readBatch } from '../../actors/logging/messages.js';
import { accept, event, events, HostilePeer, hello, subscribe } from '../helpers/hostile-peer.js';
import { NodeProcess } from '../helpers/node-process.js';
import { TestCluster } from '../helpers/test-cluster.js';

const guise = { from: 'worker-1', to: 'manager', nodeType: 'worker' };
const records = event('', '', 1);
const batch = (path: unknown, id: unknown = 'Any::LOG') =>
  ['worker-1_a', 1, 0, [id, path, [['n', 'count']]], 1, 1, 1, records] as const;

const noPaths = ['', '.', '..', '../x', 'a/b', 'a.b', 'a\0', 'a\n', 'ä', 'x'.repeat(65), '__proto__/', 7, null];
const noStores = ['', '.', '..', '../x', 'a/b', 'a\0', 'a\n', 'ä', 'x'.repeat(65), '__proto__', 7, null];

test('the path of a log and the id of its stream are what they may be at who creates it', (t) => {
  t.is(readBatch(batch('a-b_C')).path, 'a-b_C');
  const isNone = { code: 'MUSTER_FRAME_INVALID', message: 'a message about logs is malformed' };
  for (const path of noPaths) t.throws(() => readBatch(batch(path)), isNone, String(path));
  for (const id of ['', 'x'.repeat(257), 7]) t.throws(() => readBatch(batch('a', id)), isNone, String(id).slice(0, 9));
  t.is(readBatch(batch('a', 'x'.repeat(256))).path, 'a');
});

test('a peer that speaks of a store or a log by a name that is none ends its link, and no file is made', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const manager = await NodeProcess.start(t, cluster, 'manager');
  const hostile = await HostilePeer.open(cluster.layout.manager?.port as number);
  let number = 0;
  const say = (...args: unknown[]) => {
    number += 1;
    const said = event('', ...(args as [string, ...unknown[]]));
    hostile.say(hello({ ...guise, id: `worker-1_${number}` }), accept, events(1, 1, said));
  };
  for (const name of noStores) say('Muster::store', name, 'attach', 1, '', 0, 0, 0);
  for (const path of noPaths) say('Muster::log', 'batch', ...batch(path));
  hostile.say(hello({ ...guise, id: 'worker-1_last' }), accept, subscribe(42));
  await cluster.until(() => manager.stderr.includes('worker-1 breaks the protocol: subscription'));
  for (const words of ['a message about a store whose name is none', 'a message about logs is malformed']) {
    t.true(manager.stderr.includes(`worker-1 breaks the protocol: ${words}`), words);
  }
  const made = await readdir(cluster.stateDir, { recursive: true });
  t.deepEqual(
    made.filter((file) => !/^(logs(\/manager(\/cluster\.[\w.-]+)?)?)$/.test(file)),
    [],
    made.join(),
  );
  t.true(made.includes(join('logs', 'manager')));
});
