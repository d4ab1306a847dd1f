/**
 * What passes over the wire between two nodes, recorded byte by byte: in clear without keys, and nothing to be read with them.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { OptionsInput } from '../../index.js';
import { makeKeys, withKeys } from '../helpers/keys.js';
import { TestCluster } from '../helpers/test-cluster.js';

const secret = 'a-payload-that-is-nobody-elses-to-read';

/** A TCP proxy that keeps all that passes. */
async function tap(t: ExecutionContext, target: number) {
  const recorded: Buffer[] = [];
  const server = createServer((client) => {
    const onward = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      from.on('data', (bytes) => {
        recorded.push(bytes);
        to.write(bytes);
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { port: (server.address() as AddressInfo).port, text: () => Buffer.concat(recorded).toString('latin1') };
}

/** All that passes while a worker and its manager send each other a thousand events. */
async function recordingOf(t: ExecutionContext, options: OptionsInput): Promise<string> {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1'], options);
  await makeKeys(cluster.stateDir, ['manager', 'worker-1']);
  const { port, text } = await tap(t, cluster.layout.manager?.port as number);
  const { node: manager } = await cluster.start('manager');
  const layout = { ...cluster.layout, manager: { ...cluster.layout.manager, port } } as typeof cluster.layout;
  const { node: worker } = await cluster.start('worker-1', { layout });
  const got = { manager: 0, worker: 0 };
  manager.on('Wire::event', () => {
    got.manager += 1;
    cluster.changed();
  });
  worker.on('Wire::event', () => {
    got.worker += 1;
    cluster.changed();
  });
  await cluster.until(() => [manager, worker].every(({ peers }) => peers[0]?.state === 'up'));
  for (let i = 0; i < 1_000; i++) {
    worker.publish(worker.options.managerTopic, 'Wire::event', i, secret);
    manager.publish(manager.options.workerTopic, 'Wire::event', i, secret);
  }
  await cluster.until(() => got.manager === 1_000 && got.worker === 1_000);
  return text();
}

const words = [secret, 'Wire::event', 'zeek/cluster', 'worker-1', 'muster'];

test('without keys, all that nodes say can be read on the wire', async (t) => {
  const recording = await recordingOf(t, {});
  for (const word of words) t.true(recording.includes(word), word);
});

test('with keys, nothing that nodes say can be read on the wire', async (t) => {
  const recording = await recordingOf(t, withKeys);
  t.true(recording.length > 2 * 1_000 * secret.length);
  for (const word of words) t.false(recording.includes(word), word);
});
