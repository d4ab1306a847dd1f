/**
 * Entry lines: the entries of a store as lines of JSON, `{"key":…,"value":…,"expiry":…}`, and streams of such lines that
 * are never held as a whole.
 */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MusterError, messageOf } from '../../errors.js';
import type { Entry } from '../../stores/entry.js';
import { idOf, type KeyId, keyOf } from '../../stores/key.js';
import { excerpt, fromJson, type Json, parseJson, toJson } from './notation.js';

/** So much is made before others have their turn, in characters. */
export const pieceSize = 64 * 1_024;
/** What an import asks for at once, in characters and entries. */
const restoredSize = 1_024 * 1_024;
const restoredCount = 2_000;
/** Longest line, in bytes: no entry that a store takes is longer. */
const longestLine = 256 * 1_024 * 1_024;

/** An entry apart from any store. */
export interface LooseEntry {
  readonly id: KeyId;
  readonly value: unknown;
  /** When it expires, in ms since 1970; `null` if never. */
  readonly expiry: number | null;
}

/** Begins with `{"key":`, which nothing else does that is sent beside entries. */
export function entryLine(id: KeyId, { value, expiry }: Pick<Entry, 'value' | 'expiry'>): string {
  return JSON.stringify({ key: toJson(keyOf(id)), value: toJson(value), ...(expiry !== null && { expiry }) });
}

export function keyLine(id: KeyId): string {
  return JSON.stringify({ key: toJson(keyOf(id)) });
}

export function isEntryLine(line: string): boolean {
  return line.startsWith('{"key":');
}

/** @throws {TypeError} saying what is wrong. */
export function readEntryLine(line: string): LooseEntry {
  const json = parseJson(line);
  const { key, value, expiry = null, ...others } = Object(json) as Partial<Record<string, Json>>;
  if (key === undefined || value === undefined || Object.keys(others).length > 0) {
    throw new TypeError(`an entry has "key", "value" and perhaps "expiry", not ${excerpt(line)}`);
  }
  if (expiry !== null && !(typeof expiry === 'number' && expiry >= 0)) {
    throw new TypeError(`"expiry" is a time in ms since 1970, not ${JSON.stringify(expiry)}`);
  }
  return { id: idOf(fromJson(key)), value: fromJson(value), expiry };
}

/** What is there at `now`, without what has expired and is only not thrown away yet. */
export function* entryLines(
  scan: Iterator<readonly [KeyId, Entry], undefined>,
  now: () => number,
): Generator<string, undefined> {
  for (let next = scan.next(); next.done !== true; next = scan.next()) {
    const [id, entry] = next.value;
    if (entry.expiry === null || entry.expiry > now()) yield entryLine(id, entry);
  }
}

/** Writes lines as fast as they are taken, and lets others have their turn in between. @returns how many. */
export async function writeLines(to: Writable, lines: Iterable<string>): Promise<number> {
  let count = 0;
  let piece = '';
  for (const line of lines) {
    count += 1;
    piece += `${line}\n`;
    if (piece.length < pieceSize) continue;
    await writePiece(to, piece);
    piece = '';
    await nextTurn();
    if (to.destroyed) break;
  }
  if (piece !== '') await writePiece(to, piece);
  return count;
}

/** Resolves once there is room for more, or nobody who would take it. */
export async function writePiece(to: Writable, piece: string | Uint8Array): Promise<void> {
  if (to.destroyed || to.write(piece) || to.destroyed) return;
  const settled = new AbortController();
  const { signal } = settled;
  // Whoever reads may go away at any time; then there is a `close`, and perhaps an error.
  await Promise.race(['drain', 'close'].map((event) => once(to, event, { signal }))).catch(() => {});
  settled.abort();
}

/** Cuts chunks into lines. What comes after the last newline is a line, too. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = buffer.indexOf(0x0a); end !== -1; end = buffer.indexOf(0x0a, start)) {
      yield Buffer.concat([...parts, buffer.subarray(start, end)]).toString();
      [parts, length] = [[], 0];
      start = end + 1;
    }
    if (start < buffer.length) parts.push(buffer.subarray(start));
    length += buffer.length - start;
    if (length > longestLine) throw new TypeError(`a line is longer than ${longestLine} bytes`);
  }
  if (parts.length > 0) yield Buffer.concat(parts).toString();
}

/** What an import has done. */
export interface Imported {
  readonly count: number;
  /** Entries that had expired, and were left out. */
  readonly expired: number;
}

/**
 * Restores the entries of `lines`, some at a time, until there are no more or one is `endLine`.
 * @throws {@link MusterError} `MUSTER_STORE_TRANSFER_FAILED`, or what the store has refused an entry with; it names the line.
 */
export async function importLines(
  lines: AsyncIterable<string>,
  restore: (entry: LooseEntry) => Promise<unknown>,
  now: () => number,
  endLine?: string,
): Promise<Imported> {
  let [number, count, expired, size] = [0, 0, 0, 0];
  let restoring: Promise<void>[] = [];
  let refusal: { readonly line: number; readonly cause: unknown } | undefined;
  const attempt = async (line: number, restored: () => Promise<unknown>): Promise<void> => {
    try {
      await restored();
      count += 1;
    } catch (cause) {
      refusal ??= { line, cause };
    }
  };
  try {
    for await (const line of lines) {
      if (line === endLine || refusal !== undefined) break;
      number += 1;
      if (line.trim() === '') continue;
      const entry = readEntryLine(line);
      if (entry.expiry !== null && entry.expiry <= now()) {
        expired += 1;
        continue;
      }
      restoring.push(attempt(number, () => restore(entry)));
      size += line.length;
      if (restoring.length < restoredCount && size < restoredSize) continue;
      await Promise.all(restoring);
      [restoring, size] = [[], 0];
    }
  } catch (cause) {
    refusal ??= { line: number, cause };
  }
  await Promise.all(restoring);
  if (refusal !== undefined) throw importFailed(refusal.line, count, refusal.cause);
  return { count, expired };
}

/** `1 entry`, `2 entries`. */
export function countEntries(count: number): string {
  return `${count} ${count === 1 ? 'entry' : 'entries'}`;
}

function importFailed(line: number, count: number, cause: unknown): MusterError {
  const code = cause instanceof MusterError ? cause.code : 'MUSTER_STORE_TRANSFER_FAILED';
  return new MusterError(code, `line ${line}: ${messageOf(cause)}; ${countEntries(count)} imported`, { cause });
}
