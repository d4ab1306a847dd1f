/**
 * Control client: asks a running supervisor.
 */
import { MusterError, type MusterErrorCode } from '../errors.js';
import { createLineCutter } from './lines.js';
import type { ClusterStatus, ControlAnswer, ControlRequest, NodeStores, ReloadOutcome } from './messages.js';
import { connectControl, supervisorFiles, writtenPid } from './state-dir.js';

/** A supervisor that has not answered after so long, in ms, does not. */
export const answerTimeout = 5_000;

/** To read a layout, and to ask all nodes what they think of it, takes longer. */
const reloadTimeout = 30_000;

/** @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT` when none is running. */
export async function askStatus(stateDir: string, timeout = answerTimeout): Promise<ClusterStatus> {
  const take: Take = (answer, close) => {
    if (answer.type === 'status') close();
  };
  const answers = await ask(stateDir, { type: 'status' }, take, timeout);
  const status = answers.find((answer) => answer.type === 'status');
  if (status === undefined) throw new Error(`the supervisor of ${stateDir} ended before it answered`);
  return status;
}

/** undefined: no supervisor is running. */
export async function askIfThere<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof MusterError && error.code === 'MUSTER_SUPERVISOR_ABSENT') return undefined;
    throw error;
  }
}

/**
 * Settles when the supervisor and all its nodes are gone.
 * @returns the nodes that had to be killed
 * @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT` when none is running.
 */
export async function askStop(stateDir: string, timeout: number | undefined): Promise<readonly string[]> {
  const request: ControlRequest = { type: 'stop', ...(timeout === undefined ? {} : { timeout }) };
  const answers = await ask(stateDir, request, () => {});
  const stopped = answers.find((answer) => answer.type === 'stopped');
  if (stopped === undefined) throw new Error(`the supervisor of ${stateDir} ended before it had stopped its nodes`);
  return stopped.killed;
}

/** What all nodes say of their stores. @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT` when none is running. */
export async function askStores(stateDir: string): Promise<readonly NodeStores[]> {
  const answers = await ask(stateDir, { type: 'stores' }, (answer, close) => {
    if (answer.type === 'stores') close();
  });
  const stores = answers.find((answer) => answer.type === 'stores');
  if (stores === undefined) throw new Error(`the supervisor of ${stateDir} ended before it answered`);
  return stores.nodes;
}

export type Reloading = Extract<ControlAnswer, { type: 'reloading' }>;

/** Settles when the supervisor goes on in another layout; `begins` is told first what that means. */
export async function askReload(
  stateDir: string,
  { layout, dryRun }: { readonly layout: string | undefined; readonly dryRun: boolean },
  begins: (plan: Reloading) => void,
): Promise<ReloadOutcome | undefined> {
  const request: ControlRequest = { type: 'reload', dryRun, ...(layout !== undefined && { layout }) };
  let isTold = false;
  const take: Take = (answer, close) => {
    if (answer.type === 'reloading') {
      isTold = true;
      begins(answer);
    }
    if (answer.type === 'reloaded' || (dryRun && answer.type === 'reloading')) close();
  };
  const answers = await ask(stateDir, request, take, reloadTimeout);
  const reloaded = answers.find((answer) => answer.type === 'reloaded');
  if (!isTold || (reloaded === undefined && !dryRun))
    throw new Error(`the supervisor of ${stateDir} ended before it had taken the layout`);
  return reloaded;
}

type Take = (answer: ControlAnswer, close: () => void) => void;

/** All answers until the supervisor closes the connection, or `take` does. */
async function ask(
  stateDir: string,
  request: ControlRequest,
  take: Take,
  timeout = answerTimeout,
): Promise<ControlAnswer[]> {
  const socket = await connectControl(supervisorFiles(stateDir).socket);
  if (socket === undefined) throw supervisorAbsent(stateDir);
  const answers: ControlAnswer[] = [];
  return new Promise((resolve, reject) => {
    const cutter = createLineCutter((line) => {
      socket.setTimeout(0);
      const answer = JSON.parse(line) as ControlAnswer;
      if (answer.type === 'error') {
        reject(toError(answer, stateDir));
        socket.destroy();
      }
      answers.push(answer);
      take(answer, () => socket.destroy());
    }, Number.POSITIVE_INFINITY);
    socket.on('data', cutter.push);
    // A connection that is reset has ended, too: what was answered until then counts.
    socket.on('error', () => {});
    socket.once('close', () => resolve(answers));
    socket.setTimeout(timeout, () => {
      reject(new Error(`the supervisor of ${stateDir} (pid ${writtenPid(stateDir)}) does not answer`));
      socket.destroy();
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

/** What is thrown where a supervisor is needed. */
export function supervisorAbsent(stateDir: string, besides?: string): MusterError {
  const pid = writtenPid(stateDir);
  const trace = pid === undefined ? '' : `; the last one, pid ${pid}, did not end in peace`;
  return new MusterError(
    'MUSTER_SUPERVISOR_ABSENT',
    `no supervisor is running for ${stateDir}${trace}${besides === undefined ? '' : `; ${besides}`}`,
  );
}

function toError({ code, message }: Extract<ControlAnswer, { type: 'error' }>, stateDir: string): Error {
  if (code) return new MusterError(code as MusterErrorCode, message);
  return new Error(`the supervisor of ${stateDir} says: ${message}`);
}
