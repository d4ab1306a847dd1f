/**
 * Stream source: publishes numbers to peers at a steady pace, whether or not they keep up. Its flows go one way, so that
 * what it counts as lost was lost on that way.
 */
import { type ClusterNode, MusterError } from 'muster';

/** ms between two lots of numbers. */
const pace = 5;
/** So many lots come at once after the process could not publish for a while. */
const lotsAtOnce = 8;
/** Numbers that a peer misses which goes down, if the plan is `burst`. */
const burst = 50;

export interface StreamPlan {
  /** Names of the peers, each of which gets numbers of its own. */
  readonly to: readonly string[];
  /** Numbers that each peer gets in a second. */
  readonly perSecond: number;
  /** Bytes that go with the numbers, in turn. */
  readonly sizes: readonly number[];
  /** What a peer that is down gets: numbers all the time, some at once, or none before it is up again. */
  readonly whileDown: 'all' | 'burst' | 'none';
}

interface Flow {
  readonly peer: string;
  published: number;
  isOpen: boolean;
}

export class StreamSource {
  readonly #node: ClusterNode;
  readonly #plan: StreamPlan;
  readonly #flows: Flow[];
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #mustWait = false;

  /** To be made in the setup of a node. Flows begin when their peers are first up. */
  constructor(node: ClusterNode, plan: StreamPlan) {
    this.#node = node;
    this.#plan = plan;
    this.#flows = plan.to.map((peer) => ({ peer, published: 0, isOpen: false }));
    node.on('Cluster::node_up', (name) => this.#open(name));
    node.on('Cluster::node_down', (name) => this.#close(name));
    this.#timer = setInterval(() => this.#publishLot(), pace);
  }

  /** The last number that was published, by name of the peer. */
  get published(): Record<string, number> {
    return Object.fromEntries(this.#flows.map(({ peer, published }) => [peer, published]));
  }

  /** Ends all flows. Resolves once all is acknowledged, and one last number, for which there is room, was published. */
  async finish(): Promise<Record<string, number>> {
    clearInterval(this.#timer);
    for (const flow of this.#flows) {
      while (!this.#isIdle(flow.peer)) await new Promise((resolve) => setTimeout(resolve, pace));
      this.#publish(flow);
    }
    return this.published;
  }

  #open(name: string): void {
    for (const flow of this.#flows) if (flow.peer === name) flow.isOpen = true;
  }

  #close(name: string): void {
    const { whileDown } = this.#plan;
    for (const flow of this.#flows) {
      if (flow.peer !== name || whileDown === 'all') continue;
      for (let i = 0; whileDown === 'burst' && i < burst; i++) this.#publish(flow);
      flow.isOpen = false;
    }
  }

  #publishLot(): void {
    const lot = (this.#plan.perSecond * pace) / 1_000;
    this.#due = Math.min(this.#due + lot, Math.max(1, lot * lotsAtOnce));
    for (; this.#due >= 1; this.#due--) {
      for (const flow of this.#flows) if (flow.isOpen && !this.#mustWait) this.#publish(flow);
    }
  }

  #publish(flow: Flow): void {
    const { sizes } = this.#plan;
    flow.published += 1;
    const number = flow.published;
    const payload = new Uint8Array(sizes[number % sizes.length] as number).fill(number);
    try {
      const hasRoom = this.#node.publish(
        this.#node.nodeTopic(flow.peer),
        'Stream::number',
        this.#node.id,
        number,
        payload,
        payload.length,
      );
      if (!hasRoom) this.#wait();
    } catch (error) {
      if (!(error instanceof MusterError) || error.code !== 'MUSTER_BUFFER_FULL') throw error;
      flow.published -= 1;
      this.#wait();
    }
  }

  #wait(): void {
    if (this.#mustWait) return;
    this.#mustWait = true;
    void this.#node.drained().then(() => {
      this.#mustWait = false;
    });
  }

  #isIdle(peer: string): boolean {
    const { state, counters } = this.#node.peers.find(({ name }) => name === peer) ?? {};
    return (state === 'up' || state === 'unresponsive') && counters?.unacknowledged === 0;
  }
}
