/** Every event of each machine, with what it may carry. */
import type { ChildEvent } from '../../machines/child.js';
import type { CloneEvent } from '../../machines/clone.js';
import type { ClusterStartEvent } from '../../machines/cluster-start.js';
import type { NodeEvent } from '../../machines/node.js';
import type { PeeringEvent } from '../../machines/peering.js';

export const peeringEvents: PeeringEvent[] = [
  { type: 'link.up' },
  { type: 'link.lost', reason: 'refused' },
  { type: 'link.hint', reason: 'its subscription is gone' },
  { type: 'link.quiet', duration: 4_000 },
  { type: 'link.quiet', duration: 30_000 },
  { type: 'link.heard' },
  { type: 'link.answered' },
  { type: 'link.judged' },
  { type: 'hello.received', link: 'l1', id: 'A' },
  { type: 'hello.received', link: 'l2', id: 'B' },
  { type: 'hello.refused', reason: 'wrong type' },
  { type: 'accept.received' },
  { type: 'reject.received', reason: 'name taken' },
  { type: 'bye.received' },
  { type: 'protocol.violated', reason: 'a frame of 3 bytes' },
  { type: 'buffer.overflowed' },
  { type: 'local.leaving' },
];
export const nodeEvents: NodeEvent[] = [
  { type: 'node.listening' },
  ...['manager', 'worker-1', 'admin'].flatMap((name): NodeEvent[] => [
    { type: 'peer.up', name },
    { type: 'peer.down', name },
  ]),
  { type: 'layout.changed', outgoing: ['manager'], expected: ['manager', 'worker-1'], managers: ['manager'] },
  { type: 'local.leaving' },
  { type: 'node.drained' },
];

export const startEvents: ClusterStartEvent[] = [
  { type: 'node.reported', name: 'manager' },
  { type: 'node.reported', name: 'worker-1' },
  { type: 'start.seen' },
  { type: 'layout.changed', awaited: ['manager', 'worker-1'] },
];

export const cloneEvents: CloneEvent[] = [
  { type: 'master.up' },
  { type: 'master.down' },
  { type: 'master.available' },
  { type: 'attached' },
  { type: 'refused' },
  { type: 'synced' },
  { type: 'differs' },
];

export const childEvents: ChildEvent[] = [
  { type: 'start' },
  { type: 'stop' },
  { type: 'kill' },
  { type: 'process.listening' },
  { type: 'process.connecting' },
  { type: 'process.ready' },
  { type: 'process.degraded' },
  { type: 'process.leaving' },
  { type: 'process.exited', code: 0 },
  { type: 'process.exited', code: 1 },
  { type: 'process.exited', code: null },
];
