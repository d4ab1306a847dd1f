/**
 * Node processes: forks them, and passes on what they say and write.
 */
import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createLineCutter } from './lines.js';
import type { FromNode, ToNode } from './messages.js';
import type { ForkNode, NodeProcess, NodeProcessHandlers } from './supervised-node.js';

const entry = fileURLToPath(new URL('./child.js', import.meta.url));

/** A grandchild may hold the pipes of a process that is gone: its exit is told after so long all the same, in ms. */
const pipesTimeout = 250;

export interface NodeForkerOptions {
  /** What `process.argv.slice(2)` shows in a node's process. */
  readonly scriptArgs: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Node's own flags. */
  readonly execArgv: readonly string[];
}

export interface NodeForker {
  readonly fork: ForkNode;
  /** Stops reading what nodes write, until `resume`; they wait once their pipes are full. */
  pause(): void;
  resume(): void;
}

export function createNodeForker({ scriptArgs, env, execArgv }: NodeForkerOptions): NodeForker {
  const running = new Set<ChildProcess>();
  let isPaused = false;
  const turn = (method: 'pause' | 'resume') => {
    isPaused = method === 'pause';
    for (const { stdout, stderr } of running) {
      stdout?.[method]();
      stderr?.[method]();
    }
  };

  return {
    fork(name, handlers) {
      const child = fork(entry, scriptArgs, {
        env: { ...env, CLUSTER_NODE: name },
        // Two processes cannot share the inspector's port.
        execArgv: execArgv.filter((flag) => !flag.startsWith('--inspect')),
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      running.add(child);
      watch(child, handlers, () => running.delete(child));
      if (isPaused) turn('pause');
      return toNodeProcess(child);
    },
    pause: () => turn('pause'),
    resume: () => turn('resume'),
  };
}

function toNodeProcess(child: ChildProcess): NodeProcess {
  return {
    pid: child.pid,
    // What a process that is gone cannot be told does not matter any more.
    send: (message, connection) => {
      if (connection !== undefined) handOver(child, message, connection);
      else if (child.connected) child.send(message as Serializable, () => {});
    },
    kill: () => child.kill('SIGKILL'),
  };
}

/**
 * Closed here once it is on its way, or the process has ended: Node itself would leave a connection open for ever that a
 * process had not taken when it died.
 */
function handOver(child: ChildProcess, message: ToNode, connection: Socket): void {
  const close = (): void => {
    child.off('exit', close);
    connection.destroy();
  };
  child.once('exit', close);
  if (child.connected) child.send(message as Serializable, connection, { keepOpen: true }, close);
  else close();
}

function watch(child: ChildProcess, handlers: NodeProcessHandlers, gone: () => void): void {
  const streams = ['stdout', 'stderr'] as const;
  const cutters = streams.map((stream) => {
    const cutter = createLineCutter((line) => handlers.output({ stream, line }));
    child[stream]?.on('data', cutter.push);
    return cutter;
  });

  let hasEnded = false;
  const end = (code: number | null, signal: NodeJS.Signals | null): void => {
    if (hasEnded) return;
    hasEnded = true;
    gone();
    for (const stream of streams) child[stream]?.destroy();
    for (const cutter of cutters) cutter.end();
    handlers.exited(code, signal);
  };

  child.on('message', (message) => {
    if (!hasEnded) handlers.message(message as FromNode);
  });
  child.on('error', (cause) => {
    // A process that is there: it could not be told or killed, and its exit is on the way.
    if (child.pid !== undefined) return;
    handlers.message({ type: 'failed', code: 'FORK_FAILED', message: `no process could be made: ${cause.message}` });
    end(null, null);
  });
  child.once('exit', (code, signal) => {
    // `close` comes once all that it wrote has been read.
    for (const stream of streams) child[stream]?.resume();
    const timer = setTimeout(() => end(code, signal), pipesTimeout);
    child.once('close', () => {
      clearTimeout(timer);
      end(code, signal);
    });
  });
}
