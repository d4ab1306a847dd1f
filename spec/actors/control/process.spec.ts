/**
 * Control of nodes over real sockets: what only a process has.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { TestCluster } from '../../helpers/test-cluster.js';

test('a node tells what its process takes, changes its log level, and begins new log files', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'control-1'], { managerIsLogger: true });
  const nodes = await cluster.startAll();
  const control = nodes['control-1']?.node.control;
  const manager = nodes.manager?.node;
  if (control === undefined || manager === undefined) throw new Error('they have started');

  const status = await control.ask({ kind: 'status' });
  t.like(status.answers.manager?.process, { pid: process.pid, versions: { node: process.versions.node } });

  const level = (wanted?: 'error' | 'silent') => control.ask({ kind: 'logLevel', ...(wanted && { level: wanted }) });
  t.deepEqual((await level()).answers, { manager: 'silent' });
  t.deepEqual((await level('error')).answers, { manager: 'error' });
  t.deepEqual((await level()).answers, { manager: 'error' });
  t.is(manager.options.logLevel, 'silent');
  await level('silent');

  manager.log('before');
  await manager.flush();
  const directory = join(cluster.stateDir, 'logs', 'manager');
  const before = await readdir(directory);
  t.deepEqual((await control.ask({ kind: 'rotateLogs' })).answers, { manager: null });
  manager.log('after');
  await manager.flush();
  const isRotated = (name: string) => /^cluster\.[\d-]+\.manager\.log$/.test(name);
  t.false(before.some(isRotated));
  while (!(await readdir(directory)).some(isRotated)) await new Promise((resolve) => setImmediate(resolve));
});
