/**
 * Stage: a simulated cluster that notes every transition that any machine takes. It has what a kit for users does not need:
 * processes that share a name, read another layout or doubt their links, and hosts that speak the protocol by hand.
 */
import type { ClusterNode } from '../../../actors/cluster-node.js';
import type { OptionsInput } from '../../../layout/options.js';
import type { Layout } from '../../../layout/types.js';
import { type LaunchOptions, SimulatedCluster, type SimulationOptions } from '../../../testing/simulated-cluster.js';
import type { TraceSink } from '../../../trace/record.js';
import { createMemoryTransport } from '../../../transport/memory/transport.js';
import { Stranger } from './stranger.js';

export interface StageOptions extends Omit<SimulationOptions, 'layout' | 'trace'> {
  readonly layout: Layout;
  readonly options?: OptionsInput;
}

export class Stage extends SimulatedCluster {
  /** What was taken: `acceptor: up.responsive link.hint`. */
  readonly taken: ReadonlySet<string>;
  #others = 0;

  constructor({ layout, options = {}, ...others }: StageOptions) {
    const taken = new Set<string>();
    const trace: TraceSink = ({ kind, data }) => {
      if (kind !== 'transition') return;
      for (const transition of data.transitions) taken.add(`${data.machine}: ${transition}`);
    };
    super(layout, { ...others, layout, options: { retryInterval: 1_000, ...options }, trace });
    this.taken = taken;
  }

  /** Starts nodes, one after the other. */
  async startAll(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.start(name);
  }

  /** Lets time go by until a transition was taken, and no longer. */
  async taking(transition: string): Promise<void> {
    await this.until(() => this.taken.has(transition), { step: 1 });
  }

  /** Starts a process under a name, whether or not one runs under it, on a host of its own. */
  another(name: string, options: LaunchOptions = {}): Promise<ClusterNode> {
    this.#others += 1;
    return this.launch('start', `${name}~${this.#others}`, name, options);
  }

  /** Somebody in the network who is no node. */
  stranger(): Stranger {
    const { runtime } = this.network;
    return new Stranger(createMemoryTransport(this.network, { host: 'stranger', runtime }));
  }
}
