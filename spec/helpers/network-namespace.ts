/**
 * Network namespace: a loopback interface of its own for processes of a test, on which all packets can be swallowed.
 * It takes Linux, leave to make a user namespace, and `unshare`, `nsenter`, `ip` and `tc`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import { guard } from './node-process-guard.js';

/** Swallows everything, and tells nobody. */
const hole = ['qdisc', 'add', 'dev', 'lo', 'root', 'blackhole'];
const noHole = ['qdisc', 'del', 'dev', 'lo', 'root'];

/** Why there can't be one here; undefined if there can. */
export function whyNoNamespace(): string | undefined {
  const tryIt = `ip link set lo up && tc ${hole.join(' ')} && nsenter --version`;
  try {
    execFileSync('unshare', ['-rn', 'sh', '-c', tryIt], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: Buffer };
    return (stderr?.toString() || message).trim().split('\n').join('; ');
  }
}

export class NetworkNamespace {
  /** Command and arguments that run a process in it. */
  readonly within: readonly string[];

  private constructor({ pid }: ChildProcess) {
    this.within = ['nsenter', '--preserve-credentials', '-U', '-n', '-t', String(pid)];
  }

  /** One that lasts as long as the test. */
  static async open(t: ExecutionContext): Promise<NetworkNamespace> {
    const holder = spawn('unshare', ['-rn', 'sh', '-c', 'ip link set lo up && echo up && exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    guard(holder);
    t.teardown(() => holder.kill());
    await once(holder.stdout, 'data');
    return new NetworkNamespace(holder);
  }

  /** No packet arrives any more. */
  swallowAll(): void {
    this.#run('tc', hole);
  }

  /** Packets arrive again. */
  heal(): void {
    this.#run('tc', noHole);
  }

  #run(command: string, args: readonly string[]): void {
    const [nsenter = '', ...where] = this.within;
    execFileSync(nsenter, [...where, command, ...args], { stdio: 'pipe' });
  }
}

/** Two networks that are joined by one cable, as two machines are. */
export class TwoNetworks {
  readonly addresses = ['10.77.0.1', '10.77.0.2'] as const;
  /** For each: command and arguments that run a process in it. */
  readonly within: readonly (readonly string[])[];

  private constructor(pids: readonly number[]) {
    this.within = pids.map((pid) => ['nsenter', '--preserve-credentials', '-U', '-n', '-t', `${pid}`]);
  }

  /** Why there can't be two here, where one can be had; undefined if there can. */
  static whyNot(): string | undefined {
    try {
      execFileSync('unshare', ['-rn', 'ip', 'link', 'add', 'cable-1', 'type', 'veth', 'peer', 'name', 'cable-2'], {
        stdio: 'pipe',
      });
      return undefined;
    } catch (error) {
      return (error as Error).message.trim().split('\n').join('; ');
    }
  }

  /** Two that last as long as the test. */
  static async open(t: ExecutionContext): Promise<TwoNetworks> {
    const one = await hold(t, ['unshare', '-rn']);
    const inOne = ['nsenter', '--preserve-credentials', '-U', '-n', '-t', `${one}`];
    const other = await hold(t, [...inOne, 'unshare', '-n']);
    const networks = new TwoNetworks([one, other]);
    const [here, there] = networks.addresses;
    networks.#run(0, `ip link add cable type veth peer name cable netns ${other}`);
    for (const [i, address] of [here, there].entries()) {
      networks.#run(i, `ip link set lo up && ip addr add ${address}/24 dev cable && ip link set cable up`);
    }
    return networks;
  }

  #run(which: number, script: string): void {
    const [nsenter = '', ...where] = this.within[which] ?? [];
    execFileSync(nsenter, [...where, 'sh', '-c', script], { stdio: 'pipe' });
  }
}

/** @returns the pid of a process that holds what `command` has made, as long as the test lasts */
async function hold(t: ExecutionContext, [command = '', ...args]: readonly string[]): Promise<number> {
  const holder = spawn(command, [...args, 'sh', '-c', 'echo up && exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  guard(holder);
  t.teardown(() => holder.kill());
  await once(holder.stdout, 'data');
  return holder.pid as number;
}
