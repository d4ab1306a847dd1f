/**
 * A {@link TestCluster} whose nodes have a port for metrics each.
 */
import type { ExecutionContext } from 'ava';
import type { NodeDefinition, OptionsInput } from '../../index.js';
import { type ReadFamily, readExposition } from './exposition.js';
import { ask, type HttpAnswer, type HttpQuestion } from './http.js';
import { freePorts } from './ports.js';
import { TestCluster } from './test-cluster.js';

export interface MeasuredCluster {
  readonly cluster: TestCluster;
  readonly ports: Readonly<Record<string, number>>;
  ask(name: string, path: string, question?: HttpQuestion): Promise<HttpAnswer>;
  scrape(name: string, format?: 'text' | 'openmetrics'): Promise<Map<string, ReadFamily>>;
}

export async function measuredCluster(
  t: ExecutionContext,
  names: readonly string[],
  options: OptionsInput = {},
): Promise<MeasuredCluster> {
  const cluster = await TestCluster.create(t, names, options);
  const free = await freePorts(names.length);
  const ports = Object.fromEntries(names.map((name, i) => [name, free[i] as number]));
  for (const name of names) {
    cluster.layout[name] = { ...(cluster.layout[name] as NodeDefinition), metricsPort: ports[name] as number };
  }
  const askNode = (name: string, path: string, question?: HttpQuestion) => ask(ports[name] as number, path, question);
  return {
    cluster,
    ports,
    ask: askNode,
    async scrape(name, format = 'text') {
      const accept = format === 'text' ? 'text/plain' : 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
      const { status, headers, body } = await askNode(name, '/metrics', { headers: { accept } });
      t.is(status, 200);
      t.true(
        String(headers['content-type']).startsWith(
          format === 'text' ? 'text/plain; version=0.0.4' : accept.slice(0, 28),
        ),
      );
      return readExposition(body, format);
    },
  };
}
