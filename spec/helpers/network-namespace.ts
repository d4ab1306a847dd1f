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
