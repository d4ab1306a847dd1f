/**
 * Networks: network namespaces that are joined by a bridge, each with an address of its own, as machines on a network are.
 * It takes Linux, leave to make a user namespace, and `unshare`, `nsenter` and `ip`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import { guard } from './node-process-guard.js';

const bridge = 'ip link add br0 type bridge && ip link set br0 up';

/** Why there can't be any here; undefined if there can. */
export function whyNoNetworks(): string | undefined {
  try {
    execFileSync('unshare', ['-rn', 'sh', '-c', `${bridge} && nsenter --version && unshare -n true`], {
      stdio: 'pipe',
    });
    return undefined;
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: Buffer };
    return (stderr?.toString() || message).trim().split('\n').join('; ');
  }
}

export interface Network {
  readonly ip: string;
  /** Command and arguments that run a process in it. */
  readonly within: readonly [string, ...string[]];
  /** Where all its packets pass. */
  readonly cable: Cable;
}

export interface Cable {
  readonly within: readonly [string, ...string[]];
  readonly device: string;
}

/** So many networks, for as long as the test lasts. */
export async function openNetworks(t: ExecutionContext, count: number): Promise<Network[]> {
  const hub = await hold(t, ['unshare', '-rn'], `ip link set lo up && ${bridge}`);
  const networks: Network[] = [];
  for (let i = 1; i <= count; i++) {
    const ip = `10.213.7.${i}`;
    const leaf = await hold(t, [...enter(hub), 'unshare', '-n'], 'ip link set lo up');
    run(hub, `ip link add v${i} type veth peer name eth0 netns ${leaf.pid} && ip link set v${i} master br0 up`);
    run(leaf, `ip addr add ${ip}/24 dev eth0 && ip link set eth0 up`);
    networks.push({ ip, within: enter(leaf), cable: { within: enter(hub), device: `v${i}` } });
  }
  return networks;
}

/** A process that holds namespaces open, and ends with this one: its input does. */
async function hold(
  t: ExecutionContext,
  [command = '', ...args]: readonly string[],
  script: string,
): Promise<ChildProcess> {
  const holder = spawn(command, [...args, 'sh', '-c', `${script} && echo up && exec cat`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  guard(holder);
  t.teardown(() => holder.kill());
  await once(holder.stdout as NonNullable<typeof holder.stdout>, 'data');
  return holder;
}

function enter({ pid }: ChildProcess): [string, ...string[]] {
  return ['nsenter', '--preserve-credentials', '-U', '-n', '-t', String(pid)];
}

function run(holder: ChildProcess, script: string): void {
  const [command, ...args] = enter(holder);
  execFileSync(command, [...args, 'sh', '-c', script], { stdio: 'pipe' });
}
