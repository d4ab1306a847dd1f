/**
 * Store client: asks the master of a store in a running cluster. Its supervisor hands the connection on to the master's node.
 */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { MusterError, type MusterErrorCode } from '../../errors.js';
import { answerTimeout, supervisorAbsent } from '../control-client.js';
import type { StoreAnswer, StoreRequest } from '../messages.js';
import { connectControl, supervisorFiles, writtenPid } from '../state-dir.js';
import { isEntryLine, linesOf, writePiece } from './entry-lines.js';

type Done = Extract<StoreAnswer, { type: 'done' }>;

export interface StoreDialogue {
  /** Is given every line with a key or an entry; the next one waits for it. */
  readonly take?: (line: string) => Promise<void>;
  /** What is sent once the master's node serves, whole lines. Destroyed in the end. */
  readonly send?: Readable;
}

/**
 * @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT`, `MUSTER_STORE_UNKNOWN`, `MUSTER_STORE_UNREACHABLE`, and what the store
 * says.
 */
export async function askStore(
  stateDir: string,
  request: StoreRequest,
  { take = async () => {}, send }: StoreDialogue = {},
): Promise<Done> {
  const socket = await connectControl(supervisorFiles(stateDir).socket);
  if (socket === undefined) throw supervisorAbsent(stateDir);
  const who = `the supervisor of ${stateDir} (pid ${writtenPid(stateDir)})`;
  socket.setTimeout(answerTimeout, () => socket.destroy(unreachable(`${who} does not answer`)));
  socket.write(`${JSON.stringify(request)}\n`);
  let node: string | undefined;
  try {
    for await (const line of linesOf(socket)) {
      if (isEntryLine(line)) {
        await take(line);
        continue;
      }
      const answer = JSON.parse(line) as StoreAnswer;
      if (answer.type === 'error') throw errorOf(answer);
      if (answer.type === 'done') return answer;
      node = answer.node;
      socket.setTimeout(0);
      if (send !== undefined && request.operation === 'import') {
        sendAll(send, socket, `\n${request.end}\n`).catch((error) => socket.destroy(error));
      }
    }
  } catch (error) {
    // A connection that is reset has ended, too.
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  } finally {
    send?.destroy();
    socket.destroy();
  }
  const changes = request.operation === 'put' || request.operation === 'erase' || request.operation === 'import';
  const code = changes && node !== undefined ? 'MUSTER_STORE_OUTCOME_UNKNOWN' : 'MUSTER_STORE_UNREACHABLE';
  throw new MusterError(code, `store ${request.store}: ${node ?? who} ended before it had done what it was asked for`);
}

function unreachable(message: string): MusterError {
  return new MusterError('MUSTER_STORE_UNREACHABLE', message);
}

async function sendAll(from: Readable, to: Socket, end: string): Promise<void> {
  for await (const chunk of from) {
    if (to.destroyed) return;
    await writePiece(to, chunk);
  }
  await writePiece(to, end);
}

function errorOf({ code, message }: Extract<StoreAnswer, { type: 'error' }>): Error {
  return code === null ? new Error(message) : new MusterError(code as MusterErrorCode, message);
}
