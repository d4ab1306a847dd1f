/**
 * Reads Zeek's conn.log: JSON lines, or tab-separated values below a `#fields` line. Which one, each line shows.
 * A file of any size passes through piece by piece, and of each piece only the lines asked for become text.
 */
import { createReadStream } from 'node:fs';
import { isIP } from 'node:net';

/** Of each connection, what the job needs. */
export interface Connection {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
}

/** A line that is no connection. It is counted, and the rest goes on. */
export type BadLine = { readonly line: number; readonly reason: string };

export interface Piece {
  readonly connections: readonly Connection[];
  readonly badLines: readonly BadLine[];
}

/** Which lines to take: of every `of` lines the one at `index`, from 0. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

const newline = '\n'.charCodeAt(0);
const hashSign = '#'.charCodeAt(0);

/** @throws what the system says, when the file can't be read. */
export async function* readConnLog(file: string, share: Share = { index: 0, of: 1 }): AsyncGenerator<Piece> {
  const parseLine = createParser();
  let number = 0;
  for await (const lines of readLines(file)) {
    const connections: Connection[] = [];
    const badLines: BadLine[] = [];
    for (const line of lines) {
      const isMine = number++ % share.of === share.index;
      // The directives are for everyone: they say what the columns are.
      if (!isMine && line[0] !== hashSign) continue;
      try {
        const connection = parseLine(line.toString().trimEnd());
        if (connection) connections.push(connection);
      } catch (error) {
        badLines.push({ line: number, reason: (error as Error).message });
      }
    }
    yield { connections, badLines };
  }
}

/** The lines of a file, as many at a time as a piece of it holds; none of them is text yet. */
async function* readLines(file: string): AsyncGenerator<Buffer[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    const piece = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = piece.indexOf(newline); end !== -1; end = piece.indexOf(newline, start)) {
      lines.push(piece.subarray(start, end));
      start = end + 1;
    }
    rest = piece.subarray(start);
    yield lines;
  }
  if (rest.length > 0) yield [rest];
}

/** A function that takes one line after the other: a connection, nothing for an empty line or a directive, or a throw. */
function createParser(): (line: string) => Connection | undefined {
  let separator = '\t';
  let columns: { readonly source: number; readonly destination: number; readonly port: number } | undefined;

  return (line) => {
    if (line === '') return;
    if (line.startsWith('{')) return fromJson(line);
    if (line.startsWith('#')) return readDirective(line);
    if (columns === undefined) throw new Error('neither JSON nor below a #fields line');
    const values = line.split(separator);
    return checked(values[columns.source], values[columns.destination], toNumber(values[columns.port]));
  };

  function readDirective(line: string): undefined {
    if (line.startsWith('#separator ')) separator = unescaped(line.slice('#separator '.length));
    const [name, ...fields] = line.split(separator);
    if (name !== '#fields') return;
    columns = {
      source: fields.indexOf('id.orig_h'),
      destination: fields.indexOf('id.resp_h'),
      port: fields.indexOf('id.resp_p'),
    };
  }
}

/** `\x09` is a tab. */
function unescaped(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
}

/** Anything but digits stays what it is, for the message that refuses it. */
function toNumber(text: string | undefined): number | string | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

function fromJson(line: string): Connection {
  const record = JSON.parse(line);
  return checked(record['id.orig_h'], record['id.resp_h'], record['id.resp_p']);
}

function checked(source: unknown, destination: unknown, port: unknown): Connection {
  if (!isAddress(source)) throw new Error(`id.orig_h: an address expected, got ${shown(source)}`);
  if (!isAddress(destination)) throw new Error(`id.resp_h: an address expected, got ${shown(destination)}`);
  if (!isPort(port)) throw new Error(`id.resp_p: a port expected, got ${shown(port)}`);
  return { source, destination, port };
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && isIP(value) !== 0;
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
}
