/**
 * Control socket: where a running supervisor is asked for status, or to stop.
 * It is also the lock of a state directory: whoever answers there is its supervisor. A socket on which nobody answers
 * was left behind by a supervisor that died, and is replaced.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MusterError, messageOf } from '../errors.js';
import { createLineCutter } from './lines.js';
import type { ControlAnswer, ControlRequest, StoreRequest } from './messages.js';
import { connectControl, socketTarget, supervisorFiles, writtenPid } from './state-dir.js';

/** Longest path of a unix socket, in bytes: 108 with its NUL on Linux, 104 on macOS and the BSDs. */
const maxSocketPath = 103;

/** A lock is held for milliseconds: who waits looks again after so long, and does not believe in an old one; in ms. */
const lockPause = 20;
const abandonedAfter = 10_000;

export interface ControlSocket {
  /** Frees the state directory. Who is connected stays so until the process ends. */
  close(): void;
}

/** Answers one request, now or later, once or more than once; `socket` is to be handed on for a
 * {@link StoreRequest} and a {@link FeedRequest}. */
export type AnswerRequest = (request: ControlRequest, answer: (answer: ControlAnswer) => void, socket: Socket) => void;

/**
 * Takes the state directory for this process.
 * @throws {@link MusterError} `MUSTER_SUPERVISOR_RUNNING`, naming its pid, when another one has it.
 */
export async function openControlSocket(stateDir: string, answer: AnswerRequest): Promise<ControlSocket> {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const files = supervisorFiles(stateDir);
  const server = await alone(files.lock, async () => {
    if (await isAnswered(files.socket)) throw running(stateDir);
    removeSocket(files.socket);
    const taken = await listen(files.socket, (socket) => serve(socket, answer));
    writeFileSync(files.pid, `${process.pid}\n`, { mode: 0o600 });
    return taken;
  });
  return {
    close() {
      if (writtenPid(stateDir) === process.pid) rmSync(files.pid, { force: true });
      removeSocket(files.socket);
      server.close();
    },
  };
}

/** Runs `task` while no other process runs one with the same lock: between a look and a deed, nothing may change. */
async function alone<T>(lock: string, task: () => Promise<T>): Promise<T> {
  while (!takeLock(lock)) {
    await sleep(lockPause);
    const taken = statSync(lock, { throwIfNoEntry: false });
    if (taken !== undefined && Date.now() - taken.mtimeMs > abandonedAfter) rmSync(lock, { force: true });
  }
  try {
    return await task();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

/** Where the path is too long for a socket, the socket is elsewhere, and the path a link to it. */
async function listen(path: string, connected: (socket: Socket) => void): Promise<Server> {
  if (Buffer.byteLength(path) <= maxSocketPath) return listenAt(path, connected);
  const target = join(mkdtempSync(join(tmpdir(), 'muster-')), 'supervisor.sock');
  const server = await listenAt(target, connected);
  symlinkSync(target, path);
  return server;
}

function listenAt(path: string, connected: (socket: Socket) => void): Promise<Server> {
  const server = createServer(connected);
  return new Promise((resolve, reject) => {
    server.once('error', reject).once('listening', () => resolve(server));
    // The socket's file comes into being inside `listen`, already with its mode.
    const umask = process.umask(0o177);
    server.listen(path);
    process.umask(umask);
  });
}

/** Removes a socket, or a link and the socket it leads to. */
function removeSocket(path: string): void {
  const target = socketTarget(path);
  if (target !== path) rmSync(dirname(target), { recursive: true, force: true });
  rmSync(path, { force: true });
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = await connectControl(path);
  socket?.destroy();
  return socket !== undefined;
}

function running(stateDir: string): MusterError {
  const pid = writtenPid(stateDir);
  const who = pid === undefined ? 'a supervisor' : `a supervisor with pid ${pid}`;
  return new MusterError(
    'MUSTER_SUPERVISOR_RUNNING',
    `${who} is running already for ${stateDir}; stop it with "muster stop", or give another --state-dir`,
  );
}

function serve(socket: Socket, answer: AnswerRequest): void {
  const reply = (message: ControlAnswer): void => {
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
  };
  const cutter = createLineCutter((line) => {
    const request = parseRequest(line);
    if (typeof request === 'string') reply({ type: 'error', message: request });
    else {
      // What comes after it is for the node that gets the connection.
      if (request.type === 'store' || request.type === 'feed') socket.off('data', cutter.push).pause();
      answer(request, reply, socket);
    }
  });
  // Who asks may go away at any time.
  socket.on('error', () => {});
  socket.on('data', cutter.push);
}

/** A request, or what is wrong with it. */
function parseRequest(line: string): ControlRequest | string {
  let request: { readonly [field: string]: unknown } | null;
  try {
    request = JSON.parse(line);
  } catch (error) {
    return `not JSON: ${messageOf(error)}`;
  }
  const { type, timeout, store, node, scope } = request ?? {};
  if (type === 'status' || type === 'stores') return { type };
  if (type === 'store')
    return typeof store === 'string' ? (request as unknown as StoreRequest) : '"store" must be its name';
  if (type === 'feed') {
    if (node !== undefined && typeof node !== 'string') return '"node" must be its name';
    if (scope !== undefined && scope !== 'all' && scope !== 'control') return '"scope" must be "all" or "control"';
    return { type, ...(node !== undefined && { node }), ...(scope !== undefined && { scope }) };
  }
  if (type === 'control' || type === 'restart')
    return isQuestion(request) ? request : `not a question: ${questionRule}`;
  if (type === 'reload') {
    const { layout, dryRun } = request ?? {};
    if (typeof dryRun !== 'boolean') return '"dryRun" must be true or false';
    if (layout !== undefined && typeof layout !== 'string') return '"layout" must be a path';
    return { type, dryRun, ...(layout !== undefined && { layout }) };
  }
  if (type !== 'stop')
    return 'unknown request: "type" must be "status", "stores", "store", "feed", "control", "restart", "reload" or "stop"';
  if (timeout === undefined) return { type };
  if (isTimeout(timeout)) return { type, timeout };
  return '"timeout" must be a number of milliseconds';
}

type Question = Extract<ControlRequest, { type: 'control' | 'restart' }>;

const questionRule = '"number" and "timeout" must be numbers, "nodes" a list of names, "request" what is asked';

function isQuestion(request: { readonly [field: string]: unknown } | null): request is Question {
  const { type, number, nodes, timeout, request: asked } = request ?? {};
  const isAsked = type === 'restart' || (typeof asked === 'object' && asked !== null);
  return typeof number === 'number' && isTimeout(timeout) && Array.isArray(nodes) && isAsked;
}

function isTimeout(timeout: unknown): timeout is number {
  return typeof timeout === 'number' && timeout >= 0 && timeout <= 2 ** 31 - 1;
}
