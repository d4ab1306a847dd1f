/**
 * Quiescence: all is healed, every node runs, and nothing more is done. Then all must be well again within a bounded time,
 * and everything that was promised must have been kept.
 */
import type { ClusterNode } from '../../index.js';
import { attemptFaults } from './invariants/attempts.js';
import { flowFaults } from './invariants/flow.js';
import { leakFaults } from './invariants/leaks.js';
import type { Model } from './model.js';
import { options } from './options.js';

/** Once nothing is wrong and all nodes run, everything is well within so many ms. */
const recovery =
  options.silentInterval + options.connectTimeout + options.helloTimeout + 2 * options.retryInterval + 2_000;

/** @throws Error with the first thing that is not as it must be. */
export async function bringToRest(model: Model): Promise<void> {
  await model.take(['heal'], () => model.cluster.heal());
  await recover(model);
  await exchange(model);
  const nodes = model.processes.map(({ node }) => node);
  model.faults.push(...flowFaults(model), ...attemptFaults(model), ...model.marks.check(nodes), ...lineFaults(model));
  const hasManager = nodes.some((node) => node.localNodeType() === 'manager');
  if (hasManager && model.starts === 0) model.faults.push('the cluster has never started');
  for (const node of nodes) if (model.witnessOf(node).isDegraded) model.faults.push(`${node.id} is still degraded`);
  model.judge();
  model.faults.push(...(await leakFaults(model)));
  model.judge();
}

/** Every node of the layout runs, once, under an id of its own. */
async function recover(model: Model): Promise<void> {
  const { cluster, names } = model;
  for (const name of model.frozen) model.thaw(name);
  for (const { name, node } of model.processes) {
    if (!model.isOurs(node) || model.reusedIds.has(node.id)) model.crash(name);
  }
  let deadline = cluster.now + recovery;
  while (!isWell(model)) {
    for (const name of names) {
      if (model.processes.some(({ node }) => node.name === name)) continue;
      await model.start(name);
      deadline = cluster.now + recovery;
    }
    if (cluster.now >= deadline) throw new Error(`not all is well after ${recovery} ms: ${show(model)}`);
    await cluster.advance(100);
    model.judge();
  }
}

function isWell(model: Model): boolean {
  const { processes, names } = model;
  return processes.length === names.length && processes.every(({ node }) => isNodeWell(model, node));
}

function isNodeWell(model: Model, node: ClusterNode): boolean {
  const isConnected = node.peers.every(({ state }) => state === 'up');
  return node.state === 'ready' && isConnected && model.witnessOf(node).isFullyConnected;
}

function show(model: Model): string {
  return model.processes
    .filter(({ node }) => !isNodeWell(model, node))
    .map(({ name, node: { state, peers } }) => {
      return `${name} is ${state}: ${peers.map((peer) => `${peer.name} ${peer.state}`).join(', ')}`;
    })
    .join('; ');
}

/** Numbers from each to each, and time for them to come, for clones to be in sync and for losses to be told. */
async function exchange(model: Model): Promise<void> {
  for (const { node } of model.processes) {
    for (const peer of model.peersOf(node.name)) model.witnessOf(node).publish(peer, 10);
  }
  await model.cluster.advance(options.cloneMutationBufferInterval);
}

/** What no node may ever write, whatever others do. */
function lineFaults({ cluster }: Model): string[] {
  return cluster.lines
    .filter(({ kind, message }) => {
      if (message.includes('breaks the protocol')) return true;
      return kind === 'error' && !/refuses this node: the name|cannot listen/.test(message);
    })
    .map(({ node, message }) => `${node}: ${message}`);
}
