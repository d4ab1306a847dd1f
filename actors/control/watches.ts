/**
 * Watches: control nodes that look on while this node publishes. Sampled and bounded: at most so many events a second are
 * shown to each, and those that are large without their arguments; the others are counted. A watch ends unless it is asked
 * for again. While nobody watches there is no tap at the router, and nothing is paid.
 */
import type { Runtime, TimerHandle } from '../../runtime.js';
import { decodeValue, encodeValue } from '../../transport/codec.js';
import type { Router } from '../router.js';
import type { Sample, SeenEvent } from './messages.js';

/** Samples leave this often, in ms. */
const interval = 250;
/** Events that are shown in each of these intervals, and what each may take, in bytes. */
const shownPerInterval = 25;
const shownSize = 4_096;
/** Watches at one time; each has to be asked for by a control node. */
const maxWatches = 16;

/** Takes samples; `false`: it has no room, and this one is lost. */
export type TakeSample = (sample: Sample) => boolean;

interface Watch {
  readonly topic: string;
  readonly take: TakeSample;
  /** When it ends, on the monotonic clock. */
  end: number;
  events: SeenEvent[];
  skipped: number;
}

export class Watches {
  readonly #runtime: Runtime;
  readonly #router: Router;
  readonly #watches = new Map<string, Watch>();
  #timer: TimerHandle | undefined;

  constructor(runtime: Runtime, router: Router) {
    this.#runtime = runtime;
    this.#router = router;
  }

  /** Begins a watch, or goes on with it, for `lease` ms. @returns whether there is room for one more. */
  watch(id: string, topic: string, lease: number, take: TakeSample): boolean {
    const end = this.#runtime.monotonic() + lease;
    const watch = this.#watches.get(id);
    if (lease === 0) this.end(id);
    else if (watch !== undefined) watch.end = end;
    else if (this.#watches.size >= maxWatches) return false;
    else {
      this.#watches.set(id, { topic, take, end, events: [], skipped: 0 });
      this.#router.tap = (...published) => this.#see(...published);
      this.#timer ??= this.#tick();
    }
    return true;
  }

  /** Ends all watches whose id begins so. */
  end(prefix: string): void {
    for (const id of this.#watches.keys()) if (id.startsWith(prefix)) this.#watches.delete(id);
    if (this.#watches.size > 0) return;
    this.#router.tap = undefined;
    this.#runtime.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #see(topic: string, event: string, args: readonly unknown[], size: number): void {
    for (const watch of this.#watches.values()) {
      if (!topic.startsWith(watch.topic)) continue;
      if (watch.events.length >= shownPerInterval) watch.skipped += 1;
      else watch.events.push({ at: this.#runtime.now(), topic, event, size, ...(size <= shownSize && copyOf(args)) });
    }
  }

  #tick(): TimerHandle {
    return this.#runtime.setTimeout(() => {
      this.#timer = undefined;
      const now = this.#runtime.monotonic();
      for (const [id, watch] of this.#watches) {
        this.#tell(watch);
        if (watch.end <= now) this.end(id);
      }
      if (this.#watches.size > 0) this.#timer ??= this.#tick();
    }, interval);
  }

  #tell(watch: Watch): void {
    const { events, skipped } = watch;
    if (events.length === 0 && skipped === 0) return;
    watch.events = [];
    watch.skipped = 0;
    if (!watch.take({ events, skipped })) watch.skipped = events.length + skipped;
  }
}

/** As they are now: handlers and publishers may change them. */
function copyOf(args: readonly unknown[]): Pick<SeenEvent, 'args'> {
  return { args: decodeValue(encodeValue(args)) as unknown[] };
}
