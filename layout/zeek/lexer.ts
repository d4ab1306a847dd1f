/**
 * Lexer for the part of Zeek's language that a `cluster-layout.zeek` is written in. Gives one token at a time, so that
 * a hostile file costs no more than its length up to the first mistake.
 */
import { isIPv6 } from 'node:net';
import type { SourceText } from '../source-text.js';
import { readString } from './string-literal.js';

export type TokenKind = 'string' | 'address' | 'port' | 'number' | 'host' | 'word' | 'directive' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As it is written. */
  readonly text: string;
  /** What it means: a string without quotes and escapes, an address without brackets. */
  readonly value: string;
  readonly offset: number;
}

/** In this order: a port and an address begin like a number, a host name like a word. */
const patterns: readonly (readonly [kind: TokenKind, pattern: RegExp])[] = [
  ['port', /\d{1,10}\/(?:tcp|udp|icmp|unknown)\b/y],
  // A zone is no Zeek, but read, so that its error can say where a zone goes.
  ['address', /\[[0-9A-Fa-f:.]{2,64}(?:%[\w.-]{1,64})?\]/y],
  ['address', /(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]{0,15}(?![\w:.])/y],
  ['address', /\d{1,10}(?:\.\d{1,10}){3}(?![\w.-])/y],
  ['host', /[A-Za-z0-9-]{1,64}(?:\.[A-Za-z0-9-]{1,64}){1,64}/y],
  ['number', /\d{1,100}/y],
  ['word', /[A-Za-z_]\w{0,100}(?:::[A-Za-z_]\w{0,100}){0,10}/y],
  ['directive', /@[\w-]{1,100}/y],
  ['sign', /\+=|-=|[{}[\]()=,;$]/y],
];

export class Lexer {
  readonly #source: SourceText;
  #offset = 0;

  constructor(source: SourceText) {
    this.#source = source;
  }

  /** @throws {@link MusterError} `MUSTER_LAYOUT_UNREADABLE` at a character that begins no token. */
  next(): Token {
    const { text } = this.#source;
    this.#skipSpaceAndComments();
    const offset = this.#offset;
    if (offset >= text.length) return { kind: 'end', text: '', value: '', offset };
    if (text[offset] === '"') {
      const { value, end } = readString(this.#source, offset);
      return this.#token('string', end, value);
    }
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = offset;
      const [found] = pattern.exec(text) ?? [];
      if (found === undefined || !isToken(kind, found)) continue;
      return this.#token(kind, offset + found.length, kind === 'address' ? found.replaceAll(/[[\]]/g, '') : found);
    }
    const char = String.fromCodePoint(text.codePointAt(offset) ?? 0);
    throw this.#source.error(offset, `found ${JSON.stringify(char)}, which begins nothing that a layout may hold`);
  }

  #token(kind: TokenKind, end: number, value: string): Token {
    const offset = this.#offset;
    this.#offset = end;
    return { kind, text: this.#source.text.slice(offset, end), value, offset };
  }

  #skipSpaceAndComments(): void {
    const { text } = this.#source;
    for (;;) {
      const char = text[this.#offset];
      if (char === '#') {
        const end = text.indexOf('\n', this.#offset);
        this.#offset = end < 0 ? text.length : end;
      } else if (char === ' ' || char === '\t' || char === '\r' || char === '\n' || char === '\f') this.#offset++;
      else return;
    }
  }
}

/** Brackets hold an IPv6 address only with a colon, and without brackets it must be one. */
function isToken(kind: TokenKind, text: string): boolean {
  if (kind !== 'address') return true;
  return text.startsWith('[') ? text.includes(':') : !text.includes(':') || isIPv6(text);
}
