/**
 * Names of log files. A log is written to `PATH.log`; each stretch of it, from one rotation to the next, has a stem of its own,
 * under which its journal is from the start and its data after the rotation:
 *
 *   cluster.log                                           what is being written
 *   cluster.2026-11-21-10-00-00.logger-1.3.batches        its journal, the third of this log
 *   cluster.2026-11-21-09-00-00.logger-1.log              rotated at 10:00; the name says when it was begun
 *   cluster.2026-11-21-09-00-00.logger-1.2.batches        its journal
 */
import { toTimestamp } from './format.js';

const path = /^[A-Za-z0-9_-]{1,64}$/;

/** What the path of a stream may be, for messages. Without dots, so that names of files can be read back. */
export const pathRule = '1 to 64 letters, digits, "_" or "-"';

export function isValidPath(given: unknown): given is string {
  return typeof given === 'string' && path.test(given);
}

/** As Zeek makes it from the id of a stream: `Cluster::LOG` → `cluster`, `Known::HOSTS_LOG` → `known_hosts`. */
export function defaultPath(id: string): string {
  const words = id.replace(/(::|_)LOG$/, '').replaceAll('::', '_');
  return words.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

export interface Journal {
  /** Names of the journal and of the data, without directory. */
  readonly file: string;
  readonly data: string;
  /** What the two have in common. */
  readonly stem: string;
  /** Of the path, counted from 1. */
  readonly generation: number;
}

export function journalOf(stem: string, generation: number): Journal {
  return { stem, generation, data: `${stem}.log`, file: `${stem}.${generation}.batches` };
}

/** A stem that none of `names` begins with. */
export function freshStem(log: string, node: string, openedAt: number, names: readonly string[]): string {
  const begin = `${log}.${toTimestamp(openedAt)}`;
  for (let n = 1; ; n++) {
    const stem = `${begin}${n === 1 ? '' : `-${n}`}.${node}`;
    if (!names.some((name) => name.startsWith(`${stem}.`))) return stem;
  }
}

/** The journals of a log among the names in a directory, oldest first. */
export function journalsOf(log: string, names: readonly string[]): Journal[] {
  const found = names.flatMap((name) => {
    const [, stem, generation] = /^(.+)\.(\d+)\.batches$/.exec(name) ?? [];
    return stem !== undefined && logOf(stem) === log ? [journalOf(stem, Number(generation))] : [];
  });
  return found.sort((a, b) => a.generation - b.generation);
}

/** Rotated data of a log, compressed or not. */
export function rotatedOf(log: string, names: readonly string[]): string[] {
  return names.filter((name) => {
    const [, stem = ''] = /^(.+)\.log(?:\.gz)?$/.exec(name) ?? [];
    return logOf(stem) === log;
  });
}

/** The logs of which there is anything among the names in a directory. */
export function logsAmong(names: readonly string[]): string[] {
  return [...new Set(names.flatMap((name) => logOf(/^(.+)\.\d+\.batches$/.exec(name)?.[1] ?? '') ?? []))];
}

/** Whose stem it is. */
function logOf(stem: string): string | undefined {
  return /^([A-Za-z0-9_-]+)\.\d{4}(?:-\d\d){5}(?:-\d+)?\..+$/.exec(stem)?.[1];
}
