/**
 * JSON with places: `JSON.parse` tells neither where a value stands nor that a key is given twice, and on some versions
 * of Node not even where an error is.
 */

import { show } from './show.js';
import type { SourceText } from './source-text.js';

/** Deeper than any layout, shallow enough for the stack. */
const maxDepth = 100;
/** Paths up to `nodes`, name, field are located. */
const maxLocatedDepth = 3;

export interface JsonDocument {
  readonly value: unknown;
  /** Offsets of the values at paths of up to three keys, by {@link pathKey}. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Keys that their object already has. */
  readonly duplicates: readonly { readonly path: readonly string[]; readonly offset: number; readonly first: number }[];
}

/** @throws {@link MusterError} `MUSTER_LAYOUT_UNREADABLE` with line and column. */
export function parseJson(source: SourceText): JsonDocument {
  return new JsonReader(source).document();
}

export function pathKey(path: readonly string[]): string {
  return path.join('\0');
}

class JsonReader {
  readonly #source: SourceText;
  readonly #text: string;
  #offset = 0;
  readonly #path: string[] = [];
  readonly #offsets = new Map<string, number>();
  readonly #duplicates: { path: readonly string[]; offset: number; first: number }[] = [];

  constructor(source: SourceText) {
    this.#source = source;
    this.#text = source.text;
  }

  document(): JsonDocument {
    const value = this.#value();
    this.#skipSpace();
    if (this.#offset < this.#text.length) throw this.#unexpected('the end of the file');
    return { value, offsets: this.#offsets, duplicates: this.#duplicates };
  }

  #value(): unknown {
    this.#skipSpace();
    if (this.#path.length > maxDepth) throw this.#source.error(this.#offset, `nested deeper than ${maxDepth} levels`);
    if (this.#path.length <= maxLocatedDepth) this.#offsets.set(pathKey(this.#path), this.#offset);
    switch (this.#text[this.#offset]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      default:
        return this.#literal();
    }
  }

  #object(): object {
    const entries = new Map<string, unknown>();
    const keyOffsets = new Map<string, number>();
    this.#items('}', () => {
      if (this.#text[this.#offset] !== '"') throw this.#unexpected('a key in double quotes');
      const offset = this.#offset;
      const key = this.#string();
      this.#path.push(key);
      const first = keyOffsets.get(key);
      if (first === undefined) keyOffsets.set(key, offset);
      else this.#duplicates.push({ path: [...this.#path], offset, first });
      this.#skipSpace();
      if (this.#text[this.#offset] !== ':') throw this.#unexpected('":"');
      this.#offset++;
      entries.set(key, this.#value());
      this.#path.pop();
    });
    return Object.fromEntries(entries); // also defines a key `__proto__` as any other
  }

  #array(): unknown[] {
    const values: unknown[] = [];
    this.#items(']', () => {
      this.#path.push(String(values.length));
      values.push(this.#value());
      this.#path.pop();
    });
    return values;
  }

  /** What stands between brackets, separated by commas. */
  #items(close: string, readItem: () => void): void {
    this.#offset++;
    this.#skipSpace();
    if (this.#text[this.#offset] !== close) {
      for (;;) {
        readItem();
        this.#skipSpace();
        if (this.#text[this.#offset] !== ',') break;
        this.#offset++;
        this.#skipSpace();
      }
      if (this.#text[this.#offset] !== close) throw this.#unexpected(`"," or "${close}"`);
    }
    this.#offset++;
  }

  #string(): string {
    const start = this.#offset;
    for (let end = start + 1; end < this.#text.length; end++) {
      const char = this.#text[end];
      if (char === '\\') end++;
      else if (char === '"') {
        this.#offset = end + 1;
        return this.#parsed(start, 'a string') as string;
      } else if (char === '\n') break;
    }
    throw this.#source.error(start, 'the string has no end');
  }

  #literal(): unknown {
    const start = this.#offset;
    while (/[\w.+-]/.test(this.#text[this.#offset] ?? '')) this.#offset++;
    if (start === this.#offset) throw this.#unexpected('a value');
    return this.#parsed(start, 'a value');
  }

  /** The string, number or word from `start` to here. */
  #parsed(start: number, expected: string): unknown {
    const text = this.#text.slice(start, this.#offset);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#source.error(
        start,
        `found ${show(text)}, expected ${expected} of JSON (${(cause as Error).message})`,
      );
    }
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#offset] ?? '')) this.#offset++;
  }

  #unexpected(expected: string) {
    const found = this.#offset < this.#text.length ? show(this.#text[this.#offset]) : 'the end of the file';
    return this.#source.error(this.#offset, `found ${found}, expected ${expected}`);
  }
}
