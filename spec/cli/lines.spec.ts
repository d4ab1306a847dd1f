import test from 'ava';
import fc from 'fast-check';
import { createLineCutter } from '../../cli/lines.js';

function cut(chunks: readonly Uint8Array[], maxLength?: number): string[] {
  const lines: string[] = [];
  const cutter = createLineCutter((line) => lines.push(line), maxLength);
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  return lines;
}

test('lines come out whole, wherever they are cut', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(200)), (words, cuts) => {
      const lines = words.map((word) => word.replaceAll(/[\r\n]/g, ''));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
      t.deepEqual(cut(chunks), lines);
    }),
  );
});

test('what follows the last newline is a line, too', (t) => {
  t.deepEqual(cut([Buffer.from('one\ntwo')]), ['one', 'two']);
  t.deepEqual(cut([Buffer.from('one\n\n')]), ['one', '']);
});

test('a carriage return before a newline is not part of the line', (t) => {
  t.deepEqual(cut([Buffer.from('one\r\ntwo\r'), Buffer.from('\nthree\r!\n')]), ['one', 'two', 'three\r!']);
});

test('a line without end is cut, so that it cannot fill the memory', (t) => {
  const chunk = Buffer.from('x'.repeat(40));
  t.deepEqual(cut([chunk, chunk, chunk], 50), ['x'.repeat(50), 'x'.repeat(50), 'x'.repeat(20)]);
});
