/**
 * What the tests of the command line share: directories with a layout, `muster` commands as processes, and witnesses
 * inside the nodes. Whatever is started ends with its test.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { SupervisorEvent } from '../../cli/messages.js';
import * as program from '../../cli/program.js';
import type { NodeDefinition } from '../../layout/types.js';
import { guard } from '../helpers/node-process-guard.js';
import { freePorts } from '../helpers/ports.js';
import type { Order, Testimony } from './scripts/witness.js';

/** What commands in this process write: several may run at once. */
const outputs = new AsyncLocalStorage<{ out: string; err: string }>();
for (const [stream, to] of [
  [process.stdout, 'out'],
  [process.stderr, 'err'],
] as const) {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]) => {
    const written = outputs.getStore();
    if (written === undefined) return write(...args);
    written[to] += args[0];
    const done = args.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
}

const main = fileURLToPath(new URL('../../../lib/muster.js', import.meta.url));

/** The path of a bootstrap script in `scripts/`. */
export function scriptPath(name: string): string {
  return fileURLToPath(new URL(`./scripts/${name}.js`, import.meta.url));
}

/** An empty directory. */
export function emptyDirectory(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'muster-cli-'));
  // Nodes whose supervisor was killed may write their last lines yet.
  t.teardown(() => rmSync(directory, { recursive: true, force: true, maxRetries: 20 }));
  return directory;
}

export interface Place {
  readonly directory: string;
  readonly layout: string;
  readonly ports: readonly number[];
}

/** A directory with a layout of a logger, a manager, a proxy and a worker on free ports. */
export async function fourNodes(t: ExecutionContext): Promise<Place> {
  const ports = await freePorts(3);
  const [logger = 0, manager = 0, proxy = 0] = ports;
  const ip = '127.0.0.1';
  return place(t, ports, {
    'logger-1': { nodeType: 'logger', ip, port: logger },
    manager: { nodeType: 'manager', ip, port: manager },
    'proxy-1': { nodeType: 'proxy', ip, port: proxy },
    'worker-1': { nodeType: 'worker', ip },
  });
}

/** A directory with a layout of a manager and a worker on a free port. */
export async function twoNodes(t: ExecutionContext): Promise<Place> {
  const ports = await freePorts(1);
  const [port = 0] = ports;
  const ip = '127.0.0.1';
  return place(t, ports, { manager: { nodeType: 'manager', ip, port }, 'worker-1': { nodeType: 'worker', ip } });
}

/** A directory with a layout of a single logger. */
export async function oneNode(t: ExecutionContext): Promise<Place> {
  const ports = await freePorts(1);
  const [port = 0] = ports;
  return place(t, ports, { 'logger-1': { nodeType: 'logger', ip: '127.0.0.1', port } });
}

export function place(t: ExecutionContext, ports: readonly number[], nodes: Record<string, NodeDefinition>): Place {
  const directory = emptyDirectory(t);
  const layout = join(directory, 'cluster-layout.json');
  writeFileSync(layout, JSON.stringify(nodes));
  return { directory, layout, ports };
}

/** A `muster` command that runs. */
export class Muster {
  readonly process: ChildProcess;
  readonly out: string[] = [];
  readonly err: string[] = [];
  /** Its exit code, or the signal that ended it, once all it wrote has been read. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly #events: SupervisorEvent[] = [];
  /** Lines of `out` that are in `#events`, as far as they are any. */
  #read = 0;
  readonly #waiting = new Set<() => void>();

  /** @param within command and arguments that run it in their own way */
  constructor(
    t: ExecutionContext,
    args: readonly string[],
    options: SpawnOptions = {},
    within: readonly string[] = [],
  ) {
    const [command = '', ...rest] = [...within, process.execPath, main, ...args];
    this.process = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    guard(this.process);
    const read = [this.#collect('stdout', this.out), this.#collect('stderr', this.err)];
    // Not `close`, which does not come once an IPC channel was disconnected at this side.
    this.ended = once(this.process, 'exit').then(async ([code, signal]) => {
      await Promise.all(read);
      this.#changed();
      return code ?? signal;
    });
    t.teardown(async () => {
      this.process.kill('SIGKILL');
      for (const pid of this.nodePids) killIfThere(pid);
      await this.ended;
    });
  }

  /** What a supervisor told with `--json`. */
  get events(): SupervisorEvent[] {
    for (; this.#read < this.out.length; this.#read++) {
      const line = this.out[this.#read] as string;
      if (line.startsWith('{')) this.#events.push(JSON.parse(line));
    }
    return this.#events;
  }

  /** The processes of nodes that a supervisor with `--json` told of, and of which it has not told the end. */
  get nodePids(): number[] {
    const pids = new Map<string, number | null>();
    for (const event of this.events) if (event.type === 'state') pids.set(event.node.name, event.node.pid);
    return [...pids.values()].filter((pid) => pid !== null);
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Resolves when what it wrote passes, however often it must be looked at. Rejects when it ends before. */
  async until(passes: (muster: this) => boolean): Promise<void> {
    while (!passes(this)) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        await this.ended;
        if (passes(this)) return;
        throw new Error(`it ended:\n${[...this.out, ...this.err].join('\n')}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves when a line of its output matches. */
  async untilLine(pattern: RegExp): Promise<void> {
    await this.until(({ out, err }) => [...out, ...err].some((line) => pattern.test(line)));
  }

  /** Resolves when a supervisor with `--json` has told an event that passes. */
  async untilEvent(passes: (event: SupervisorEvent) => boolean): Promise<void> {
    await this.until(({ events }) => events.some(passes));
  }

  /** Resolves when the stream has ended. */
  async #collect(stream: 'stdout' | 'stderr', lines: string[]): Promise<void> {
    const input = this.process[stream];
    if (input === null) return;
    const closed = once(input, 'close');
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      this.#changed();
    });
    await closed;
  }

  #changed(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Runs a command to its end. */
export async function run(t: ExecutionContext, args: readonly string[], options: SpawnOptions = {}) {
  const muster = new Muster(t, args, options);
  const code = await muster.ended;
  return { code, out: muster.out.join('\n'), err: muster.err.join('\n') };
}

/**
 * As {@link run}, in this process: it says and does the same, and starts no process for it, which is most of what a short
 * command costs. Not for commands that end their process themselves, read stdin, or heed signals: with their handlers left
 * behind, ava could not end this process.
 */
export async function runHere(args: readonly string[]) {
  const written = { out: '', err: '' };
  const code = await outputs.run(written, () => program.run(args));
  return { code, out: written.out.trimEnd(), err: written.err.trimEnd() };
}

/** Starts a cluster with `muster up --json`, and waits until it has started. */
export async function startCluster(t: ExecutionContext, layout: string, ...args: readonly string[]): Promise<Muster> {
  const up = new Muster(t, ['up', layout, '--json', '--log-level', 'warn', ...args]);
  await up.untilEvent(({ type }) => type === 'started');
  return up;
}

/** The names of the nodes that came into a state, in that order. */
export function order({ events }: Muster, state: string): string[] {
  return events.flatMap((event) =>
    event.type === 'state' && event.node.state === state && event.previous !== state ? [event.node.name] : [],
  );
}

/** One process of a node, as its witness tells it. */
export interface Witnessed {
  readonly socket: Socket;
  readonly told: Testimony[];
  readonly born: Extract<Testimony, { type: 'born' }>;
  readonly hasEnded: boolean;
}

/** Where the witnesses of a test report. */
export class Court {
  /** The first argument of the bootstrap script `witness`. */
  readonly path: string;
  readonly processes: { socket: Socket; told: Testimony[]; hasEnded: boolean }[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(path: string) {
    this.path = path;
  }

  static async open(t: ExecutionContext): Promise<Court> {
    const court = new Court(join(emptyDirectory(t), 'court'));
    const server = createServer((socket) => court.#admit(socket)).listen(court.path);
    await once(server, 'listening');
    t.teardown(() => {
      server.close();
      for (const { socket } of court.processes) socket.destroy();
    });
    return court;
  }

  /** The processes that have carried a node, the first one first. */
  of(name: string): Witnessed[] {
    const known = this.processes.filter(({ told: [first] }) => first?.type === 'born' && first.name === name);
    return known.map((one) => ({ ...one, born: one.told[0] as Witnessed['born'] }));
  }

  /** To its latest process, once that has reported. */
  async order(name: string, order: Order): Promise<void> {
    await this.until(() => this.of(name).length > 0);
    this.of(name).at(-1)?.socket.write(order);
  }

  async until(passes: (court: this) => boolean): Promise<void> {
    while (!passes(this)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #admit(socket: Socket): void {
    const process: Court['processes'][number] = { socket, told: [], hasEnded: false };
    this.processes.push(process);
    createInterface({ input: socket }).on('line', (line) => {
      process.told.push(JSON.parse(line));
      this.#changed();
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      process.hasEnded = true;
      this.#changed();
    });
  }

  #changed(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
