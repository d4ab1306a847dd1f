/**
 * Node setup: what a node is made from. Environments hand it in: a process its own, a simulator what it simulates.
 */
import type { Options } from '../layout/options.js';
import type { Layout } from '../layout/types.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { LogFiles } from '../logs/files.js';
import type { Runtime } from '../runtime.js';
import type { TraceOutput } from '../trace/output.js';
import type { Transport } from '../transport/transport.js';
import type { NodeHost } from './control/host.js';
import type { NodeParts } from './node-parts.js';
import type { OpenBackend } from './stores/stores.js';

/** Something that looks at a node, such as its metrics. */
export interface Attachment {
  close(): Promise<void>;
}

export interface NodeSetup {
  /** Empty outside a cluster. */
  readonly name: string;
  /** Of this lifetime. @defaultValue a fresh one */
  readonly id?: string;
  readonly layout: Layout;
  readonly options: Readonly<Options>;
  readonly runtime: Runtime;
  readonly transport: Transport;
  /** Reads the node's keys again. Absent: it needs none. */
  readonly reloadKeys?: () => Promise<void>;
  /** Gets the transport ready for the peers of another layout. @returns what makes that the present one */
  readonly prepare?: (layout: Layout) => Promise<() => Promise<void>>;
  readonly diagnostics: Diagnostics;
  /** Where logs are kept. */
  readonly files: LogFiles;
  /** Told each message of the cluster log, too. */
  readonly clusterLogged?: (message: string) => void;
  readonly openBackend: OpenBackend;
  /** Lets others look at the node, once it has started. What it gives back is closed when the node has left. */
  readonly attach?: (parts: NodeParts) => Promise<Attachment>;
  /** Where the trace goes; closed when the node has left. Absent: nowhere. */
  readonly trace?: TraceOutput;
  /** The process around the node. Absent: it has none of its own. */
  readonly host?: NodeHost;
}
