/**
 * Stage: a simulated cluster that notes every transition that any machine takes. It has what a kit for users does not need:
 * processes that share a name, read another layout or doubt their links, and hosts that speak the protocol by hand.
 */
import { NodeParts } from '../../../actors/node-parts.js';
import type { OptionsInput } from '../../../layout/options.js';
import { resolveOptions } from '../../../layout/resolve-options.js';
import type { Layout } from '../../../layout/types.js';
import { MemoryBackend } from '../../../stores/memory.js';
import { SimulatedCluster, type SimulationOptions } from '../../../testing/simulated-cluster.js';
import { SimulatedFiles } from '../../../testing/simulated-files.js';
import type { TraceSink } from '../../../trace/record.js';
import { createMemoryTransport } from '../../../transport/memory/transport.js';
import type { Transport } from '../../../transport/transport.js';
import { Stranger } from './stranger.js';

const silent = { error() {}, warn() {}, info() {}, debug() {} };

export interface LaunchOptions {
  /** What the process takes for the layout. */
  readonly layout?: Layout;
  /** What comes between the process and the network. */
  readonly through?: (transport: Transport) => Transport;
}

export interface StageOptions extends Omit<SimulationOptions, 'layout' | 'trace'> {
  readonly layout: Layout;
  readonly options?: OptionsInput;
}

export class Stage extends SimulatedCluster {
  /** What was taken: `acceptor: up.responsive link.hint`. */
  readonly taken: ReadonlySet<string>;
  readonly #trace: TraceSink;
  readonly #nodeOptions: OptionsInput;
  #launched = 0;

  constructor({ layout, options = {}, ...others }: StageOptions) {
    const taken = new Set<string>();
    const trace: TraceSink = ({ kind, data }) => {
      if (kind !== 'transition') return;
      for (const transition of data.transitions) taken.add(`${data.machine}: ${transition}`);
    };
    const nodeOptions: OptionsInput = { retryInterval: 1_000, ...options };
    super(layout, { ...others, layout, options: nodeOptions, trace });
    this.taken = taken;
    this.#trace = trace;
    this.#nodeOptions = nodeOptions;
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
  async launch(name: string, { layout = this.layout, through = (it) => it }: LaunchOptions = {}): Promise<NodeParts> {
    const { runtime } = this.network;
    this.#launched += 1;
    const host = `${name}~${this.#launched}`;
    const parts = new NodeParts({
      name,
      layout,
      options: resolveOptions(this.#nodeOptions, {}),
      runtime,
      transport: through(createMemoryTransport(this.network, { host, runtime })),
      diagnostics: silent,
      files: new SimulatedFiles(() => 0).open(runtime),
      openBackend: () => new MemoryBackend(),
      trace: { write: this.#trace, close: async () => {} },
    });
    await parts.start();
    return parts;
  }

  /** Somebody in the network who is no node. */
  stranger(): Stranger {
    const { runtime } = this.network;
    return new Stranger(createMemoryTransport(this.network, { host: 'stranger', runtime }));
  }
}
