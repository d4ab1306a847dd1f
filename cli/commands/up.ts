/**
 * `muster up`: runs the nodes of a layout that are on this machine, and stays until they have ended.
 */
import { networkInterfaces } from 'node:os';
import { MusterError, messageOf } from '../../errors.js';
import { type LoadedLayout, loadLayout } from '../../layout/load-layout.js';
import { systemRuntime } from '../../runtime.js';
import { environmentFor, type NodeFlags, overridesOf } from '../command-options.js';
import { type AnswerRequest, openControlSocket } from '../control-socket.js';
import { exitNow } from '../end-process.js';
import { exitCodeFor, exitCodeOfSignal, exitCodes } from '../exit-codes.js';
import { openLiveFeed } from '../inspector/live-feed.js';
import { openPageServer } from '../inspector/page-server.js';
import { addressesOf, localNodes, nodesOf } from '../local-nodes.js';
import type { Outcome, PlainOptions } from '../messages.js';
import { createNodeForker, type NodeForker } from '../node-process.js';
import { codeOf, printWarning } from '../print.js';
import { Reloader } from '../reloader.js';
import { jsonReporter, plainReporter, type Report, terminalReporter } from '../reporters.js';
import { findScripts } from '../scripts.js';
import { onSignals } from '../signals.js';
import { stateDirOf } from '../state-dir.js';
import { Supervisor } from '../supervisor.js';
import { Watchers } from '../watchers.js';

export interface UpCommand extends NodeFlags {
  /** Default: the one found in the search path. */
  readonly layout?: string;
  /** Paths of bootstrap scripts, in the order in which they run. */
  readonly load: readonly string[];
  readonly scriptArgs: readonly string[];
  readonly json?: boolean;
  /** Runs the nodes of this address. Default: those of all addresses of this machine. */
  readonly host?: string;
  /** Serves the inspector, where its link can be shown to who started this and to nobody else. */
  readonly inspect?: boolean;
}

/** The documented 60 s are for nodes that come up by themselves, on many machines; these come up together. */
const retryInterval = 1_000;

/** Ends the process once all nodes have ended. @throws {@link MusterError} what keeps them from being started. */
export async function up({
  layout: source,
  host,
  load,
  scriptArgs,
  json = false,
  inspect = false,
  ...flags
}: UpCommand): Promise<never> {
  const loaded = await loadLayout(source, process.env);
  const names = nodesToRun(loaded, host);
  const scripts = await findScripts(load);
  const stateDir = stateDirOf(flags.stateDir, loaded.file);
  for (const warning of loaded.warnings) printWarning(warning);

  const forker = createNodeForker({
    scriptArgs,
    env: { ...environmentFor(flags, process.env), ...(process.stdout.isTTY && { MUSTER_TERMINAL: '1' }) },
    execArgv: process.execArgv,
  });
  const watchers = new Watchers();
  const supervisor: Supervisor = new Supervisor({
    layout: loaded.layout,
    names,
    scripts,
    defaults: defaultsFor(loaded, stateDir),
    overrides: overridesOf(flags),
    runtime: systemRuntime,
    fork: forker.fork,
    sampled: (name, watch, sample) => watchers.tell(name, watch, sample),
    tell: (event) => {
      report(event);
      if (process.stdout.writableNeedDrain || process.stderr.writableNeedDrain) forker.pause();
    },
  });
  const report = createReport(json, supervisor);
  const reloader = new Reloader(supervisor, loaded, (next) => nodesToRun(next, host));
  const control = await openControlSocket(stateDir, answerFor(supervisor, watchers, reloader, stateDir));
  let killedBy: NodeJS.Signals | undefined;
  onSignals(
    (signal) => supervisor.stop(signal),
    (signal) => {
      killedBy = signal;
      supervisor.kill();
    },
    () => hangUp(supervisor),
  );
  heedReaders(supervisor, forker);

  if (inspect && (json || process.stdout.isTTY)) {
    const { url } = await openPageServer(await openLiveFeed(stateDir));
    report({ ts: systemRuntime.now(), type: 'inspector', url });
  }
  supervisor.start();
  const outcome = await supervisor.ended;
  control.close();
  return exitNow(killedBy === undefined ? exitCodeOfOutcome(outcome) : exitCodeOfSignal(killedBy));
}

/** The nodes of this machine. @throws {@link MusterError} when they cannot make a cluster. */
function nodesToRun({ layout, file = 'the layout', problems }: LoadedLayout, host: string | undefined): string[] {
  if (problems.length > 0) {
    const lines = problems.map(({ message }) => `\n  ${message}`);
    throw new MusterError('MUSTER_TOPOLOGY_INVALID', `${file} cannot be started:${lines.join('')}`);
  }
  const interfaces = networkInterfaces();
  const names = host === undefined ? localNodes(layout, interfaces) : nodesOf(layout, host);
  if (names.length > 0) return names;
  const whose =
    host === undefined ? `this machine, whose addresses are ${addressesOf(interfaces).join(', ')}` : `host ${host}`;
  throw new MusterError('MUSTER_LAYOUT_INVALID', `${file} has no node for ${whose}`);
}

function defaultsFor({ keysDir, managerIsLogger }: LoadedLayout, stateDir: string): PlainOptions {
  return {
    retryInterval,
    stateDir,
    ...(keysDir !== undefined && { keysDir }),
    ...(managerIsLogger !== undefined && { managerIsLogger }),
  };
}

function createReport(json: boolean, supervisor: Supervisor): Report {
  if (json) return jsonReporter(process);
  if (!process.stdout.isTTY) return plainReporter(process);
  return terminalReporter(process.stdout, process.stderr, () => supervisor.nodes);
}

function answerFor(supervisor: Supervisor, watchers: Watchers, reloader: Reloader, stateDir: string): AnswerRequest {
  const { pid } = process;
  const startedAt = systemRuntime.now();
  return (request, answer, socket) => {
    if (request.type === 'stores') {
      supervisor.stores().then((nodes) => answer({ type: 'stores', nodes }));
      return;
    }
    if (request.type === 'feed') {
      supervisor.feed(request, socket);
      return;
    }
    if (request.type === 'store') {
      supervisor.serve(request, socket).catch((error) => {
        answer({ type: 'error', code: codeOf(error), message: messageOf(error) });
        socket.end();
      });
      return;
    }
    if (request.type === 'status') {
      const { state, nodes, elsewhere } = supervisor;
      answer({ type: 'status', pid, state, layout: reloader.file ?? null, stateDir, startedAt, nodes, elsewhere });
      return;
    }
    if (request.type === 'control' || request.type === 'restart') {
      const { number, nodes, timeout } = request;
      if (request.type === 'control') watchers.note(request.request, socket, answer);
      const asked =
        request.type === 'control'
          ? supervisor.control(nodes, request.request, timeout)
          : supervisor.restart(nodes, timeout);
      asked.then((outcomes) => answer({ type: 'controlled', number, ...outcomes }));
      return;
    }
    if (request.type === 'reload') {
      reloader.reload(request, answer).catch((error) => {
        answer({ type: 'error', code: codeOf(error), message: messageOf(error) });
      });
      return;
    }
    answer({ type: 'stopping' });
    supervisor.ended.then(({ killed }) => answer({ type: 'stopped', killed }));
    supervisor.stop('asked to by "muster stop"', request.timeout);
  };
}

/** Its nodes open their log files anew. */
function hangUp({ nodes }: Supervisor): void {
  for (const { pid } of nodes) if (pid !== null) process.kill(pid, 'SIGHUP');
}

/** Nodes wait for who reads slowly, and a cluster whose output nobody reads any more ends. */
function heedReaders(supervisor: Supervisor, forker: NodeForker): void {
  process.stdout.on('error', () => supervisor.stop('nobody reads its output any more'));
  process.stderr.on('error', () => {});
  for (const stream of [process.stdout, process.stderr]) stream.on('drain', forker.resume);
}

function exitCodeOfOutcome({ failure, killed }: Outcome): number {
  if (failure !== null) return exitCodeFor(failure.code ?? '');
  return killed.length > 0 ? exitCodes.failed : exitCodes.ok;
}
