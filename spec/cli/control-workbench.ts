/**
 * What the tests of control commands share: a cluster with two control nodes, and commands that ask it either way.
 */
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { NodeDefinition } from '../../layout/types.js';
import { freePorts } from '../helpers/ports.js';
import { emptyDirectory, Muster, type Place, place, run, runHere, scriptPath, startCluster } from './workbench.js';

const ip = '127.0.0.1';

/** Two control nodes, a logger, a manager, and two workers, of which the second is on host `other`. */
export async function sixNodes(t: ExecutionContext, other = ip): Promise<Place> {
  const ports = await freePorts(3);
  const [control = 0, logger = 0, manager = 0] = ports;
  const nodes: Record<string, NodeDefinition> = {
    'control-1': { nodeType: 'control', ip, port: control },
    'control-2': { nodeType: 'control', ip },
    'logger-1': { nodeType: 'logger', ip, port: logger },
    manager: { nodeType: 'manager', ip, port: manager },
    'worker-1': { nodeType: 'worker', ip },
    'worker-2': { nodeType: 'worker', ip: other },
  };
  return place(t, ports, nodes);
}

export class ControlledCluster {
  readonly layout: string;
  readonly up: Muster;
  readonly #t: ExecutionContext;
  readonly #noSupervisor: string;

  private constructor(t: ExecutionContext, layout: string, up: Muster) {
    this.#t = t;
    this.layout = layout;
    this.up = up;
    this.#noSupervisor = join(emptyDirectory(t), 'none');
  }

  static async start(t: ExecutionContext): Promise<ControlledCluster> {
    const { layout } = await sixNodes(t);
    return new ControlledCluster(t, layout, await startCluster(t, layout, '--load', scriptPath('exposes')));
  }

  /** Runs a command that finds the supervisor. */
  bySupervisor(...args: readonly string[]): Promise<Said> {
    return ask([...args, ...this.#where(args)]);
  }

  /** The same in a process of its own, which has to end by itself. */
  async aside(...args: readonly string[]): Promise<Said> {
    const { code, out } = await run(this.#t, [...args, ...this.#where(args), '--json']);
    return { code: code as number, said: linesOf(out.split('\n')) };
  }

  /** Runs a command that does not, and so has to join. */
  byControl(...args: readonly string[]): Promise<Said> {
    return ask([...args, ...this.#where(args), '--state-dir', this.#noSupervisor]);
  }

  /** Starts a command that goes on. */
  follow(...args: readonly string[]): Muster {
    return new Muster(this.#t, [...args, '--json', ...this.#where(args), '--state-dir', this.#noSupervisor]);
  }

  pidOf(name: string): number | null | undefined {
    const states = this.up.events.flatMap((event) => (event.type === 'state' ? [event.node] : []));
    return states.findLast((node) => node.name === name)?.pid;
  }

  signal(name: string, signal: NodeJS.Signals): void {
    process.kill(this.pidOf(name) as number, signal);
  }

  /** `status` and `stop` have the layout as an argument, as they had before there were control nodes. */
  #where([command]: readonly string[]): string[] {
    return command === 'status' || command === 'stop' ? [this.layout] : ['--layout', this.layout];
  }
}

export interface Said {
  readonly code: number | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what commands print is checked field by field
  readonly said: any[];
}

/** Runs a command to its end, with `--json`. A busy machine takes its time. */
export async function ask(args: readonly string[]): Promise<Said> {
  const timeout = args.includes('--timeout') ? [] : ['--timeout', '20000'];
  const { code, out } = await runHere([...args, ...timeout, '--json']);
  return { code, said: linesOf(out.split('\n')) };
}

export function linesOf(lines: readonly string[]): Said['said'] {
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}
