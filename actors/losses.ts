/**
 * Losses: what will never arrive, told in bursts. The first of a burst starts it; a moment later each kind is told once, with
 * how many there were in all.
 */
import type { Runtime, TimerHandle } from '../runtime.js';
import type { LossReason } from '../transport/frames/frames.js';
import type { EventBus } from './event-bus.js';
import type { NodeCore } from './node-core.js';

/** How long a burst is gathered, in ms. */
const burstInterval = 100;

/** Events between this node and a peer. */
export interface Loss {
  readonly name: string;
  readonly id: string;
  readonly count: number;
  readonly reason: LossReason;
}

/** Records of a log stream. */
export interface RecordLoss {
  readonly stream: string;
  readonly count: number;
  readonly reason: string;
}

export class Losses<L extends { readonly count: number }> {
  readonly #runtime: Runtime;
  readonly #kindOf: (loss: L) => string;
  readonly #tell: (loss: L) => void;
  readonly #burst = new Map<string, L>();
  #timer: TimerHandle | undefined;

  /** Losses of one kind are added up. */
  constructor(runtime: Runtime, kindOf: (loss: L) => string, tell: (loss: L) => void) {
    this.#runtime = runtime;
    this.#kindOf = kindOf;
    this.#tell = tell;
  }

  note(loss: L): void {
    const kind = this.#kindOf(loss);
    const count = (this.#burst.get(kind)?.count ?? 0) + loss.count;
    this.#burst.set(kind, { ...loss, count });
    this.#timer ??= this.#runtime.setTimeout(() => this.close(), burstInterval);
  }

  /** Tells what has been gathered. */
  close(): void {
    this.#runtime.clearTimeout(this.#timer);
    this.#timer = undefined;
    const losses = [...this.#burst.values()];
    this.#burst.clear();
    for (const loss of losses) this.#tell(loss);
  }
}

export function lossesOfEvents({ name: self, runtime, tracer, warnings }: NodeCore, bus: EventBus): Losses<Loss> {
  const kindOf = ({ id, reason }: Loss) => `${id} ${reason}`;
  return new Losses(runtime, kindOf, ({ name, id, count, reason }) => {
    tracer.record('lost', { peer: name, count, reason });
    // A peer can say that it has lost something as often as it likes.
    const message = `${count} events between ${self} and ${name} (${id}) are lost: ${reason}`;
    warnings.tell(`lost ${name} ${reason}`, message);
    bus.raise('Muster::events_lost', [name, id, count, reason]);
  });
}
