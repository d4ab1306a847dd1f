/**
 * Descriptors: what is opened is closed. Alone in its process, whose descriptors it counts.
 */
import { existsSync, readdirSync } from 'node:fs';
import test from 'ava';
import { systemRuntime } from '../../runtime.js';
import { createZeromqTransport } from '../../transport/zeromq/transport.js';
import { connected, dialled, Host } from '../helpers/link-witness.js';

const table = '/proc/self/fd';
const loopback = { ip: '127.0.0.1', port: 0 };
const createTransport = () =>
  createZeromqTransport({ runtime: systemRuntime, heartbeatInterval: 1_000, heartbeatTimeout: 3_000 });

/** Resolves once the process has no more than `count` descriptors; the other end of a closed connection needs a moment. */
async function backTo(count: number): Promise<void> {
  while (readdirSync(table).length > count) await new Promise((resolve) => setImmediate(resolve));
}

test.serial('200 links that come and go, and their transports, leave no descriptor behind', async (t) => {
  if (!existsSync(table)) return t.pass('skipped: descriptors can be counted on Linux only');
  // What a process needs once, libzmq's threads among it.
  await createTransport().close();
  const [first, second] = [createTransport(), createTransport()];
  await connected(first, second, loopback);
  await Promise.all([first.close(), second.close()]);
  const before = readdirSync(table).length;

  const [acceptor, initiator] = [createTransport(), createTransport()];
  const { listener, host } = await connected(acceptor, initiator, loopback);
  const open = readdirSync(table).length;
  for (let time = 0; time < 200; time++) {
    const { link, guest } = await dialled(initiator, listener, host);
    link.close();
    await guest.witness.until(() => guest.witness.hints.length > 0);
    guest.link.close();
  }
  await backTo(open);
  await Promise.all([acceptor.close(), initiator.close()]);
  await backTo(before);
  t.pass();
});

test.serial('50 listeners that come and go, and links that fail, leave no descriptor behind', async (t) => {
  if (!existsSync(table)) return t.pass('skipped: descriptors can be counted on Linux only');
  const [acceptor, initiator] = [createTransport(), createTransport()];
  const { listener } = await connected(acceptor, initiator, loopback);
  const open = readdirSync(table).length;
  for (let time = 0; time < 50; time++) {
    const other = await connected(acceptor, initiator, loopback);
    await t.throwsAsync(initiator.listen(listener.address, new Host()));
    await other.listener.close();
    await other.witness.until(() => other.witness.losses.length > 0);
  }
  await backTo(open);
  await Promise.all([acceptor.close(), initiator.close()]);
  t.pass();
});
