/**
 * Cutter: a TCP proxy in a process of its own, which breaks its connections when it is told to.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { monotonic } from '../harness/monotonic.js';
import { defineRole } from '../harness/role.js';

/** Forwards a port of its own to the port `target`, both on loopback. */
export const cutter = defineRole(import.meta.url, 'cutter', async ({ target }: { target: number }) => {
  const ends = new Set<Socket>();

  function pipe(from: Socket, to: Socket): void {
    ends.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      if (!to.write(bytes)) from.pause();
    });
    from.on('drain', () => to.resume());
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => ends.delete(from));
  }

  const listener = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    pipe(client, server);
    pipe(server, client);
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');

  function cut(): number {
    const at = monotonic();
    for (const end of ends) reset(end);
    return at;
  }

  return {
    port: () => (listener.address() as AddressInfo).port,
    /** Breaks all connections with a reset, wherever they are in a frame; answers when that was, by {@link monotonic}. */
    cut,
    close: () => {
      listener.close();
      cut();
    },
  };
});

/** Node 20 never closes a socket that is reset while it is shutting down. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
