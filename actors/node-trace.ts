/**
 * Node trace: what a node as a whole tells the trace: who it is, and its diagnostics.
 */
import { messageOf } from '../errors.js';
import type { Options } from '../layout/options.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { TraceRecord } from '../trace/record.js';
import type { Tracer } from '../trace/tracer.js';
import type { NodeCore } from './node-core.js';
import type { Part } from './part.js';
import type { Peerings } from './peerings.js';

/** Has the trace tell who the node is: now, to all who begin to listen, and when the layout changes. */
export function describeNode(core: NodeCore, peerings: Peerings): Part {
  const { tracer, nodeType } = core;
  const peersThat = (initiate: boolean) =>
    peerings.planned.filter(({ address }) => (address !== undefined) === initiate).map(({ name }) => name);
  const describe = () => {
    const layout = Object.fromEntries(Object.entries(core.layout).map(([name, node]) => [name, node.nodeType]));
    tracer.record('node', { nodeType, layout, initiates: peersThat(true), accepts: peersThat(false) });
    tellCounters(core, peerings);
  };
  tracer.add({ describe });
  describe();
  return { follow: describe };
}

/** Tells what has passed on the peerings. */
export function tellCounters({ tracer }: NodeCore, peerings: Peerings): void {
  if (!tracer.isOn) return;
  const peers = Object.fromEntries([...peerings].map(({ name, totals }) => [name, totals]));
  tracer.record('counters', { peers }, undefined);
}

/** As a user's hook wants it. A record of which the hook throws is told to nobody: it may have what must not be told. */
export function redactionOf(
  hook: Options['redactTrace'],
  diagnostics: Diagnostics,
): ((record: TraceRecord) => TraceRecord | undefined) | undefined {
  if (hook === undefined) return undefined;
  let hasThrown = false;
  return (record) => {
    try {
      return hook(record);
    } catch (thrown) {
      if (!hasThrown) diagnostics.error(`redactTrace threw, and leaves records out: ${messageOf(thrown)}`);
      hasThrown = true;
      return undefined;
    }
  };
}

/** Diagnostics whose lines are also told to the trace. */
export function tracedDiagnostics(diagnostics: Diagnostics, tracer: Tracer): Diagnostics {
  const through = (level: keyof Diagnostics) => (message: string) => {
    tracer.record('line', { level, message });
    diagnostics[level](message);
  };
  return { error: through('error'), warn: through('warn'), info: through('info'), debug: through('debug') };
}
