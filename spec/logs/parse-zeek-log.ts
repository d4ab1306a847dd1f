/**
 * An independent little parser of Zeek's logs, by what `#separator` … `#types` say and by Zeek's documentation alone: bytes
 * in, a value as text for each field out. It knows nothing of how Muster writes or reads them.
 */

/** `undefined`: unset. Text as Latin-1, a character for each byte. */
export type ParsedField = string | undefined | readonly (string | undefined)[];

export interface ParsedLog {
  readonly path: string;
  readonly fields: readonly string[];
  readonly rows: readonly ParsedField[][];
  /** Times of `#open` and `#close`. */
  readonly opened: number;
  readonly closed: number;
}

export function parseZeekLog(bytes: Uint8Array): ParsedLog {
  const headers = new Map<string, string[]>();
  const rows: ParsedField[][] = [];
  let [opened, closed, separator] = [0, 0, ' '];
  for (const line of latin1(bytes).split('\n')) {
    if (line === '') continue;
    if (line.startsWith('#separator ')) {
      separator = unescapeBytes(line.slice('#separator '.length));
    } else if (line.startsWith('#')) {
      const [name = '', ...given] = line.slice(1).split(separator);
      headers.set(name, given);
      if (name === 'open') opened += 1;
      if (name === 'close') closed += 1;
    } else {
      const types = headers.get('types') ?? [];
      const found = line.split(separator);
      if (found.length !== types.length) throw new Error(`${found.length} fields instead of ${types.length}: ${line}`);
      rows.push(found.map((field, i) => parseField(field, types[i] as string, headers)));
    }
  }
  return { path: headers.get('path')?.[0] ?? '', fields: headers.get('fields') ?? [], rows, opened, closed };
}

function parseField(field: string, type: string, headers: ReadonlyMap<string, string[]>): ParsedField {
  const [unset, empty, comma] = ['unset_field', 'empty_field', 'set_separator'].map((name) => headers.get(name)?.[0]);
  const scalar = (text: string) => (text === unset ? undefined : text === empty ? '' : unescapeBytes(text));
  if (!/^(set|vector)\[.*\]$/.test(type)) return scalar(field);
  if (field === unset) return undefined;
  return field === empty ? [] : field.split(comma as string).map(scalar);
}

function unescapeBytes(text: string): string {
  let result = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && text[i + 1] === 'x') {
      result += String.fromCharCode(Number.parseInt(text.slice(i + 2, i + 4), 16));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
