/**
 * Roster: the nodes that a supervisor runs, and the layout in which they are: in which stages, whose turn it is, and who waits
 * for something to become true of them.
 */
import type { Layout } from '../layout/types.js';
import type { Runtime } from '../runtime.js';
import { dueToStart, dueToStop, type Stage, stagesOf } from './stages.js';
import type { SupervisedNode } from './supervised-node.js';

/** Makes a node of the roster's layout. */
export type CreateNode = (name: string, roster: Pick<Roster, 'layout' | 'stages'>) => SupervisedNode;

export class Roster implements Iterable<SupervisedNode> {
  readonly #create: CreateNode;
  readonly #runtime: Pick<Runtime, 'setTimeout' | 'clearTimeout'>;
  #layout: Layout = {};
  #stages: readonly Stage[] = [];
  #nodes: ReadonlyMap<string, SupervisedNode> = new Map();
  readonly #waiting = new Set<() => void>();

  constructor(create: CreateNode, runtime: Pick<Runtime, 'setTimeout' | 'clearTimeout'>) {
    this.#create = create;
    this.#runtime = runtime;
  }

  get layout(): Layout {
    return this.#layout;
  }

  get stages(): readonly Stage[] {
    return this.#stages;
  }

  get byName(): ReadonlyMap<string, SupervisedNode> {
    return this.#nodes;
  }

  [Symbol.iterator](): Iterator<SupervisedNode> {
    return this.#nodes.values();
  }

  get(name: string): SupervisedNode | undefined {
    return this.#nodes.get(name);
  }

  every(isTrue: (node: SupervisedNode) => boolean): boolean {
    return [...this].every(isTrue);
  }

  /** Takes a layout, and the nodes of it to run. @param anew those that it does not take over if they were there before */
  take(layout: Layout, names: readonly string[], anew: readonly string[] = []): void {
    const before = this.#nodes;
    this.#layout = layout;
    this.#stages = stagesOf(layout, names);
    const nodeOf = (name: string) => (anew.includes(name) ? undefined : before.get(name)) ?? this.#create(name, this);
    this.#nodes = new Map(this.#stages.flat().map((name) => [name, nodeOf(name)]));
  }

  /** Whose turn it is to start, or to stop. */
  due(what: 'start' | 'stop'): SupervisedNode[] {
    const nodeOf = (name: string) => this.#nodes.get(name) as SupervisedNode;
    const due = what === 'start' ? dueToStart : dueToStop;
    return due(this.#stages, (name) => nodeOf(name).progress).map(nodeOf);
  }

  /** Something has changed about a node: who waits looks again. */
  changed(): void {
    for (const look of this.#waiting) look();
  }

  /** Resolves when something is true of the nodes, or after `timeout` ms. */
  async until(isTrue: () => boolean, timeout?: number): Promise<void> {
    if (isTrue()) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        this.#waiting.delete(look);
        this.#runtime.clearTimeout(timer);
        resolve();
      };
      const timer = timeout === undefined ? undefined : this.#runtime.setTimeout(end, timeout);
      const look = () => isTrue() && end();
      this.#waiting.add(look);
    });
  }
}
