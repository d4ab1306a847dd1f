/**
 * The records of the bench of logs, and how a side of it is measured.
 */

export interface BenchRecord {
  readonly ts: number;
  readonly client: string;
  readonly port: number;
  readonly path: string;
  readonly took: number;
}

export function recordOf(n: number): BenchRecord {
  return {
    ts: 1_700_000_000_000 + n,
    client: `10.0.0.${n % 250}`,
    port: n % 65_536,
    path: `/items/${n}`,
    took: n % 1_000,
  };
}

/** A second: records, and ms of processor time of the writer for a million of them. */
export interface Rate {
  readonly records: number;
  readonly cpu: number;
}

/** Measures `write`, which writes so many records and resolves when they are with the operating system. */
export async function rateOf(records: number, write: (records: number) => Promise<void>): Promise<Rate> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await write(records);
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { records: records / seconds, cpu: ((user + system) / 1_000) * (1_000_000 / records) };
}
