/**
 * Source: publishes numbered events of a workload from a node, as a user would write it: as fast as the node lets it, or
 * at a pace.
 */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { ClusterNode } from '../../index.js';
import { firstSequence, type Workload } from './workloads.js';

export interface Source {
  /** Events that were published so far. */
  readonly published: number;
  /** Once all receivers are up, publishes until {@link stop}: `rate` events a second, what is overdue at once; without a rate as fast as it can. */
  begin(rate?: number): Promise<void>;
  /** Resolves with {@link published}. */
  stop(): Promise<number>;
}

/** A node all of whose peers are gone takes everything at once: the process must look at its messages all the same. */
const maxWithoutPause = 1_000_000;
/** How often a paced source publishes what is due, in ms. */
const tick = 1;

/** @param receivers how many workers, or else loggers, there are to be: what is published before they are up is for nobody. */
export function createSource(node: ClusterNode, workload: Workload, receivers: number): Source {
  const nodeType = node.peers[0]?.type === 'logger' ? 'logger' : 'worker';
  const topic = node.options[`${nodeType}Topic`];
  let published = 0;
  let isRunning = false;
  let running: Promise<void> | undefined;

  async function flatOut(): Promise<void> {
    let since = 0;
    while (isRunning) {
      const hasRoom = workload.publish(node, topic, firstSequence + published);
      published += 1;
      since += 1;
      if (hasRoom && since < maxWithoutPause) continue;
      since = 0;
      await (hasRoom ? turn() : node.drained());
    }
  }

  async function paced(rate: number): Promise<void> {
    const [start, before] = [performance.now(), published];
    while (isRunning) {
      const due = before + Math.floor(((performance.now() - start) * rate) / 1_000);
      while (isRunning && published < due) {
        const hasRoom = workload.publish(node, topic, firstSequence + published);
        published += 1;
        if (!hasRoom) await node.drained();
      }
      await sleep(tick);
    }
  }

  return {
    get published() {
      return published;
    },
    async begin(rate) {
      while (node.getActiveNodeCount(nodeType) < receivers) await turn();
      isRunning = true;
      running = rate === undefined ? flatOut() : paced(rate);
    },
    async stop() {
      isRunning = false;
      await running;
      return published;
    },
  };
}
