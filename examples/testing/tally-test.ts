/**
 * Finds the bug of `tally.ts`, without a socket and in no time: runs a cluster on virtual time under random faults until
 * the manager's total is not what the workers have counted, and says how to see it again.
 *
 *   node examples/testing/tally-test.ts        (Node 22.18 or newer; else: npx jiti examples/testing/tally-test.ts)
 */
import { type SimulatedCluster, simulateCluster } from 'muster/testing';
import tally, { count, type Events, totals } from './tally.ts';

const layout = {
  manager: { nodeType: 'manager', ip: '127.0.0.1', port: 1_000 },
  'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
  'worker-2': { nodeType: 'worker', ip: '127.0.0.1' },
} as const;
const workers = ['worker-1', 'worker-2'] as const;

/** @returns what the workers have counted, and what the manager has. */
async function trial(seed: number): Promise<{ counted: number; total: number; cluster: SimulatedCluster<Events> }> {
  const cluster = await simulateCluster<Events>({ layout, setup: tally, seed, options: { retryInterval: 1_000 } });
  await cluster.advance(1_000);
  let counted = 0;
  for (let step = 0; step < 30; step++) {
    const worker = workers[Math.floor(cluster.random() * workers.length)] ?? 'worker-1';
    const chance = cluster.random();
    if (chance < 0.2) cluster.cut(worker, 'manager');
    else if (chance < 0.3) cluster.block(worker, 'manager');
    else if (chance < 0.4) cluster.unblock(worker, 'manager');
    else {
      count(cluster.node(worker));
      counted += 1;
    }
    await cluster.advance(cluster.random() * 20_000);
  }
  cluster.heal();
  await cluster.advance(60_000);
  return { counted, total: totals.get(cluster.node('manager').id) ?? 0, cluster };
}

for (let seed = 1; seed <= 1_000; seed++) {
  const { counted, total, cluster } = await trial(seed);
  if (counted === total) continue;
  console.log(`seed ${seed}: ${counted} counted, ${total} at the manager`);
  for (const { at, node, message } of cluster.lines.filter(({ message }) => message.includes('lost'))) {
    console.log(`  ${(at / 1_000).toFixed(1)} s ${node}: ${message}`);
  }
  process.exitCode = 1;
  break;
}
