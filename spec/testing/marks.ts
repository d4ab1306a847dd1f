/**
 * Marks: what nodes have put into the stores of a simulated cluster, and what has become of it. One store is on the
 * simulated disk of the first manager, one in its memory; all nodes that share a peering with it have both.
 */
import { type ClusterNode, MusterError } from '../../index.js';
import { peersOf } from '../../layout/topology.js';
import type { Layout } from '../../layout/types.js';

type Fate = 'pending' | 'settled' | 'never sent' | 'unknown';

interface Mark {
  readonly by: string;
  readonly id: string;
  fate: Fate;
}

/** One was added to a sum: when, and when that was known, in steps of what happens here. */
interface Increment extends Mark {
  readonly store: 'kept' | 'counts';
  readonly begun: number;
  ended: number;
}

export class Marks {
  readonly master: string | undefined;
  readonly #layout: Layout;
  readonly #marks: Mark[] = [];
  readonly #increments: Increment[] = [];
  readonly #faults: string[] = [];
  /** Ids that two lifetimes have had. */
  readonly #confused = new Set<string>();
  #steps = 0;
  /** Since when a master in memory is there, by the lifetime of its node. */
  readonly #masters = new Map<string, number>();

  constructor(layout: Layout) {
    this.#layout = layout;
    this.master = Object.keys(layout).find((name) => layout[name]?.nodeType === 'manager');
  }

  /** Whether a node of this name has the stores. */
  reaches(name: string): boolean {
    return name === this.master || (this.master !== undefined && peersOf(this.#layout, this.master).includes(name));
  }

  setUp(node: ClusterNode): void {
    if (!this.reaches(node.name)) return;
    const kept = node.createStore<string, number | string>('kept', { persistent: true });
    const counts = node.createStore<string, number>('counts');
    kept.ready.catch(() => {});
    if (node.name !== this.master) return;
    this.#masters.set(node.id, this.#steps++);
    for (const { store } of [kept, counts]) store.putUnique('sum', 0).catch(() => {});
  }

  /** One in each store, of about so many bytes, and one more in each sum. */
  add(node: ClusterNode, bytes: number): void {
    const { kept, counts } = node.stores;
    if (kept === undefined || counts === undefined) return;
    const fate = this.#confused.has(node.id) ? 'unknown' : 'pending';
    const one: Mark = { by: node.id, id: `${node.id} ${this.#marks.length}`, fate };
    this.#marks.push(one);
    void counts.store.put(node.name, this.#marks.length).catch(() => {});
    this.#watch(one, kept.store.putUnique(one.id, 'x'.repeat(bytes)), (wasAbsent) => {
      if (wasAbsent !== true) this.#faults.push(`${one.id} was there before it was put`);
    });
    for (const info of [kept, counts]) {
      const store = info.name as Increment['store'];
      const begun = this.#steps++;
      const increment: Increment = { ...one, store, begun, ended: Number.POSITIVE_INFINITY };
      this.#increments.push(increment);
      this.#watch(increment, info.store.increment('sum'), () => {
        increment.ended = this.#steps++;
      });
    }
  }

  /** Nobody will learn how its mutations ended. */
  died(node: ClusterNode): void {
    this.#forget((one) => one.by === node.id && one.fate === 'pending');
  }

  /** Two lifetimes have this id: which of them a mutation was of, its master cannot know. */
  confuse(id: string): void {
    this.#confused.add(id);
    this.#forget((one) => one.by === id);
  }

  /** Once all is well: what went wrong. */
  check(nodes: readonly ClusterNode[]): string[] {
    const faults = [...this.#faults];
    const master = nodes.find(({ name }) => name === this.master);
    if (master === undefined) return faults;
    for (const name of ['kept', 'counts'] as const) {
      const there = contentsOf(master, name);
      for (const node of nodes.filter(({ stores }) => stores[name] !== undefined)) {
        if (contentsOf(node, name) !== there) faults.push(`${node.id} has another ${name} than the manager`);
      }
    }
    for (const { id, fate } of this.#marks) {
      const isThere = master.stores.kept?.store.has(id) ?? false;
      if (fate === 'settled' && !isThere) faults.push(`${id} has settled, and is not there`);
      if (fate === 'never sent' && isThere) faults.push(`${id} was never sent, and is there`);
      if (fate === 'pending') faults.push(`${id} is still pending`);
    }
    const since = this.#masters.get(master.id) as number;
    return [...faults, ...this.#checkSum(master, 'kept', 0), ...this.#checkSum(master, 'counts', since)];
  }

  /** A sum has each increment since then that has settled, and at most once each that may have come. */
  #checkSum(master: ClusterNode, store: Increment['store'], since: number): string[] {
    const all = this.#increments.filter((one) => one.store === store && one.fate !== 'never sent');
    const least = all.filter(({ fate, begun }) => fate === 'settled' && begun >= since).length;
    const most = all.filter(({ ended }) => ended >= since).length;
    const sum = master.stores[store]?.store.get('sum') as number;
    return sum >= least && sum <= most ? [] : [`the sum in ${store} is ${sum}, not from ${least} to ${most}`];
  }

  #forget(isMeant: (one: Mark) => boolean): void {
    for (const one of [...this.#marks, ...this.#increments]) if (isMeant(one)) one.fate = 'unknown';
  }

  #watch(one: Mark, outcome: Promise<unknown>, settled: (result: unknown) => void): void {
    outcome.then(
      (result) => {
        if (one.fate === 'unknown') return;
        one.fate = 'settled';
        settled(result);
      },
      (thrown) => {
        const code = thrown instanceof MusterError ? thrown.code : String(thrown);
        if (one.fate === 'unknown') return;
        if (code === 'MUSTER_STORE_TIMEOUT') one.fate = 'never sent';
        else if (code === 'MUSTER_STORE_OUTCOME_UNKNOWN' || code === 'MUSTER_STORE_CLOSED') one.fate = 'unknown';
        else this.#faults.push(`${one.id}: ${code}`);
      },
    );
  }
}

function contentsOf(node: ClusterNode, name: string): string {
  const entries = [...(node.stores[name]?.store.entries() ?? [])].map((entry) => JSON.stringify(entry));
  return entries.sort().join();
}
