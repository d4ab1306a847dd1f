/**
 * Opening: stands in for a master whose backend is still being opened, or could not be. Mutations wait for it.
 */
import { MusterError, messageOf } from '../../errors.js';
import type { Backend, StoreState } from '../../stores/backend.js';
import type { Mutation } from '../../stores/mutation.js';
import type { Master } from './master.js';
import type { Side } from './side.js';

export class OpeningMaster implements Side {
  readonly #name: string;
  readonly #opening: Promise<Master>;
  #master: Master | undefined;
  #error: MusterError | undefined;

  constructor(name: string, opening: Promise<Master>) {
    this.#name = name;
    this.#opening = opening;
    opening.then(
      (master) => {
        this.#master = master;
      },
      (thrown) => {
        this.#error =
          thrown instanceof MusterError ? thrown : new MusterError('MUSTER_STORE_OPEN_FAILED', messageOf(thrown));
      },
    );
  }

  get master(): Master | undefined {
    return this.#master;
  }

  /** Why it could not be opened. */
  get error(): MusterError | undefined {
    return this.#error;
  }

  get contents(): StoreState | undefined {
    return this.#master?.contents;
  }

  get replica(): Backend {
    if (this.#master !== undefined) return this.#master.replica;
    throw (
      this.#error ??
      new MusterError('MUSTER_STORE_NOT_READY', `store ${this.#name} is being opened: await its \`ready\``)
    );
  }

  async mutate(mutation: Mutation, encoded: Uint8Array): Promise<unknown> {
    return (this.#master ?? (await this.#opening)).mutate(mutation, encoded);
  }

  async settled(): Promise<void> {
    await this.#master?.settled();
  }

  async close(): Promise<void> {
    const master = await this.#opening.catch(() => undefined);
    await master?.close();
  }
}
