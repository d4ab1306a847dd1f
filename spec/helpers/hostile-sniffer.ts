/**
 * Hostile sniffer: a ZeroMQ client that subscribes to everything, and so learns the topics of other nodes' links.
 */
import type { ExecutionContext } from 'ava';
import { XSubscriber } from 'zeromq';
import { headroom } from '../../transport/zeromq/frame.js';

/** The topic of the next link on which the node that listens at `port` says something. */
export async function sniffTopic(t: ExecutionContext, port: number): Promise<Uint8Array> {
  const socket = new XSubscriber({ linger: 0 });
  t.teardown(() => socket.close());
  socket.connect(`tcp://127.0.0.1:${port}`);
  await socket.send(Buffer.of(1));
  const [part] = await socket.receive();
  return Buffer.from((part as Buffer).subarray(0, headroom));
}
