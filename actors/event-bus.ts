/**
 * Event bus: the handlers of one node, by event name, and the only place where they are called.
 * A handler that throws, or whose promise is rejected, is logged and counted; the others run all the same.
 */
import { messageOf } from '../errors.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { RateLimit } from '../logs/rate-limit.js';
import type { Tracer } from '../trace/tracer.js';
import type { NodeCore } from './node-core.js';
import type { StandardSchema } from './standard-schema.js';

type Handler = (...args: unknown[]) => unknown;

export interface EventBusCounters {
  /** Events whose arguments did not satisfy the schema given for their name. */
  invalid: number;
  /** Handlers that threw or whose promise was rejected. */
  failed: number;
}

export class EventBus {
  readonly counters: EventBusCounters = { invalid: 0, failed: 0 };
  readonly #handlers = new Map<string, readonly Handler[]>();
  readonly #schemas = new Map<string, StandardSchema>();
  readonly #diagnostics: Diagnostics;
  readonly #warnings: RateLimit;
  readonly #tracer: Tracer;
  /** Name of the peer whose event is being handled; undefined for a local one. */
  #sender: string | undefined;

  constructor({ diagnostics, warnings, tracer }: Pick<NodeCore, 'diagnostics' | 'warnings' | 'tracer'>) {
    this.#diagnostics = diagnostics;
    this.#warnings = warnings;
    this.#tracer = tracer;
  }

  /** Name of the node that published the event being handled, if another did. Holds while handlers run synchronously. */
  get sender(): string | undefined {
    return this.#sender;
  }

  /** @returns a function that removes the handler again. */
  on(name: string, handler: Handler): () => void {
    // Lists are replaced, never changed: an event that is being delivered keeps the handlers it began with.
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
    let registered = true;
    return () => {
      if (!registered) return;
      registered = false;
      const handlers = [...(this.#handlers.get(name) ?? [])];
      handlers.splice(handlers.indexOf(handler), 1);
      if (handlers.length > 0) this.#handlers.set(name, handlers);
      else this.#handlers.delete(name);
    };
  }

  /** From now on, arguments of `name` that come from others have to satisfy `schema`. */
  defineEvent(name: string, schema: StandardSchema): void {
    this.#schemas.set(name, schema);
  }

  /** Runs the handlers of an event of this node itself. */
  raise(name: string, args: readonly unknown[]): void {
    this.#handle(undefined, name, args);
  }

  /**
   * Runs the handlers of an event that `sender` published.
   * @returns a promise if any handler did; it settles when they all have, and is never rejected.
   */
  deliver(sender: string, name: string, args: unknown[]): Promise<unknown> | undefined {
    if (this.#schemas.size > 0) {
      const schema = this.#schemas.get(name);
      if (schema !== undefined) {
        const checked = this.#check(schema, sender, name, args);
        return checked === undefined ? undefined : this.#handle(sender, name, checked);
      }
    }
    return this.#handle(sender, name, args);
  }

  #handle(sender: string | undefined, name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    const tracer = this.#tracer;
    if (!tracer.isOn) return this.#run(sender, name, args);
    const run = () => this.#run(sender, name, args);
    if (sender === undefined) return tracer.handle('raised', { event: name }, run);
    return tracer.handle('delivered', { event: name, from: sender }, run);
  }

  #run(sender: string | undefined, name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    const handlers = this.#handlers.get(name);
    if (handlers === undefined) return undefined;
    const outer = this.#sender;
    this.#sender = sender;
    let pending: Promise<unknown> | undefined;
    for (const handler of handlers) {
      try {
        const result = handler(...args);
        if (isThenable(result)) {
          const handling = Promise.resolve(result).catch((thrown: unknown) => this.#failed(name, sender, thrown));
          pending = pending === undefined ? handling : Promise.all([pending, handling]);
        }
      } catch (thrown) {
        this.#failed(name, sender, thrown);
      }
    }
    this.#sender = outer;
    return pending;
  }

  /** The arguments as the schema gives them back, or undefined if they are dropped. */
  #check(schema: StandardSchema, sender: string, name: string, args: unknown[]): readonly unknown[] | undefined {
    let problem: string;
    try {
      const result = schema['~standard'].validate(args);
      if (isThenable(result)) problem = 'its schema is asynchronous, which events cannot wait for';
      else if (result.issues !== undefined) problem = result.issues.map(({ message }) => message).join('; ');
      else if (!Array.isArray(result.value)) problem = 'its schema gives no list of arguments';
      else return result.value;
    } catch (thrown) {
      problem = `its schema threw: ${messageOf(thrown)}`;
    }
    this.counters.invalid += 1;
    this.#warnings.tell(`invalid ${sender} ${name}`, `event ${name} from ${sender} dropped: ${problem}`);
    return undefined;
  }

  #failed(name: string, sender: string | undefined, thrown: unknown): void {
    this.counters.failed += 1;
    const origin = sender === undefined ? '' : ` (from ${sender})`;
    this.#diagnostics.error(`a handler of ${name}${origin} threw: ${describe(thrown)}`);
  }
}

function describe(thrown: unknown): string {
  return thrown instanceof Error && thrown.stack !== undefined ? thrown.stack : String(thrown);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
