/**
 * `muster node`: runs one node of a layout in this process, in the foreground.
 */
import type { ClusterNode } from '../../actors/cluster-node.js';
import { type NodeFlags, overridesOf } from '../command-options.js';
import { endProcess, keepOutput } from '../end-process.js';
import { exitCodeOf, exitCodeOfSignal, exitCodes } from '../exit-codes.js';
import { openNodeFeed } from '../inspector/node-feed.js';
import { openPageServer } from '../inspector/page-server.js';
import type { FromNode } from '../messages.js';
import { printError, printJson, printNews } from '../print.js';
import { type LeaveReason, runNode } from '../run-node.js';
import { findScripts, loadScripts } from '../scripts.js';
import { onSignals } from '../signals.js';
import { lossOf } from '../words.js';

export interface NodeCommand extends NodeFlags {
  readonly name: string;
  /** Default: the one found in the search path. */
  readonly layout?: string;
  /** Paths of bootstrap scripts, in the order in which they run. */
  readonly load: readonly string[];
  readonly scriptArgs: readonly string[];
  readonly json?: boolean;
  /** Serves the inspector, where its link can be shown to who started this and to nobody else. */
  readonly inspect?: boolean;
}

/** Ends the process once the node has left; until then, signals ask it to. */
export async function node(command: NodeCommand): Promise<void> {
  const { name, layout, load, scriptArgs, json = false, inspect = false, ...flags } = command;
  const leaving = new AbortController();
  const leave = (reason: LeaveReason) => leaving.abort(reason);
  let running: ClusterNode | undefined;
  const born = (node: ClusterNode) => {
    running = node;
    if (inspect && (json || process.stderr.isTTY)) showInspector(node, json);
  };
  onSignals(
    () => leave('asked'),
    (signal) => process.exit(exitCodeOfSignal(signal)),
    () => running?.reopenLogs(),
  );
  // Forked by a supervisor of somebody else's: its end is ours.
  if (process.connected) process.once('disconnect', () => leave('orphaned'));
  keepOutput();
  becomeScript(name, scriptArgs, flags);

  const tell = json ? (message: FromNode) => printJson({ ts: Date.now(), name, ...message }) : createTeller(name);
  try {
    const scripts = await loadScripts(await findScripts(load));
    const options = { ...scripts.options, ...overridesOf(flags) };
    const join = { name, options, setup: scripts.setup, ...(layout !== undefined && { layout }) };
    if (!leaving.signal.aborted) await runNode({ join, tell, born, signal: leaving.signal, stopsAfter: () => [] });
    endProcess(exitCodes.ok);
  } catch (error) {
    printError(error, json);
    endProcess(exitCodeOf(error));
  }
}

function showInspector(node: ClusterNode, json: boolean): void {
  openPageServer(openNodeFeed(node)).then(
    ({ url }) => {
      if (json) printJson({ ts: Date.now(), name: node.name, type: 'inspector', url });
      else printNews(`inspector: ${url}`);
    },
    (error) => printError(error, json),
  );
}

/** Scripts find their arguments and the name of the node where they would in a process of their own. */
function becomeScript(name: string, scriptArgs: readonly string[], { retryInterval }: NodeFlags): void {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...scriptArgs);
  process.env.CLUSTER_NODE = name;
  // The flag is nearer than the variable, which would override it.
  if (retryInterval !== undefined) delete process.env.ZEEK_DEFAULT_CONNECT_RETRY;
}

/** Tells people on stderr how the node is, whenever that changes; stdout belongs to the scripts. */
function createTeller(name: string): (message: FromNode) => void {
  let last = '';
  return (message) => {
    if (message.type === 'report' && message.state !== last) {
      last = message.state;
      printNews(`${name}: ${message.state}, ${message.peersUp} of ${message.peersExpected} peers up`);
    }
    if (message.type !== 'left') return;
    const loss = lossOf(message.unacknowledged);
    printNews(`${name}: ${loss ?? 'left'}`);
  };
}
