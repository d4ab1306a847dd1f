/**
 * Counting: nodes that publish numbers to each other, and check that those they get come one after the other.
 * A flow to a peer begins with 1 when the peer is first up, is at most a window ahead of what the peer has seen, and
 * has events of all sizes: small ones, some that fill a frame, and some that need several.
 */
import type { ClusterNode } from '../../index.js';

/** Numbers that may be on their way to one peer. */
const window = 1_024;
/** A number that this divides is confirmed. */
const confirmed = 64;
/** Load has a pace, in ms: as many nodes as a test needs are to share a small machine. */
const pace = 10;
const numbersAtOnce = 64;

/** What came from one lifetime of a peer. */
export interface Account {
  readonly sender: string;
  readonly first: number;
  readonly last: number;
  /** Numbers that did not follow the one before, in words. */
  readonly wrong: readonly string[];
}

/** What a test asks of a node that counts, be it in this process or in another. */
export interface Counts {
  halt(): Record<string, number> | Promise<Record<string, number>>;
  received(id: string, upTo: number): Promise<void>;
  readonly accounts: Readonly<Record<string, Account>> | Promise<Readonly<Record<string, Account>>>;
}

interface Flow {
  /** Whether it goes on by itself. */
  readonly isEndless: boolean;
  /** Lifetime of the peer to which it runs; empty before the first. */
  id: string;
  published: number;
  seen: number;
}

interface Waiting {
  readonly id: string;
  readonly upTo: number;
  readonly resolve: () => void;
}

export class Counting implements Counts {
  readonly #node: ClusterNode;
  readonly #flows = new Map<string, Flow>();
  readonly #accounts = new Map<string, { sender: string; first: number; last: number; wrong: string[] }>();
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** To be made in the setup of a node. */
  constructor(node: ClusterNode) {
    this.#node = node;
    node.on('Counting::number', (id: string, number: number) => this.#take(node.eventSender() ?? '', id, number));
    node.on('Counting::seen', (number: number) => this.#confirmed(node.eventSender() ?? '', number));
    node.on('Cluster::node_up', (name, id) => this.#isUp(name, id));
  }

  /** What has come, by id of the lifetime that sent it. */
  get accounts(): Readonly<Record<string, Account>> {
    return Object.fromEntries(this.#accounts);
  }

  /** Begins flows to `peers`, without end. */
  begin(peers: readonly string[]): void {
    for (const name of peers) {
      const flow: Flow = { isEndless: true, id: '', published: 0, seen: 0 };
      this.#flows.set(name, flow);
      const peer = this.#node.peers.find((peer) => peer.name === name);
      if (peer?.state === 'up') this.#isUp(name, peer.id);
    }
    this.#timer ??= setInterval(() => this.#publishSome(), pace).unref();
  }

  /** Publishes no more. @returns the last number that was published, by name of the peer. */
  halt(): Record<string, number> {
    clearInterval(this.#timer);
    return Object.fromEntries([...this.#flows].map(([name, { published }]) => [name, published]));
  }

  /** Publishes `count` numbers at once, whether or not the peer has seen any. */
  burst(name: string, count: number): void {
    const flow = this.#flows.get(name) ?? { isEndless: false, id: '', published: 0, seen: 0 };
    this.#flows.set(name, flow);
    for (let i = 0; i < count; i++) this.#publish(name, flow);
  }

  /** Resolves once number `upTo` of the lifetime `id` has come. */
  received(id: string, upTo: number): Promise<void> {
    if ((this.#accounts.get(id)?.last ?? 0) >= upTo) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ id, upTo, resolve }));
  }

  #isUp(name: string, id: string): void {
    const flow = this.#flows.get(name);
    if (flow === undefined || flow.id === id) return;
    flow.id = id;
    flow.seen = flow.published; // what the lifetime before did not get is lost
  }

  #confirmed(name: string, number: number): void {
    const flow = this.#flows.get(name);
    if (flow !== undefined) flow.seen = Math.max(flow.seen, number);
  }

  #publishSome(): void {
    if (this.#hasLeft) return;
    for (const [name, flow] of this.#flows) {
      if (!flow.isEndless || flow.id === '') continue;
      const upTo = Math.min(flow.published + numbersAtOnce, flow.seen + window);
      while (flow.published < upTo) this.#publish(name, flow);
    }
  }

  #publish(name: string, flow: Flow): void {
    flow.published += 1;
    this.#node.publish(
      this.#node.nodeTopic(name),
      'Counting::number',
      this.#node.id,
      flow.published,
      'x'.repeat(paddingOf(flow.published)),
    );
  }

  #take(sender: string, id: string, number: number): void {
    let account = this.#accounts.get(id);
    if (account === undefined) {
      account = { sender, first: number, last: number, wrong: [] };
      this.#accounts.set(id, account);
    } else {
      if (number !== account.last + 1) account.wrong.push(`${number} after ${account.last}`);
      account.last = number;
    }
    if (this.#waiting.length > 0) this.#settle();
    if (number % confirmed === 0 && !this.#hasLeft)
      this.#node.publish(this.#node.nodeTopic(sender), 'Counting::seen', number);
  }

  get #hasLeft(): boolean {
    return this.#node.state === 'leaving' || this.#node.state === 'left';
  }

  #settle(): void {
    const isThere = ({ id, upTo }: Waiting) => (this.#accounts.get(id)?.last ?? 0) >= upTo;
    const done = this.#waiting.filter(isThere);
    if (done.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !isThere(waiting));
    for (const { resolve } of done) resolve();
  }
}

function paddingOf(number: number): number {
  if (number % 500 === 0) return 150_000;
  return number % 10 === 0 ? 1_000 : 0;
}
