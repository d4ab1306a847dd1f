/**
 * Marks: what nodes have put into the stores of a simulated cluster, and what has become of it. One store is on the
 * simulated disk of the manager, one in its memory; all nodes have both.
 */
import { type ClusterNode, MusterError } from '../../index.js';

type Fate = 'pending' | 'settled' | 'never sent' | 'unknown';

interface Mark {
  readonly by: string;
  readonly id: string;
  fate: Fate;
}

export class Marks {
  readonly #marks: Mark[] = [];
  readonly #faults: string[] = [];

  setUp(node: ClusterNode): void {
    const kept = node.createStore<string, true>('kept', { persistent: true });
    node.createStore<string, number>('counts');
    kept.ready.catch(() => {});
  }

  /** One in each store. */
  add(node: ClusterNode): void {
    const { kept, counts } = node.stores;
    const one: Mark = { by: node.id, id: `${node.id} ${this.#marks.length}`, fate: 'pending' };
    this.#marks.push(one);
    void counts?.store.put(node.name, this.#marks.length).catch(() => {});
    kept?.store.putUnique(one.id, true).then(
      (wasAbsent) => {
        one.fate = 'settled';
        if (!wasAbsent) this.#faults.push(`${one.id} was there before it was put`);
      },
      (thrown) => {
        const code = thrown instanceof MusterError ? thrown.code : String(thrown);
        if (code === 'MUSTER_STORE_TIMEOUT') one.fate = 'never sent';
        else if (code === 'MUSTER_STORE_OUTCOME_UNKNOWN' || code === 'MUSTER_STORE_CLOSED') one.fate = 'unknown';
        else this.#faults.push(`${one.id}: ${code}`);
      },
    );
  }

  /** Nobody will learn how its mutations ended. */
  died(node: ClusterNode): void {
    for (const one of this.#marks) if (one.by === node.id && one.fate === 'pending') one.fate = 'unknown';
  }

  /** Once all is well: what went wrong. */
  check(nodes: readonly ClusterNode[]): string[] {
    const faults = [...this.#faults];
    const contents = (node: ClusterNode, name: string) => {
      const entries = [...(node.stores[name]?.store.entries() ?? [])].map((entry) => JSON.stringify(entry));
      return entries.sort().join();
    };
    const manager = nodes.find((node) => node.localNodeType() === 'manager') as ClusterNode;
    for (const name of ['kept', 'counts']) {
      const there = contents(manager, name);
      for (const node of nodes) {
        if (contents(node, name) !== there) faults.push(`${node.id} has another ${name} than the manager`);
      }
    }
    for (const { id, fate } of this.#marks) {
      const isThere = manager.stores.kept?.store.has(id) ?? false;
      if (fate === 'settled' && !isThere) faults.push(`${id} has settled, and is not there`);
      if (fate === 'never sent' && isThere) faults.push(`${id} was never sent, and is there`);
      if (fate === 'pending') faults.push(`${id} is still pending`);
    }
    return faults;
  }
}
