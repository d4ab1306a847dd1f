/**
 * Layouts of whole clusters on the loopback address: a logger, a manager, an eighth of proxies but at most 4, workers.
 */
import type { LayoutDefinition, NodeDefinition } from '../../index.js';
import { freePorts } from '../harness/ports.js';

export interface Cluster {
  readonly layout: LayoutDefinition;
  /** Names in the order in which they are started: a stage when the one before listens, as `muster up` does it. */
  readonly stages: readonly (readonly string[])[];
}

/** A cluster of so many nodes; loggers, manager and proxies get ports from the system. */
export async function clusterOf(size: number, proxyCount = Math.min(4, Math.floor(size / 8))): Promise<Cluster> {
  const proxies = Array.from({ length: proxyCount }, (_, i) => `proxy-${i + 1}`);
  const workers = Array.from({ length: size - 2 - proxyCount }, (_, i) => `worker-${i + 1}`);
  const stages = [['logger'], ['manager'], proxies, workers];
  const ports = await freePorts(2 + proxyCount);
  const typeOf = (name: string) => name.split('-')[0] as NodeDefinition['nodeType'];
  const nodes = stages.flat().map((name, i): [string, NodeDefinition] => {
    const port = ports[i];
    return [name, { nodeType: typeOf(name), ip: '127.0.0.1', ...(port !== undefined && { port }) }];
  });
  return { layout: Object.fromEntries(nodes), stages };
}

/** The ports that a node connects to: those of everything that is started before it and is not of its own kind. */
export function targetsOf({ layout, stages }: Cluster, name: string): number[] {
  const own = stages.findIndex((stage) => stage.includes(name));
  const nodes = layout as Readonly<Record<string, NodeDefinition>>;
  return stages
    .slice(0, own)
    .flat()
    .map((other) => nodes[other]?.port as number);
}
