/**
 * Join: from what a user writes to a running node, over ZeroMQ and on this machine's clock.
 * The only place below the command line that reads the environment.
 */
import { MusterError, messageOf } from '../errors.js';
import { type LoadedLayout, loadLayout } from '../layout/load-layout.js';
import type { OptionsInput } from '../layout/options.js';
import { type LayoutDefaults, resolveOptions } from '../layout/resolve-options.js';
import type { Layout, LayoutDefinition } from '../layout/types.js';
import { createDiagnostics } from '../logs/diagnostics.js';
import { systemFiles } from '../logs/files.js';
import { systemRuntime as runtime } from '../runtime.js';
import { openTraceFile } from '../trace/output.js';
import { ClusterNode } from './cluster-node.js';
import { type NodeHost, ProcessVitals } from './control/host.js';
import type { AnyEvents } from './events.js';
import { NodeParts } from './node-parts.js';
import type { Attachment } from './node-setup.js';
import { openTransport } from './open-transport.js';
import { backendOpener } from './stores/open-backend.js';
import { carryTraceContext } from './trace-context.js';

export interface JoinOptions<E extends object = AnyEvents> {
  /** A path (.json, .ts, .js, .zeek), or the nodes themselves. @defaultValue `cluster-layout.*` in `MUSTER_PATH`, `ZEEKPATH`, the working directory */
  readonly layout?: string | LayoutDefinition;
  /** The node's name in the layout. @defaultValue `CLUSTER_NODE`; neither: a node of its own, outside any cluster */
  readonly name?: string;
  readonly options?: OptionsInput;
  /** Registers handlers, stores, pools. Runs before the node listens, as a bootstrap script does. */
  readonly setup?: (node: ClusterNode<E>) => unknown;
}

/**
 * Starts a node. Resolves once it listens and its peerings are started; `node.ready()` waits until they are up.
 * @throws {@link MusterError} `MUSTER_LAYOUT_*`, `MUSTER_OPTION_INVALID`, `MUSTER_NODE_UNKNOWN`, `MUSTER_TOPOLOGY_INVALID`,
 * `MUSTER_KEY_MISSING`, `MUSTER_KEY_INVALID`, `MUSTER_SCRIPT_FAILED` (what `setup` threw is its `cause`),
 * `MUSTER_POOL_TOO_FEW_NODES`, `MUSTER_PORT_TAKEN`, `MUSTER_LISTEN_FAILED`
 */
export async function joinCluster<E extends object = AnyEvents>(given: JoinOptions<E> = {}): Promise<ClusterNode<E>> {
  const name = given.name ?? process.env.CLUSTER_NODE ?? '';
  const loaded = name === '' && given.layout === undefined ? undefined : await loadLayout(given.layout, process.env);
  const layout: Layout = loaded?.layout ?? {};
  const where = loaded?.file ?? 'the layout';
  if (name !== '' && !Object.hasOwn(layout, name)) throw unknownNode(name, layout, where);
  const problem = loaded?.problems.find(({ nodes }) => nodes.includes(name));
  if (problem !== undefined)
    throw new MusterError('MUSTER_TOPOLOGY_INVALID', `${name} cannot start: ${problem.message}`);
  const options = resolveOptions(given.options, process.env, loaded && contextOf(loaded));
  const diagnostics = createDiagnostics({ level: options.logLevel, name: name || 'node' });
  for (const warning of loaded?.warnings ?? []) diagnostics.warn(warning);

  const layoutName = loaded?.file ?? 'LAYOUT';
  const opened = await openTransport({ name, layout, layoutName, options, runtime, diagnostics });
  const parts = new NodeParts({
    name,
    layout,
    options,
    runtime,
    ...opened,
    diagnostics,
    files: systemFiles,
    openBackend: backendOpener(name, options, diagnostics),
    ...(layout[name]?.metricsPort !== undefined && { attach: attachMetrics }),
    host: hostOf(diagnostics),
    ...(options.traceFile !== '' && { trace: openTraceFile(options.traceFile, diagnostics.error) }),
  });
  const node = new ClusterNode<E>(parts);
  try {
    await given.setup?.(node);
  } catch (cause) {
    await node.leave();
    const whose = name === '' ? 'the setup' : `the setup of ${name}`;
    throw new MusterError('MUSTER_SCRIPT_FAILED', `${whose} threw: ${messageOf(cause)}`, { cause });
  }
  const outsideSpans = await carryTraceContext(parts);
  await outsideSpans(() => parts.start());
  return node;
}

/** Loaded only where there is a port for it. */
async function attachMetrics(parts: NodeParts): Promise<Attachment> {
  const { serveMetrics } = await import('./metrics/serve.js');
  return await serveMetrics(parts);
}

/** What a layout says about options. */
function contextOf({ stateDir, keysDir, managerIsLogger }: LoadedLayout): LayoutDefaults {
  return {
    stateDir,
    ...(keysDir !== undefined && { keysDir }),
    ...(managerIsLogger !== undefined && { managerIsLogger }),
  };
}

/** What control nodes may see and change of this process. */
function hostOf(diagnostics: NodeHost['diagnostics']): NodeHost {
  const vitals = new ProcessVitals(runtime);
  return {
    diagnostics,
    vitals: () => vitals.read(),
    close: () => vitals.close(),
  };
}

function unknownNode(name: string, layout: Layout, where: string): MusterError {
  const known = Object.keys(layout).join(', ');
  return new MusterError('MUSTER_NODE_UNKNOWN', `${where} has no node ${JSON.stringify(name)}; it has ${known}`);
}
