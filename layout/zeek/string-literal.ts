/**
 * Zeek's string literals: `\n` and the like, `\xHH` and octal escapes stand for bytes, the bytes for UTF-8.
 */
import type { SourceText } from '../source-text.js';

const letters: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Reads the literal whose opening quote is at `start`. */
export function readString(source: SourceText, start: number): { readonly value: string; readonly end: number } {
  const { text } = source;
  const parts: Buffer[] = [];
  let plain = start + 1;
  for (let offset = plain; offset < text.length; ) {
    const char = text[offset];
    if (char === '\n' || char === '\r') break;
    if (char !== '"' && char !== '\\') {
      offset++;
      continue;
    }
    parts.push(Buffer.from(text.slice(plain, offset)));
    if (char === '"') return { value: Buffer.concat(parts).toString(), end: offset + 1 };
    const { bytes, end } = readEscape(source, offset);
    parts.push(bytes);
    plain = offset = end;
  }
  throw source.error(start, 'found a string that does not end in its line, expected a closing "');
}

/** Reads the escape whose backslash is at `start`. A letter without a meaning stands for itself. */
function readEscape(source: SourceText, start: number): { readonly bytes: Buffer; readonly end: number } {
  const code = /\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|([^\n\r]))/uy;
  code.lastIndex = start;
  const [all, hex, octal, letter = ''] = code.exec(source.text) ?? [];
  if (all === undefined) throw source.error(start, 'found a backslash at the end of a line, expected an escape');
  const end = start + all.length;
  const byte = hex ? Number.parseInt(hex, 16) : octal ? Number.parseInt(octal, 8) : letters[letter];
  if (byte !== undefined && byte > 255) throw source.error(start, `found ${all}, expected an octal escape up to \\377`);
  return { bytes: byte === undefined ? Buffer.from(letter) : Buffer.from([byte]), end };
}
