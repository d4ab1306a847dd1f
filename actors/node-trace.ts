/**
 * Node trace: what a node as a whole tells the trace: who it is, and its diagnostics.
 */
import type { Diagnostics } from '../logs/diagnostics.js';
import type { Tracer } from '../trace/tracer.js';
import type { NodeCore } from './node-core.js';
import type { Peerings } from './peerings.js';

/** Has the trace tell who the node is, now and to all who begin to listen. */
export function describeNode({ tracer, nodeType, layout }: NodeCore, peerings: Peerings): void {
  const types = Object.fromEntries(Object.entries(layout).map(([name, node]) => [name, node.nodeType]));
  const peersThat = (initiate: boolean) =>
    [...peerings].filter(({ isInitiator }) => isInitiator === initiate).map(({ name }) => name);
  const describe = () =>
    tracer.record('node', { nodeType, layout: types, initiates: peersThat(true), accepts: peersThat(false) });
  tracer.add({ describe });
  describe();
}

/** Diagnostics whose lines are also told to the trace. */
export function tracedDiagnostics(diagnostics: Diagnostics, tracer: Tracer): Diagnostics {
  const through = (level: keyof Diagnostics) => (message: string) => {
    tracer.record('line', { level, message });
    diagnostics[level](message);
  };
  return { error: through('error'), warn: through('warn'), info: through('info'), debug: through('debug') };
}
