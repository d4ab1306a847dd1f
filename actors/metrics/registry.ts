/**
 * Registry: families as prom-client wants them, beside the metrics of the process. One is made for each scrape, in the format
 * that is asked for: prom-client gives counters other names when a registry changes its format, and never takes that back.
 */
import { collectDefaultMetrics, type Metric, Registry, type RegistryContentType } from 'prom-client';
import { Histogram } from '../histogram.js';
import type { Family, Labels, Sample } from './family.js';

export type Format = 'text' | 'openmetrics';

/** As prom-client prints it. */
interface Printed {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** If it is not that of the metric. */
  readonly metricName?: string;
}

/** What Node says of the least delay of the event loop, in seconds, while none was measured; the mean is NaN then. */
const noDelay = 2 ** 63 / 1e9;

/** All nodes of a process share its metrics: prom-client never stops watching the garbage collector. */
let processMetrics: Registry | undefined;

/**
 * @param node - Goes with every sample as the label `node`.
 * @param read - Where the samples of a family come from.
 */
export function createRegistry(
  format: Format,
  node: string,
  families: readonly Family[],
  read: (family: Family) => Iterable<Sample>,
): Registry<RegistryContentType> {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(format === 'text' ? Registry.PROMETHEUS_CONTENT_TYPE : Registry.OPENMETRICS_CONTENT_TYPE);
  registry.setDefaultLabels({ node });
  for (const family of families) register(registry, { ...family, get: async () => printed(family, read(family)) });
  for (const { name, help, type, labels, get } of ofProcess()) register(registry, { name, help, type, labels, get });
  return registry;
}

type Described = Pick<Family, 'name' | 'help' | 'type' | 'labels'>;

/** prom-client knows a metric by these alone, but its types ask for a class of its own. */
function register(
  registry: Registry<RegistryContentType>,
  metric: Described & { get(): Promise<readonly Printed[]> },
): void {
  const { name, help, type, labels, get } = metric;
  const own = {
    name,
    help,
    type,
    labelNames: labels,
    // The name is the registry's to change.
    get: async () => ({ name: own.name, help, type, values: await get() }),
  };
  registry.registerMetric(own as unknown as Metric);
}

function* ofProcess(): Iterable<Described & { get(): Promise<readonly Printed[]> }> {
  if (processMetrics === undefined) {
    processMetrics = new Registry();
    collectDefaultMetrics({ register: processMetrics });
  }
  for (const metric of processMetrics.getMetricsAsArray() as unknown as PromMetric[]) {
    const { name, help, type, labelNames } = metric;
    const get = async () =>
      (await metric.get()).values.filter(({ value }) => !Number.isNaN(value) && value !== noDelay);
    yield { name, help, type, labels: labelNames, get };
  }
}

interface PromMetric {
  readonly name: string;
  readonly help: string;
  readonly type: Family['type'];
  readonly labelNames: readonly string[];
  get(): Promise<{ readonly values: readonly Printed[] }>;
}

function printed({ name }: Family, samples: Iterable<Sample>): Printed[] {
  return [...samples].flatMap(({ labels, value }) =>
    value instanceof Histogram ? bucketsOf(name, labels, value) : [{ labels, value }],
  );
}

function bucketsOf(name: string, labels: Labels, { bounds, counts, sum }: Histogram): Printed[] {
  let count = 0;
  const buckets = counts.map((own, place) => {
    count += own;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[place] ?? '+Inf' }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
