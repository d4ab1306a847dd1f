/**
 * Node trace: what a node as a whole tells the trace: who it is, and its diagnostics.
 */
import { messageOf } from '../errors.js';
import type { Options } from '../layout/options.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { TimerHandle } from '../runtime.js';
import type { TraceRecord } from '../trace/record.js';
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

/** Counters are told so often, in ms. */
const countersInterval = 1_000;

/** Has the trace tell what passes on the peerings, whenever somebody listens. @returns a function that ends it. */
export function countPeers({ tracer, runtime }: NodeCore, peerings: Peerings): () => void {
  let timer: TimerHandle;
  const tell = () => {
    const peers = Object.fromEntries([...peerings].map(({ name, totals }) => [name, totals]));
    tracer.record('counters', { peers }, undefined);
  };
  const again = () => {
    timer = runtime.setTimeout(() => {
      tell();
      again();
    }, countersInterval);
  };
  const end = () => {
    runtime.clearTimeout(timer);
    timer = undefined;
  };
  const forget = tracer.add({
    begin: () => {
      if (timer === undefined) again();
    },
    end,
    describe: tell,
  });
  return () => {
    forget();
    end();
  };
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
