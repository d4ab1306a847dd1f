/**
 * Delivery: where an event of a peer goes. What a part of the framework says to its like goes to that part, and everything
 * else to the handlers of its name; a name of the framework's may be used only by the peer whose it is.
 */
import type { Headers } from '../transport/codec.js';
import { controlEvent } from './control/messages.js';
import type { EventSpans } from './event-spans.js';
import { type FrameworkEvents, isFrameworkEvent } from './events.js';
import { logEvent } from './logging/messages.js';
import type { Peer } from './node-core.js';
import type { NodeParts } from './node-parts.js';
import { storeEvent } from './stores/messages.js';
import { Traffic } from './traffic.js';

/** Made before all of it is there. */
export type DeliveryParts = Pick<NodeParts, 'core' | 'bus' | 'stores' | 'logs' | 'control' | 'membership'>;

export class Delivery {
  /** What came from peers. */
  readonly received: Traffic;
  /** Runs the handlers of events that bear the context of a trace; absent where nobody traces. */
  spans: EventSpans | undefined;
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.received = new Traffic(parts.core.options);
  }

  /** An event has come from a peer, of `size` bytes. */
  readonly take = (
    peer: Peer,
    topic: string,
    event: string,
    args: unknown[],
    size: number,
    headers: Headers | undefined,
  ): Promise<unknown> | undefined => {
    this.received.count(topic, size);
    if (headers === undefined || this.spans === undefined) return this.#hand(peer, event, args);
    return this.spans.handle({ topic, event, from: peer.name, headers }, () => this.#hand(peer, event, args));
  };

  #hand(peer: Peer, event: string, args: unknown[]): Promise<unknown> | undefined {
    if (event === storeEvent) this.#parts.stores.receive(peer, args);
    else if (event === logEvent) this.#parts.logs.receive(peer, args);
    else if (event === controlEvent) this.#parts.control.receive(peer, args);
    else if (isFrameworkEvent(event)) return this.#handReserved(peer, event, args);
    else return this.#parts.bus.deliver(peer.name, event, args);
    return undefined;
  }

  #handReserved(peer: Peer, event: keyof FrameworkEvents, args: unknown[]): Promise<unknown> | undefined {
    const { core, bus, membership } = this.#parts;
    if (!membership.mayPublish(peer, event, args)) {
      core.counters.forged += 1;
      core.warnings.tell(
        `forged ${peer.name} ${event}`,
        `dropped an event ${event} from ${peer.name}: it is not its to publish`,
      );
      return undefined;
    }
    const handling = bus.deliver(peer.name, event, args);
    membership.noteDelivered(peer, event);
    return handling;
  }
}
