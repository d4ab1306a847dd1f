/**
 * Event bus: the handlers of one node, by event name, and the only place where they are called and counted.
 * A handler that throws, or whose promise is rejected, is logged and counted; the others run all the same.
 */
import { messageOf } from '../errors.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { RateLimit } from '../logs/rate-limit.js';
import type { Tracer } from '../trace/tracer.js';
import { isFrameworkEvent } from './events.js';
import { type Handler, Handlers } from './handlers.js';
import type { NodeCore } from './node-core.js';
import type { StandardSchema } from './standard-schema.js';

export interface EventBusCounters {
  /** Events whose arguments did not satisfy the schema given for their name. */
  invalid: number;
  /** Handlers that threw or whose promise was rejected. */
  failed: number;
}

export class EventBus {
  readonly counters: EventBusCounters = { invalid: 0, failed: 0 };
  /** Told of what a handler threw, while it is still being dealt with; absent, nobody wants to know. */
  onFailure: ((thrown: unknown) => void) | undefined;
  readonly #handlers = new Map<string, Handlers>();
  /** What the handlers of events did that have none any more. */
  readonly #past = new Handlers();
  readonly #schemas = new Map<string, StandardSchema>();
  readonly #diagnostics: Diagnostics;
  readonly #warnings: RateLimit;
  readonly #tracer: Tracer;
  /** Name of the peer whose event is being handled; undefined for a local one. */
  #sender: string | undefined;

  /** In ms; absent, handlers are not timed. */
  readonly #clock: (() => number) | undefined;

  constructor(core: Pick<NodeCore, 'diagnostics' | 'warnings' | 'tracer' | 'runtime' | 'isMeasured'>) {
    const { diagnostics, warnings, tracer, runtime, isMeasured } = core;
    this.#diagnostics = diagnostics;
    this.#warnings = warnings;
    this.#tracer = tracer;
    this.#clock = isMeasured ? () => runtime.monotonic() : undefined;
  }

  /** What has been done, by event; under an empty name for those that have no handlers any more. */
  get handlers(): Iterable<[name: string, handlers: Readonly<Handlers>]> {
    return [...this.#handlers, ['', this.#past]];
  }

  /** Name of the node that published the event being handled, if another did. Holds while handlers run synchronously. */
  get sender(): string | undefined {
    return this.#sender;
  }

  /** @returns a function that removes the handler again. */
  on(name: string, handler: Handler): () => void {
    const handlers = this.#handlers.get(name) ?? new Handlers();
    this.#handlers.set(name, handlers);
    handlers.list = [...handlers.list, handler];
    let registered = true;
    return () => {
      if (!registered) return;
      registered = false;
      const place = handlers.list.indexOf(handler);
      handlers.list = handlers.list.toSpliced(place, 1);
      if (handlers.list.length > 0) return;
      this.#handlers.delete(name);
      this.#past.add(handlers);
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
    if (tracer.isDetailed || isFrameworkEvent(name)) return this.#tell(sender, name, args);
    return this.#run(sender, name, args);
  }

  /** A function of its own: a closure in the one above would cost each event something, told or not. */
  #tell(sender: string | undefined, name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    const isDetail = !isFrameworkEvent(name);
    const run = () => this.#run(sender, name, args);
    if (sender === undefined) return this.#tracer.handle('raised', { event: name }, run, isDetail);
    return this.#tracer.handle('delivered', { event: name, from: sender }, run, isDetail);
  }

  #run(sender: string | undefined, name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    const handlers = this.#handlers.get(name);
    if (handlers === undefined) return undefined;
    handlers.runs += 1;
    const since = this.#clock !== undefined && handlers.isTimed ? this.#clock() : undefined;
    const outer = this.#sender;
    this.#sender = sender;
    let pending: Promise<unknown> | undefined;
    for (const handler of handlers.list) {
      try {
        const result = handler(...args);
        if (isThenable(result)) {
          const handling = Promise.resolve(result).catch((thrown: unknown) =>
            this.#failed(handlers, name, sender, thrown),
          );
          pending = pending === undefined ? handling : Promise.all([pending, handling]);
        }
      } catch (thrown) {
        this.#failed(handlers, name, sender, thrown);
      }
    }
    this.#sender = outer;
    if (since !== undefined && this.#clock !== undefined) {
      this.#accountOf(handlers).times.observe((this.#clock() - since) / 1_000);
    }
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

  /** Where what handlers do is counted: they may have been removed while they ran. */
  #accountOf(handlers: Handlers): Handlers {
    return handlers.list.length > 0 ? handlers : this.#past;
  }

  #failed(handlers: Handlers, name: string, sender: string | undefined, thrown: unknown): void {
    this.counters.failed += 1;
    this.#accountOf(handlers).failed += 1;
    this.onFailure?.(thrown);
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
