/**
 * Listeners: handlers of changes to one store.
 */
import { messageOf } from '../../errors.js';
import type { Diagnostics } from '../../logs/diagnostics.js';
import { copyValue } from '../../stores/copy.js';
import type { Change, ChangeKind } from '../../stores/draft.js';
import { keyOf } from '../../stores/key.js';

export type ChangeHandler = (key: unknown, value: unknown, old: unknown) => unknown;

export class Listeners {
  readonly #store: string;
  readonly #diagnostics: Diagnostics;
  readonly #handlers = new Map<ChangeKind, readonly ChangeHandler[]>();

  constructor(store: string, diagnostics: Diagnostics) {
    this.#store = store;
    this.#diagnostics = diagnostics;
  }

  get isHeard(): boolean {
    return this.#handlers.size > 0;
  }

  /** @returns a function that removes the handler. */
  on(kind: ChangeKind, handler: ChangeHandler): () => void {
    // An array of its own for each change, so that a handler can remove itself while they run.
    this.#handlers.set(kind, [...(this.#handlers.get(kind) ?? []), handler]);
    return () => {
      const others = (this.#handlers.get(kind) ?? []).filter((other) => other !== handler);
      if (others.length > 0) this.#handlers.set(kind, others);
      else this.#handlers.delete(kind);
    };
  }

  tell(changes: readonly Change[]): void {
    for (const { kind, id, entry, before } of changes) {
      for (const handler of this.#handlers.get(kind) ?? []) {
        const old = copyValue(before?.value);
        // What is gone is told with the value that it had.
        const value = entry === undefined ? old : copyValue(entry.value);
        try {
          const running = handler(keyOf(id), value, old);
          if (running instanceof Promise) running.catch((thrown) => this.#failed(kind, thrown));
        } catch (thrown) {
          this.#failed(kind, thrown);
        }
      }
    }
  }

  #failed(kind: ChangeKind, thrown: unknown): void {
    this.#diagnostics.error(`store ${this.#store}: a handler of ${kind} failed: ${messageOf(thrown)}`);
  }
}
