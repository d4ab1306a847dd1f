/**
 * Idle: what a cluster of ten nodes, a process each, costs while nothing happens; beside as many bare processes with the
 * same connections, at the same time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Result, Setting } from '../harness/bench.js';
import { cpuSeconds, memoryOf } from '../harness/machine.js';

import { median, rounded } from '../harness/statistics.js';
import { short, type Table } from '../harness/table.js';
import { type StartedCluster, startBareCluster, startMusterCluster } from '../sides/clusters.js';

/** A logger, a manager, two proxies, six workers. */
const size = 10;
const proxies = 2;
/** What a node may cost: percent of a core, and MiB of resident memory. */
const limits = { cpu: 1, memory: 100 };
/** Compilers and collectors have work left when a cluster has just started, in ms. */
const settling = 3_000;

interface Cost {
  readonly name: string;
  readonly cpu: number;
  readonly resident: number;
  readonly share: number;
}

export const bench: Bench = {
  title: `a cluster of ${size} idle nodes: percent of a core and resident memory of a node`,
  order: 8,
  async run(setting) {
    const seconds = setting.seconds ?? 20;
    const muster = await startMusterCluster(setting, size, proxies);
    const bare = await startBareCluster(setting, size, proxies);
    setting.say(`${2 * size} processes are up; watching them for ${seconds} s`);
    await sleep(Math.min(settling, seconds * 1_000));
    const [musterCosts, bareCosts] = await Promise.all([watch(muster, seconds), watch(bare, seconds)]);
    await end(setting, muster, bare);
    return report(musterCosts, bareCosts, seconds);
  },
};

async function watch({ players }: StartedCluster, seconds: number): Promise<Cost[]> {
  const all = [...players].map(([name, { pid }]) => ({ name, pid, start: performance.now(), before: cpuSeconds(pid) }));
  await sleep(seconds * 1_000);
  return all.map(({ name, pid, start, before }) => ({
    name,
    cpu: (100 * (cpuSeconds(pid) - before) * 1_000) / (performance.now() - start),
    ...memoryOf(pid),
  }));
}

async function end({ processes }: Setting, ...clusters: readonly StartedCluster[]): Promise<void> {
  await processes.end(clusters.flatMap(({ players }) => [...players.values()]));
}

function report(muster: readonly Cost[], bare: readonly Cost[], seconds: number): Result {
  const worst = (of: readonly Cost[], key: 'cpu' | 'resident') => Math.max(...of.map((cost) => cost[key]));
  const middle = (of: readonly Cost[], key: 'cpu' | 'resident' | 'share') => median(of.map((cost) => cost[key]));
  const row = (title: string, ofAll: readonly Cost[], isNamed: (name: string) => boolean = () => true) => {
    const of = ofAll.filter(({ name }) => isNamed(name));
    return [
      title,
      ...[middle(of, 'cpu'), worst(of, 'cpu'), middle(of, 'resident'), worst(of, 'resident'), middle(of, 'share')].map(
        short,
      ),
    ];
  };
  const kinds = [...new Set(muster.map(({ name }) => name.split('-')[0] as string))];
  const table: Table = [
    ['', 'CPU %', 'worst', 'resident MB', 'worst', 'of that its own'],
    row('Muster nodes', muster),
    ...kinds.map((kind) => row(`  ${kind}`, muster, (name) => name.startsWith(kind))),
    row('bare processes', bare),
  ];
  const figuresOf = (of: readonly Cost[]) => ({
    cpuPercent: { median: rounded(middle(of, 'cpu')), worst: rounded(worst(of, 'cpu')) },
    residentMebibytes: { median: rounded(middle(of, 'resident')), worst: rounded(worst(of, 'resident')) },
  });
  const cpuRoom = limits.cpu / worst(muster, 'cpu');
  const memoryRoom = limits.memory / worst(muster, 'resident');
  return {
    ratio: Math.min(cpuRoom, memoryRoom),
    table,
    notes: [
      `ratio: limit ÷ worst node, of CPU (${limits.cpu} %) or memory (${limits.memory} MB), whichever is nearer.`,
    ],
    figures: { unit: '%', muster: figuresOf(muster), bare: figuresOf(bare), limits, seconds },
  };
}
