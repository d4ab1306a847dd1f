/**
 * Scan detection: the script that `muster up … --load scan.ts` runs in each node before the node connects.
 * Every node runs the same script; what it does depends on its type. Start reading here, then follow an attempt:
 * worker.ts → proxy.ts → manager.ts → logger.ts.
 */
import type { OptionsInput } from 'muster';
import type { ScanNode } from './events.ts';
import { readJob } from './job.ts';
import { logger } from './logger.ts';
import { manager } from './manager.ts';
import { proxy } from './proxy.ts';
import { followRun } from './run.ts';
import { worker } from './worker.ts';

/** Who comes and goes is for the cluster log; `--log-level info` shows it here too. */
export const options: OptionsInput = { logLevel: 'warn' };

export default async function scan(node: ScanNode): Promise<void> {
  const job = await readJob(); // What it throws keeps the cluster from starting.
  const run = followRun(node, job);
  switch (node.localNodeType()) {
    case 'worker':
      return worker(node, run, job);
    case 'proxy':
      return proxy(node, job);
    case 'manager':
      return manager(node, run, job);
    case 'logger':
      return logger(node, run);
    default:
      throw new Error(`${node.name}: there is nothing to do for a ${node.localNodeType()} in this example`);
  }
}
