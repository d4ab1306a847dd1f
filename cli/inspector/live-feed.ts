/**
 * Live feed: what all nodes of a supervised cluster do now, for a page. Each page has its own connections: to the
 * supervisor, and through it to each node; a node to which none stands pays nothing. A node that is restarted is connected
 * to again.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { toLine } from '../../trace/output.js';
import { type TraceRecord, traceVersion } from '../../trace/record.js';
import { askStatus } from '../control-client.js';
import type { ControlRequest } from '../messages.js';
import { connectControl, supervisorFiles } from '../state-dir.js';
import type { TraceFeed } from './page-server.js';

/** A node to which there is no connection is tried again after so long, in ms. */
const retryInterval = 200;
/** Bytes that a page may have still to read. */
const maxPending = 16 * 1_024 * 1_024;
/** Bytes of a line that is not whole yet: no record is so long. */
const maxLine = 4 * 1_024 * 1_024;

/** @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT` when none is running. */
export async function openLiveFeed(stateDir: string): Promise<TraceFeed> {
  const { layout, nodes } = await askStatus(stateDir);
  const names = nodes.map(({ name }) => name);
  return {
    kind: 'live',
    name: layout === null ? stateDir : `${basename(dirname(layout))}/${basename(layout)}`,
    size: 0,
    stream: (response) => new Gathering(supervisorFiles(stateDir).socket, response).start(names),
  };
}

/** The feeds of all nodes, as one. */
class Gathering {
  readonly #path: string;
  readonly #response: ServerResponse;
  readonly #connections = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #isOver = false;
  #dropped = 0;
  #sequence = 0;

  constructor(path: string, response: ServerResponse) {
    this.#path = path;
    this.#response = response;
  }

  start(names: readonly string[]): void {
    this.#response.once('close', () => this.#end());
    // With the supervisor, all ends.
    void this.#connect({ type: 'feed' }, () => this.#end());
    for (const node of names) this.#follow(node);
  }

  #follow(node: string): void {
    void this.#connect({ type: 'feed', node }, () => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#follow(node);
      }, retryInterval);
      this.#timers.add(timer);
    });
  }

  /** `closed` is called once, also if no connection could be made; not after the end. */
  async #connect(request: ControlRequest, closed: () => void): Promise<void> {
    const socket = await connectControl(this.#path);
    if (this.#isOver) socket?.destroy();
    if (this.#isOver) return;
    if (socket === undefined) {
      closed();
      return;
    }
    this.#connections.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (data) => {
      const end = data.lastIndexOf(0x0a) + 1;
      if (end > 0) this.#pass(rest.length === 0 ? data.subarray(0, end) : Buffer.concat([rest, data.subarray(0, end)]));
      rest = end > 0 ? data.subarray(end) : Buffer.concat([rest, data]);
      if (rest.length > maxLine) socket.destroy();
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#connections.delete(socket);
      if (!this.#isOver) closed();
    });
    socket.write(`${JSON.stringify(request)}\n`);
  }

  /** Whole lines go on; a page that reads too slowly gets none, and then is told how many. */
  #pass(lines: Buffer): void {
    if (this.#response.writableLength > maxPending) {
      for (const byte of lines) if (byte === 0x0a) this.#dropped += 1;
      return;
    }
    if (this.#dropped > 0) this.#response.write(toLine(this.#droppedRecord()));
    this.#dropped = 0;
    this.#response.write(lines);
  }

  #droppedRecord(): TraceRecord {
    this.#sequence += 1;
    return {
      version: traceVersion,
      node: '(inspector)',
      id: 'inspector',
      sequence: this.#sequence,
      wall: Date.now(),
      monotonic: performance.now(),
      kind: 'dropped',
      data: { count: this.#dropped },
    };
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#connections) socket.destroy();
    this.#response.end();
  }
}
