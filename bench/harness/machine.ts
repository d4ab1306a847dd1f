/**
 * Machine: what `/proc` tells of this machine and its processes. Linux only; elsewhere figures from here are `NaN`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { version } from 'zeromq';

/** Ticks per second in `/proc`: the same on every Linux since long ago. */
const ticksPerSecond = 100;

/** Seconds of CPU that a process has used, all its threads together; in steps of 10 ms. */
export function cpuSeconds(pid: number): number {
  // The second field is the name in parentheses, and may have anything in it.
  const fields = read(`/proc/${pid}/stat`)?.replace(/^.*\)/s, '').trim().split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** MiB of memory of a process: resident, and its fair share of that (pages that others map too count in part). */
export function memoryOf(pid: number): { readonly resident: number; readonly share: number } {
  return {
    resident: mebibytes(read(`/proc/${pid}/status`), 'VmRSS'),
    share: mebibytes(read(`/proc/${pid}/smaps_rollup`), 'Pss'),
  };
}

/** Seconds of CPU used by the whole machine, what its host took away included. */
export function busySeconds(): number {
  const [user, nice, system, , , irq, softirq, steal] = (read('/proc/stat')?.split('\n', 1)[0] ?? '')
    .split(/\s+/)
    .slice(1)
    .map(Number) as (number | undefined)[];
  const ticks = [user, nice, system, irq, softirq, steal].reduce<number>((sum, n) => sum + (n ?? Number.NaN), 0);
  return ticks / ticksPerSecond;
}

/** Machine and versions in a line. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const packages = `zeromq.js ${versionOf('zeromq')} (libzmq ${version}), msgpackr ${versionOf('msgpackr')}`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${cpu?.model.trim()}, ${memory}, Node ${process.versions.node}, ${packages}`;
}

/** Of an installed package; most do not export their `package.json`. */
function versionOf(name: string): string {
  for (const directory of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const text = read(join(directory, name, 'package.json'));
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version;
  }
  return '?';
}

function mebibytes(text: string | undefined, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text ?? '')?.[1];
  return Number(kibibytes) / 1_024;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
