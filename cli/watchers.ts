/**
 * Watchers: who of those that are connected to a supervisor gets the samples of which watch.
 */
import type { Socket } from 'node:net';
import type { ControlAnswer } from './messages.js';
import type { Json } from './stores/notation.js';

/** Samples for a reader for whom more bytes than this wait are lost. */
const maxWaiting = 1_024 * 1_024;

export class Watchers {
  readonly #byWatch = new Map<string, { readonly socket: Socket; readonly answer: (answer: ControlAnswer) => void }>();

  /** A connection asks something of nodes: if that is a watch, its samples go there. */
  note(request: Json, socket: Socket, answer: (answer: ControlAnswer) => void): void {
    const { kind, watch } = request as { readonly [field: string]: Json };
    if (kind !== 'watch' || typeof watch !== 'string' || this.#byWatch.has(watch)) return;
    this.#byWatch.set(watch, { socket, answer });
    socket.once('close', () => this.#byWatch.delete(watch));
  }

  tell(node: string, watch: string, sample: Json): void {
    const watcher = this.#byWatch.get(watch);
    if (watcher === undefined || watcher.socket.writableLength > maxWaiting) return;
    watcher.answer({ type: 'sample', node, watch, sample });
  }
}
