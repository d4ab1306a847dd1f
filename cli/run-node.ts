/**
 * One node in this process, from joining to having left. `muster node` and the processes of `muster up` share it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterNode } from '../actors/cluster-node.js';
import { type JoinOptions, joinCluster } from '../actors/join-cluster.js';
import type { FromNode, NodeReport } from './messages.js';

/** Why a node is to leave: it was asked to, or its supervisor is gone. */
export type LeaveReason = 'asked' | 'orphaned';

/** An orphan waits so long for those who leave before it, in ms. */
const orphanPatience = 6_000;

/** Not every change of a peering is an event: the others are seen after so long, in ms. */
const reportInterval = 1_000;

/** Events after which a node has something to report. */
const news = [
  'Cluster::node_up',
  'Cluster::node_down',
  'Cluster::Experimental::node_fully_connected',
  'Muster::degraded',
  'Muster::recovered',
  'Muster::leaving',
] as const;

export interface NodeRun {
  /** How to join; `setup` runs the bootstrap scripts. */
  readonly join: JoinOptions & { readonly setup: (node: ClusterNode) => Promise<void> };
  readonly tell: (message: FromNode) => void;
  /** Given the node before its bootstrap scripts run. */
  readonly born?: (node: ClusterNode) => void | Promise<void>;
  /** Aborted, with a {@link LeaveReason}, when the node is to leave. */
  readonly signal: AbortSignal;
  /** Peers that an orphan lets leave first. */
  readonly stopsAfter: () => readonly string[];
}

/**
 * Settles when the node has left, because it was told to or by itself.
 * @throws {@link MusterError} what kept it from joining, or made it leave.
 */
export async function runNode({ join, tell, born, signal, stopsAfter }: NodeRun): Promise<void> {
  const told = toldToLeave(signal);
  let unborn: ClusterNode | undefined;
  const joining = joinCluster({
    ...join,
    setup: async (node) => {
      unborn = node;
      await born?.(node);
      node.on('Cluster::Experimental::cluster_started', () => tell({ type: 'clusterStarted' }));
      await join.setup(node);
    },
  });

  const node = await Promise.race([joining, told]);
  if (typeof node === 'string') {
    // What becomes of the start does not matter any more.
    joining.catch(() => {});
    await unborn?.leave();
    return;
  }

  reportOn(node, tell);
  if ((await Promise.race([node.closed, told])) === 'orphaned') await peersGone(node, stopsAfter());
  const { unacknowledged } = await node.leave();
  tell({ type: 'left', unacknowledged });
  const error = await node.closed;
  if (error !== undefined) throw error;
}

function toldToLeave(signal: AbortSignal): Promise<LeaveReason> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}

/** Tells that the node listens, then how it is, whenever that changes. */
function reportOn(node: ClusterNode, tell: (message: FromNode) => void): void {
  let last = '';
  const report = (): void => {
    const now = reportOf(node);
    if (now === undefined || last === JSON.stringify(now)) return;
    last = JSON.stringify(now);
    tell({ type: 'report', ...now });
  };

  tell({ type: 'listening', id: node.id });
  // Handlers run before the node's state is what they tell of: look once they are done.
  for (const event of news) node.on(event, () => queueMicrotask(report));
  const timer = setInterval(report, reportInterval).unref();
  node.closed.finally(() => clearInterval(timer));
  report();
}

function reportOf({ state, peers }: ClusterNode): NodeReport | undefined {
  if (state === 'starting' || state === 'left') return undefined;
  const expected = peers.filter(({ type }) => type !== 'control');
  const up = expected.filter((peer) => peer.state === 'up' || peer.state === 'unresponsive');
  return { state, peersUp: up.length, peersExpected: expected.length };
}

/** Settles when none of the peers of these names is up any more, or patience ends. */
async function peersGone(node: ClusterNode, names: readonly string[]): Promise<void> {
  const areGone = () => node.peers.every(({ name, state }) => !names.includes(name) || state !== 'up');
  const gone = new Promise<void>((resolve) => {
    const look = () => areGone() && resolve();
    node.on('Cluster::node_down', () => queueMicrotask(look));
    look();
  });
  await Promise.race([gone, node.closed, sleep(orphanPatience, undefined, { ref: false })]);
}
