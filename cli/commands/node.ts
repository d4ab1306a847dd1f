/**
 * `muster node`: runs one node of a layout in this process, in the foreground.
 */
import { resolve } from 'node:path';
import { type NodeFlags, overridesOf } from '../command-options.js';
import { endProcess, keepOutput } from '../end-process.js';
import { exitCodeOf, exitCodeOfSignal, exitCodes } from '../exit-codes.js';
import type { FromNode } from '../messages.js';
import { printError, printJson, printWarning } from '../print.js';
import { type LeaveReason, runNode } from '../run-node.js';
import { loadScripts } from '../scripts.js';
import { lossOf } from '../words.js';

export interface NodeCommand extends NodeFlags {
  readonly name: string;
  /** Default: the one found in the search path. */
  readonly layout?: string;
  /** Paths of bootstrap scripts, in the order in which they run. */
  readonly load: readonly string[];
  readonly scriptArgs: readonly string[];
  readonly json?: boolean;
}

/** Ends the process once the node has left; until then, signals ask it to. */
export async function node({ name, layout, load, scriptArgs, json = false, ...flags }: NodeCommand): Promise<void> {
  const leaving = new AbortController();
  const leave = (reason: LeaveReason) => leaving.abort(reason);
  leaveOnSignals(leave);
  // Forked by a supervisor of somebody else's: its end is ours.
  if (process.connected) process.once('disconnect', () => leave('orphaned'));
  keepOutput();
  becomeScript(name, scriptArgs, flags);

  const tell = json ? (message: FromNode) => printJson({ ts: Date.now(), name, ...message }) : warnOfLoss;
  try {
    const scripts = await loadScripts(load.map((path) => resolve(path)));
    const options = { ...scripts.options, ...overridesOf(flags) };
    const join = { name, options, setup: scripts.setup, ...(layout !== undefined && { layout }) };
    if (!leaving.signal.aborted) await runNode({ join, tell, signal: leaving.signal, stopsAfter: [] });
    endProcess(exitCodes.ok);
  } catch (error) {
    printError(error, json);
    endProcess(exitCodeOf(error));
  }
}

/** Scripts find their arguments and the name of the node where they would in a process of their own. */
function becomeScript(name: string, scriptArgs: readonly string[], { retryInterval }: NodeFlags): void {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...scriptArgs);
  process.env.CLUSTER_NODE = name;
  // The flag is nearer than the variable, which would override it.
  if (retryInterval !== undefined) delete process.env.ZEEK_DEFAULT_CONNECT_RETRY;
}

/** The first signal asks the node to leave; the second ends the process at once. */
function leaveOnSignals(leave: (reason: LeaveReason) => void): void {
  let isAsked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isAsked) process.exit(exitCodeOfSignal(signal));
      isAsked = true;
      leave('asked');
    });
  }
}

/** The rest, the node says in its diagnostics. */
function warnOfLoss(message: FromNode): void {
  if (message.type !== 'left') return;
  const loss = lossOf(message.unacknowledged);
  if (loss !== undefined) printWarning(loss);
}
