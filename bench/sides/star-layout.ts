/**
 * Star layout: a manager that listens on loopback, and workers that connect to it; or loggers to which it connects.
 */
import type { LayoutDefinition, NodeDefinition } from '../../index.js';
import { freePorts } from '../harness/ports.js';

export type Star = Readonly<Record<string, NodeDefinition>> & {
  readonly manager: NodeDefinition & { readonly port: number };
};

export async function starOf(workers: readonly string[]): Promise<Star> {
  const [port = 0] = await freePorts(1);
  const nodes = workers.map((name): [string, NodeDefinition] => [name, { nodeType: 'worker', ip: '127.0.0.1' }]);
  return { ...Object.fromEntries(nodes), manager: { nodeType: 'manager', ip: '127.0.0.1', port } };
}

export async function starOfLoggers(loggers: readonly string[]): Promise<LayoutDefinition> {
  const ports = await freePorts(loggers.length);
  const nodes = loggers.map((name, i) => [name, { nodeType: 'logger', ip: '127.0.0.1', port: ports[i] }]);
  return { ...Object.fromEntries(nodes), manager: { nodeType: 'manager', ip: '127.0.0.1' } };
}
