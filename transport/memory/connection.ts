/**
 * Connection: two ends and what is on its way between them, each way in order.
 */
import type { Runtime } from '../../runtime.js';
import type { SimulatedNetwork } from './network.js';

export interface End {
  readonly host: string;
  /** On which it is told: that of a host which stands still waits. */
  readonly runtime: Runtime;
  /** A frame has come. */
  take(frame: Uint8Array): void;
  /** The other end is gone. Everything that came before has been taken. */
  ended(): void;
}

type Side = 'initiator' | 'acceptor';

export class Connection {
  readonly #network: SimulatedNetwork;
  readonly #ends: Record<Side, End>;
  /** When the last that was sent each way arrives: nothing overtakes. */
  readonly #lastArrival: Record<Side, number> = { initiator: 0, acceptor: 0 };
  /** What came while its way carried nothing: TCP tries again until it does. */
  readonly #held: Record<Side, (() => void)[]> = { initiator: [], acceptor: [] };
  #isOpen = true;

  constructor(network: SimulatedNetwork, initiator: End, acceptor: End) {
    this.#network = network;
    this.#ends = { initiator, acceptor };
    network.add(this);
  }

  joins(one: string, other: string): boolean {
    const { initiator, acceptor } = this.#ends;
    return (initiator.host === one && acceptor.host === other) || (initiator.host === other && acceptor.host === one);
  }

  send(to: Side, frame: Uint8Array): void {
    const copy = Uint8Array.from(frame);
    this.#arrive(to, () => this.#ends[to].take(Buffer.from(copy.buffer)));
  }

  /** One end closes: the other hears so after what was sent before. */
  close(by: Side): void {
    const other = by === 'initiator' ? 'acceptor' : 'initiator';
    this.#arrive(other, () => {
      this.#isOpen = false;
      this.#network.remove(this);
      this.#ends[other].ended();
    });
  }

  /** It ends at once, with what is on its way, and both ends hear so. */
  breakOff(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#network.remove(this);
    const { initiator, acceptor } = this.#ends;
    for (const end of [initiator, acceptor]) end.runtime.endOfTurn(() => end.ended());
  }

  /** Its ways may carry again. */
  resume(): void {
    for (const to of ['initiator', 'acceptor'] as const) {
      const { host, runtime } = this.#ends[to];
      const from = this.#ends[to === 'initiator' ? 'acceptor' : 'initiator'].host;
      if (this.#held[to].length === 0 || !this.#network.carries(from, host)) continue;
      runtime.endOfTurn(() => {
        for (const happen of this.#held[to].splice(0)) if (this.#isOpen) happen();
      });
    }
  }

  #arrive(to: Side, happen: () => void): void {
    const { runtime } = this.#ends[to];
    const [from, receiver] = [this.#ends[to === 'initiator' ? 'acceptor' : 'initiator'].host, this.#ends[to].host];
    if (!this.#isOpen) return;
    const now = runtime.monotonic();
    const arrival = Math.max(now + this.#network.latency(from, receiver), this.#lastArrival[to]);
    this.#lastArrival[to] = arrival;
    const task = () => {
      if (!this.#isOpen) return;
      if (this.#held[to].length > 0 || !this.#network.carries(from, receiver)) this.#held[to].push(happen);
      else happen();
    };
    if (arrival <= now) runtime.endOfTurn(task);
    else runtime.setTimeout(task, arrival - now);
  }
}
