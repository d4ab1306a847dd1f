/**
 * Route: how a command reaches the nodes of a cluster, and which way it takes: through the supervisor of this machine if
 * that runs all of them, else as a control node of the layout.
 */
import type { ControlReport } from '../../actors/control/control.js';
import type { ControlAnswer, ControlKind, ControlRequest, Sample } from '../../actors/control/messages.js';
import { MusterError } from '../../errors.js';
import { type LoadedLayout, loadLayout } from '../../layout/load-layout.js';
import { isControl } from '../../layout/topology.js';
import type { NodeType } from '../../layout/types.js';
import { supervisorAbsent } from '../control-client.js';
import { findStateDir } from '../find-state-dir.js';

export interface Route {
  /** Who asks: a control node's name, or words for the supervisor. */
  readonly via: string;
  /** The nodes of the cluster, without control nodes. */
  readonly nodes: readonly RoutedNode[];
  /** Asks nodes at the same time, by default all. Settles after `timeout` ms at the latest. Never rejects for one of them. */
  ask<K extends ControlKind>(
    request: ControlRequest<K>,
    options: { readonly nodes?: readonly string[]; readonly timeout: number },
  ): Promise<ControlReport<ControlAnswer<K>>>;
  /** Has nodes leave and started again, by whoever supervises them. Answered when they are about to leave. */
  restart(nodes: readonly string[], timeout: number): Promise<ControlReport<null>>;
  onSample(handler: (node: string, watch: string, sample: Sample) => void): void;
  /** Resolves with the reason when it is gone before it was closed. */
  readonly broken: Promise<Error>;
  close(): Promise<void>;
}

export interface RoutedNode {
  readonly name: string;
  readonly nodeType: NodeType;
  /** `ip:port`; null: it does not listen. */
  readonly address: string | null;
}

export interface RouteOptions {
  readonly layout?: string;
  readonly stateDir?: string;
  /** Bootstrap scripts whose `options` the command takes as its own when it joins. */
  readonly load?: readonly string[];
  /** In ms; less than that is spent on finding the way. */
  readonly timeout: number;
}

/**
 * @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT` if there is neither a supervisor nor a control node in the layout,
 * `MUSTER_CONTROL_NOT_FREE` if others run under all control nodes.
 */
export async function openRoute(options: RouteOptions): Promise<Route> {
  const stateDir = await findStateDir(options.stateDir, options.layout);
  const { openSupervisorRoute } = await import('./supervisor-route.js');
  const supervisor = await openSupervisorRoute(stateDir, options.timeout);
  if (supervisor?.runsAll) return supervisor;
  const loaded = await loadIfThere(options.layout);
  const names = Object.entries(loaded?.layout ?? {}).filter(([, { nodeType }]) => isControl(nodeType));
  if (loaded === undefined || names.length === 0) {
    if (supervisor !== undefined) return supervisor;
    throw supervisorAbsent(stateDir, 'the layout has no control node to work through either');
  }
  await supervisor?.close();
  const { openControlRoute } = await import('./control-route.js');
  return openControlRoute(loaded, options);
}

/** The layout of the cluster; undefined if none is found. */
async function loadIfThere(layout: string | undefined): Promise<LoadedLayout | undefined> {
  try {
    return await loadLayout(layout, process.env);
  } catch (error) {
    if (error instanceof MusterError && error.code === 'MUSTER_LAYOUT_NOT_FOUND') return undefined;
    throw error;
  }
}
