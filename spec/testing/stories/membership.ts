/**
 * Stories of nodes and of the cluster's start: who is ready, degraded, whole again; who leaves; a manager that is new.
 */
import type { Layout } from '../../../layout/types.js';
import { Stage } from './stage.js';
import { manager, of, type Story, workers } from './story.js';

const watched: Layout = { ...workers(1), admin: { nodeType: 'control', ip: '10.0.0.8' } };

const logged: Layout = { 'logger-1': { nodeType: 'logger', ip: '10.0.0.2', port: 1_002 }, manager, ...workers(1) };

export const membership: readonly Story[] = [
  {
    title: 'a cluster starts, and leaves',
    reaches: [
      ...of('node', 'starting node.listening', 'connecting peer.up', 'connecting always', 'ready peer.up'),
      ...of('node', '(any) local.leaving', 'leaving node.drained'),
      ...of('clusterStart', 'counting node.reported', 'counting always #1'),
    ],
    async play() {
      const stage = new Stage({ layout: workers(2) });
      await stage.startAll('manager', 'worker-1', 'worker-2');
      await stage.advance(1_000);
      for (const name of ['worker-1', 'worker-2', 'manager']) await stage.leave(name);
      return stage;
    },
  },
  {
    title: 'a worker loses its manager while it waits for a logger',
    reaches: of('node', 'connecting peer.down'),
    async play() {
      const stage = new Stage({ layout: logged });
      await stage.startAll('manager', 'worker-1');
      await stage.advance(1_000);
      stage.crash('manager');
      await stage.advance(1_000);
      return stage;
    },
  },
  {
    title: 'a manager loses its workers, and they come back',
    reaches: of('node', 'ready peer.down #1', 'degraded peer.down', 'degraded peer.up', 'degraded always'),
    async play() {
      const stage = new Stage({ layout: workers(2) });
      await stage.startAll('manager', 'worker-1', 'worker-2');
      await stage.advance(1_000);
      for (const name of ['worker-1', 'worker-2']) stage.crash(name);
      await stage.advance(3_000);
      await stage.startAll('worker-1', 'worker-2');
      await stage.advance(1_000);
      return stage;
    },
  },
  {
    title: 'somebody who looks after the cluster comes and goes, and nobody misses him',
    reaches: of('node', 'ready peer.down #2'),
    async play() {
      const stage = new Stage({ layout: watched });
      await stage.startAll('manager', 'worker-1', 'admin');
      await stage.advance(1_000);
      await stage.leave('admin');
      await stage.advance(100);
      return stage;
    },
  },
  {
    title: 'a manager that is new to a cluster that has started',
    reaches: of('clusterStart', 'counting start.seen', 'counting always #2'),
    async play() {
      const stage = new Stage({ layout: workers(1) });
      await stage.startAll('manager', 'worker-1');
      await stage.advance(1_000);
      stage.crash('manager');
      await stage.start('manager');
      await stage.advance(3_000);
      return stage;
    },
  },
  {
    title: 'a layout changes before the cluster has started',
    reaches: [...of('node', '(any) layout.changed'), ...of('clusterStart', 'counting layout.changed')],
    async play() {
      const stage = new Stage({ layout: workers(2) });
      await stage.startAll('manager', 'worker-1');
      await stage.advance(1_000);
      await stage.reload(workers(1));
      await stage.advance(1_000);
      return stage;
    },
  },
];
