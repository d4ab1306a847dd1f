/**
 * Receiver: reads a socket, always, and hands over what comes, part by part.
 * Parts of one message are not taken for related: a hostile peer can leave some that belong to nothing. After a few
 * hundred of them other sockets and timers get their turn.
 */
import { type Runtime, turn } from '../../runtime.js';
import { callOut } from './call-out.js';

/** What may be read in one turn of the event loop. */
const maxPartsPerTurn = 256;
const maxBytesPerTurn = 256 * 1024;

/** Turns in which nothing came, after which nothing is pending: zeromq.js may put a receive off by one. */
const quietTurns = 2;

interface Readable {
  readonly closed: boolean;
  receive(): Promise<Buffer[]>;
}

export class Receiver {
  readonly #socket: Readable;
  readonly #runtime: Runtime;
  readonly #take: (part: Buffer) => void;
  /** Whether a `receive()` is under way, and how many have come back. */
  #waiting = false;
  #received = 0;

  /** Begins to read at once. `take` is not called any more once the socket is closed. */
  constructor(socket: Readable, runtime: Runtime, take: (part: Buffer) => void) {
    this.#socket = socket;
    this.#runtime = runtime;
    this.#take = take;
    void this.#run();
  }

  /** Resolves once everything that had come has been taken, or after `maxTurns` turns of the event loop. */
  async drained(maxTurns = Number.POSITIVE_INFINITY): Promise<void> {
    let received = this.#received;
    let quiet = 0;
    // The present turn may be past the phase in which frames are seen, so it proves nothing.
    for (let turns = 0; quiet < 1 + quietTurns && turns < maxTurns && !this.#socket.closed; turns++) {
      await turn(this.#runtime);
      quiet = this.#waiting && this.#received === received ? quiet + 1 : 0;
      received = this.#received;
    }
  }

  async #run(): Promise<void> {
    let parts = 0;
    let bytes = 0;
    while (!this.#socket.closed) {
      try {
        this.#waiting = true;
        for (const part of await this.#socket.receive()) {
          if (this.#socket.closed) return;
          parts++;
          bytes += part.length;
          callOut(this.#take, part);
        }
      } catch {
        // EAGAIN: a message of which some parts have gone missing. Whatever else it may be one day, never spin on it.
        parts = maxPartsPerTurn;
      }
      this.#waiting = false;
      this.#received++;
      if (parts >= maxPartsPerTurn || bytes >= maxBytesPerTurn) {
        await turn(this.#runtime);
        parts = 0;
        bytes = 0;
      }
    }
  }
}
