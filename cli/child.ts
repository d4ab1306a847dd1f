/**
 * Entry of a node's process under `muster up`. Its supervisor speaks to it over IPC: first what it is to be, then when
 * to start, at last when to leave. Loads all it needs while it waits for its turn.
 */
import type { Socket } from 'node:net';
import type { ClusterNode } from '../actors/cluster-node.js';
import { MusterError, messageOf } from '../errors.js';
import { endProcess, keepOutput, stackOf } from './end-process.js';
import { exitCodeOf, exitCodes } from './exit-codes.js';
import type { FeedRequest, FromNode, NodeAssignment, StoreRequest, ToNode } from './messages.js';
import type { LeaveReason } from './run-node.js';
import type { Json } from './stores/notation.js';

/** An orphan that has not ended after so long, in ms, ends without goodbye. */
const orphanDeadline = 20_000;

const leaving = new AbortController();
const leave = (reason: LeaveReason) => leaving.abort(reason);

/** The supervisor decides who leaves when: a Ctrl-C reaches every process of the terminal. */
process.on('SIGINT', () => {});
process.on('SIGHUP', () => node?.reopenLogs());
process.once('SIGTERM', () => leave('asked'));
keepOutput();

/** Settle when the supervisor says so, or when there is no more to wait for. */
const [mayLoad, mayStart] = (['load', 'start'] as const).map(
  (type) =>
    new Promise<void>((resolve) => {
      process.on('message', (message: ToNode) => message.type === type && resolve());
      leaving.signal.addEventListener('abort', () => resolve());
    }),
);

let node: ClusterNode | undefined;
let settleBorn: (node: ClusterNode) => void = () => {};
/** Settles before the bootstrap scripts run: who wants to see what happens from the start waits for it. */
const nodeBorn = new Promise<ClusterNode>((resolve) => {
  settleBorn = resolve;
});
/** What the supervisor has made of the assignment since. */
let reassigned: Extract<ToNode, { type: 'layout' }> | undefined;

process.on('message', (message: ToNode, connection?: Socket) => {
  if (message.type === 'assign') run(message.assignment);
  if (message.type === 'stop') leave('asked');
  if (message.type === 'layout') takeLayout(message);
  if (message.type === 'tellStores') tellStores(message.number);
  if (message.type === 'control') control(message.number, message.request);
  if (message.type === 'store' && connection !== undefined) serve(message, connection);
  if (message.type === 'feed' && connection !== undefined) feed(message, connection);
});

process.once('disconnect', () => {
  leave('orphaned');
  setTimeout(() => process.exit(exitCodes.failed), orphanDeadline).unref();
});

function tell(message: FromNode): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

async function takeLayout(message: Extract<ToNode, { type: 'layout' }>): Promise<void> {
  const { number, isTrial, layout } = message;
  const { partsOf } = await import('../actors/cluster-node.js');
  if (!isTrial) reassigned = message;
  let problem: string | null = null;
  try {
    if (node !== undefined && isTrial) problem = (await partsOf(node).follower.whyNot(layout)) ?? null;
    else if (node !== undefined) await partsOf(node).follower.follow(layout);
  } catch (error) {
    problem = messageOf(error);
  }
  tell({ type: 'layoutTaken', number, problem });
}

async function tellStores(number: number): Promise<void> {
  const { partsOf } = await import('../actors/cluster-node.js');
  tell({ type: 'stores', number, stores: node === undefined ? [] : partsOf(node).stores.reports });
}

async function control(number: number, request: Json): Promise<void> {
  const { answerControl } = await import('./control/serve.js');
  tell({ type: 'controlled', number, outcome: await answerControl(node, request, tell) });
}

async function serve(request: StoreRequest, connection: Socket): Promise<void> {
  const { serveStore } = await import('./stores/serve.js');
  if (node === undefined) connection.destroy();
  else await serveStore(node, request, connection);
}

async function feed({ scope }: FeedRequest, connection: Socket): Promise<void> {
  const [{ serveFeed }, { partsOf }] = await Promise.all([
    import('./inspector/serve-feed.js'),
    import('../actors/cluster-node.js'),
  ]);
  connection.on('error', () => {});
  serveFeed(partsOf(await nodeBorn).core.tracer, scope, connection);
}

async function run({ name, scripts, defaults, overrides, ...assigned }: NodeAssignment): Promise<void> {
  process.title = `muster ${name}`;
  const { signal } = leaving;
  try {
    const [{ runNode }, { loadScripts }, { partsOf }] = await Promise.all([
      import('./run-node.js'),
      import('./scripts.js'),
      import('../actors/cluster-node.js'),
    ]);
    await mayLoad;
    const script = await loadScripts(signal.aborted ? [] : scripts);
    tell({ type: 'loaded' });
    await mayStart;
    const options = { ...defaults, ...script.options, ...overrides };
    if (!signal.aborted) {
      const { layout } = reassigned ?? assigned;
      const join = { layout, name, options, setup: script.setup };
      const born = async (joining: ClusterNode) => {
        node = joining;
        settleBorn(joining);
        // Another layout may have come while it was being made.
        if (reassigned !== undefined && reassigned.layout !== layout)
          await partsOf(node).follower.follow(reassigned.layout);
      };
      const stopsAfter = () => (reassigned ?? assigned).stopsAfter;
      await runNode({ join, tell, born, signal, stopsAfter });
    }
    endProcess(exitCodes.ok);
  } catch (error) {
    const stack = stackOf(error);
    if (stack !== undefined) console.error(stack);
    tell({ type: 'failed', code: error instanceof MusterError ? error.code : '', message: messageOf(error) });
    endProcess(exitCodeOf(error));
  }
}
