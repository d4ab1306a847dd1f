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

/** What is on its way to one end. */
class Way {
  /** When the last byte that was sent has left. */
  sentAt = 0;
  /** When the last that was sent arrives: nothing overtakes. */
  arrivesAt = 0;
  /** What came while its way carried nothing: TCP tries again until it does. */
  readonly held: (() => void)[] = [];
  /** When the last that has come is taken, and how much is not. */
  takenAt = 0;
  untaken = 0;
}

export class Connection {
  readonly #network: SimulatedNetwork;
  readonly #ends: Record<Side, End>;
  readonly #ways: Record<Side, Way> = { initiator: new Way(), acceptor: new Way() };
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
    this.#arrive(to, frame.length, () => this.#ends[to].take(Buffer.from(copy.buffer)));
  }

  /** One end closes: the other hears so after what was sent before. */
  close(by: Side): void {
    const other = otherThan(by);
    this.#arrive(other, 0, () => {
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
      const { held } = this.#ways[to];
      if (held.length === 0 || !this.#carries(to)) continue;
      this.#ends[to].runtime.endOfTurn(() => {
        for (const come of held.splice(0)) if (this.#isOpen) come();
      });
    }
  }

  #carries(to: Side): boolean {
    return this.#network.ways.carries(this.#ends[otherThan(to)].host, this.#ends[to].host);
  }

  #arrive(to: Side, size: number, happen: () => void): void {
    if (!this.#isOpen) return;
    const { host, runtime } = this.#ends[to];
    const { ways } = this.#network;
    const from = this.#ends[otherThan(to)].host;
    const way = this.#ways[to];
    const now = runtime.monotonic();
    way.sentAt = Math.max(now, way.sentAt) + ways.sending(from, host, size);
    way.arrivesAt = Math.max(way.sentAt + ways.latency(from, host), way.arrivesAt);
    const come = () => this.#take(to, size, happen);
    const task = () => {
      if (!this.#isOpen) return;
      if (way.held.length > 0 || !this.#carries(to)) way.held.push(come);
      else come();
    };
    if (way.arrivesAt <= now) runtime.endOfTurn(task);
    else runtime.setTimeout(task, way.arrivesAt - now);
  }

  /** It has come: a slow reader takes it later. */
  #take(to: Side, size: number, happen: () => void): void {
    const { host, runtime } = this.#ends[to];
    const way = this.#ways[to];
    const now = runtime.monotonic();
    way.takenAt = Math.max(this.#network.readers.take(host, size, now), way.takenAt);
    if (way.takenAt <= now && way.untaken === 0) {
      happen();
      return;
    }
    way.untaken += 1;
    runtime.setTimeout(() => {
      way.untaken -= 1;
      if (this.#isOpen) happen();
    }, way.takenAt - now);
  }
}

function otherThan(side: Side): Side {
  return side === 'initiator' ? 'acceptor' : 'initiator';
}
