/**
 * Cut proxy: a TCP proxy between two nodes that does what networks do. It breaks connections, also in the middle of a
 * frame, and stops forwarding in one direction or both without a word.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

/** `there`: from the client, which connects, to the server. */
export type Direction = 'there' | 'back';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export class CutProxy {
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  readonly #frozen = new Set<Direction>();
  /** Resets that have come from a frozen direction. */
  readonly #heldResets = new Set<Socket>();
  /** Bytes that still pass before everything is cut; undefined: no end. */
  #budget: number | undefined;
  #how: 'reset' | 'end' = 'reset';

  private constructor(target: number) {
    this.#listener = createServer((client) => this.#forward(client, target));
  }

  /** Forwards a port of its own to the port `target`, both on loopback, until the test is over. */
  static async open(t: ExecutionContext, target: number): Promise<CutProxy> {
    const proxy = new CutProxy(target);
    await once(proxy.#listener.listen(0, '127.0.0.1'), 'listening');
    t.teardown(() => proxy.close());
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as { port: number }).port;
  }

  close(): void {
    this.#listener.close();
    this.cut();
  }

  /** Breaks all connections. */
  cut(): void {
    for (const { client, server } of this.#pairs) for (const end of [client, server]) reset(end);
  }

  /** Breaks all connections once so many bytes more have passed, in either direction; `end`: those still arrive. */
  cutAfter(bytes: number, how: 'reset' | 'end'): void {
    this.#budget = bytes;
    this.#how = how;
  }

  /** Forwards nothing in these directions any more, of no connection, not even that one has ended. */
  freeze(...directions: Direction[]): void {
    for (const direction of directions) this.#frozen.add(direction);
    for (const pair of this.#pairs) for (const direction of directions) ends(pair, direction).from.pause();
  }

  /** Forwards again, first what was held up: of the connections that still stand, and of those that were begun meanwhile. */
  heal(): void {
    this.#frozen.clear();
    for (const end of this.#heldResets) reset(end);
    this.#heldResets.clear();
    for (const { client, server } of this.#pairs) for (const end of [client, server]) end.resume();
  }

  #forward(client: Socket, target: number): void {
    const pair: Pair = { client, server: connect(target, '127.0.0.1') };
    this.#pairs.add(pair);
    for (const direction of ['there', 'back'] as const) this.#pipe(pair, direction);
  }

  #pipe(pair: Pair, direction: Direction): void {
    const { from, to } = ends(pair, direction);
    from.setNoDelay(true);
    if (this.#frozen.has(direction)) from.pause();
    from.on('data', (bytes) => {
      if (this.#spend(bytes, pair, to) && !to.write(bytes)) from.pause();
    });
    to.on('drain', () => {
      if (!this.#frozen.has(direction)) from.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => {
      if (this.#frozen.has(direction)) this.#heldResets.add(to);
      else reset(to);
    });
    from.on('close', () => {
      if (pair.client.destroyed && pair.server.destroyed) this.#pairs.delete(pair);
    });
  }

  /** Whether all these bytes may pass. */
  #spend(bytes: Buffer, pair: Pair, to: Socket): boolean {
    if (this.#budget === undefined) return true;
    this.#budget -= bytes.length;
    if (this.#budget > 0) return true;
    const last = bytes.subarray(0, bytes.length + this.#budget);
    this.#budget = undefined;
    if (this.#how === 'reset') {
      to.write(last);
      this.cut();
    } else {
      to.end(last);
      for (const end of [pair.client, pair.server]) if (end !== to) end.destroy();
    }
    return false;
  }
}

function ends({ client, server }: Pair, direction: Direction): { from: Socket; to: Socket } {
  return direction === 'there' ? { from: client, to: server } : { from: server, to: client };
}

/** Node 20 never closes a socket that is reset while it is shutting down. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
