/**
 * Control route: the command joins the cluster as a control node of its layout, the first that is free.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterNode } from '../../actors/cluster-node.js';
import { joinCluster } from '../../actors/join-cluster.js';
import { MusterError, messageOf } from '../../errors.js';
import type { LoadedLayout } from '../../layout/load-layout.js';
import type { OptionsInput } from '../../layout/options.js';
import { connectsTo, isControl } from '../../layout/topology.js';
import type { Layout } from '../../layout/types.js';
import { formatAddress } from '../address.js';
import { findScripts, loadScripts } from '../scripts.js';
import type { Route, RouteOptions } from './route.js';

/** Part of a command's time that nodes have to connect, in either direction; the rest is for their answers. */
const connecting = 0.6;
/** How often it is looked whether they have, in ms. */
const pause = 10;

/** Errors that mean that a name cannot be had here. */
const notFree: readonly string[] = ['MUSTER_NAME_TAKEN', 'MUSTER_PORT_TAKEN', 'MUSTER_LISTEN_FAILED'];

/** @throws {@link MusterError} `MUSTER_CONTROL_NOT_FREE`, naming who holds which name. */
export async function openControlRoute(
  { layout, file = 'the layout' }: LoadedLayout,
  { load = [], timeout }: RouteOptions,
): Promise<Route> {
  const { options } = await loadScripts(await findScripts(load));
  // Its log is nobody's: the command says itself what it has done.
  const stateDir = await mkdtemp(join(tmpdir(), 'muster-control-'));
  // Commands do not wait for a minute to try again.
  delete process.env.ZEEK_DEFAULT_CONNECT_RETRY;
  const own: OptionsInput = { ...options, stateDir, logLevel: 'silent', retryInterval: 500, leaveTimeout: 500 };
  const deadline = performance.now() + timeout * connecting;
  const refusals: string[] = [];
  for (const [name, { nodeType }] of Object.entries(layout)) {
    if (!isControl(nodeType)) continue;
    try {
      const node = await joinCluster({ layout, name, options: own });
      const ended = await connected(node, layout, deadline);
      if (ended === undefined) {
        // It is open, and that is enough: a command that is killed leaves nothing behind.
        await rm(stateDir, { recursive: true, force: true });
        return new ControlRoute(node, layout, stateDir);
      }
      throw ended;
    } catch (error) {
      if (!(error instanceof MusterError) || !notFree.includes(error.code)) throw error;
      refusals.push(`\n  ${name}: ${messageOf(error)}`);
    }
  }
  await rm(stateDir, { recursive: true, force: true });
  throw new MusterError(
    'MUSTER_CONTROL_NOT_FREE',
    `none of the control nodes of ${file} is free for this command:${refusals.join('')}`,
  );
}

/**
 * Resolves once all nodes have connected, or could not be connected to, or the time is over; a node without a port connects
 * by itself, at its next attempt.
 * @returns why the node had to leave, if it had to
 */
async function connected(node: ClusterNode, layout: Layout, deadline: number): Promise<MusterError | undefined> {
  const ours = connectsTo(layout, node.name);
  const isDone = () =>
    node.peers.every(({ name, state }) => state === 'up' || (state === 'down' && ours.includes(name)));
  const isLeaving = () => node.state === 'leaving' || node.state === 'left';
  while (!isLeaving() && !isDone() && performance.now() < deadline) await sleep(pause);
  return isLeaving() ? node.closed : undefined;
}

class ControlRoute implements Route {
  readonly via: string;
  readonly nodes: Route['nodes'];
  readonly broken: Promise<Error>;
  readonly #node: ClusterNode;
  readonly #stateDir: string;

  constructor(node: ClusterNode, layout: Layout, stateDir: string) {
    this.#node = node;
    this.#stateDir = stateDir;
    this.via = node.name;
    this.nodes = Object.entries(layout)
      .filter(([, { nodeType }]) => !isControl(nodeType))
      .map(([name, { nodeType, ...address }]) => ({ name, nodeType, address: formatAddress(address) }));
    this.broken = node.closed.then((error) => error ?? new Error(`${node.name} has left`));
  }

  ask: Route['ask'] = (request, { nodes, timeout }) => {
    return this.#node.control.ask(request, { nodes: nodes ?? this.nodes.map(({ name }) => name), timeout });
  };

  restart(nodes: readonly string[], timeout: number): ReturnType<Route['restart']> {
    return this.ask<'shutDown'>({ kind: 'shutDown', restart: true }, { nodes, timeout });
  }

  onSample(handler: Parameters<Route['onSample']>[0]): void {
    this.#node.control.onSample(handler);
  }

  async close(): Promise<void> {
    await this.#node.leave();
    await rm(this.#stateDir, { recursive: true, force: true });
  }
}
