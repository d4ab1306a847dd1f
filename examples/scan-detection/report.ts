/** Report: the result of the job, for people. */
import type { BadLine } from './conn-log.ts';

export interface Result {
  readonly connections: number;
  /** Source → how many different (destination, port) pairs it tried. */
  readonly scanners: ReadonlyMap<string, number>;
  readonly badLines: number;
  readonly firstBadLine: BadLine | null;
}

/** A table of the scanners, the busiest first, and how much was read. */
export function formatResult({ connections, scanners, badLines, firstBadLine }: Result, threshold: number): string[] {
  const rows = [...scanners].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const width = Math.max('source'.length, ...rows.map(([source]) => source.length));
  const row = (source: string, tried: string) => `  ${source.padEnd(width)}  ${tried.padStart(9)}`;
  return [
    `sources that tried ${threshold} or more different (destination, port) pairs: ${formatCount(scanners.size)}`,
    ...(rows.length > 0 ? [row('source', 'pairs')] : []),
    ...rows.map(([source, pairs]) => row(source, formatCount(pairs))),
    `connections: ${formatCount(connections)}`,
    ...(firstBadLine
      ? [`malformed lines: ${formatCount(badLines)}, the first is line ${firstBadLine.line}: ${firstBadLine.reason}`]
      : []),
  ];
}

export const formatCount = (count: number): string => Math.round(count).toLocaleString('en-US');

export const formatSeconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
