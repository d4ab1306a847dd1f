import test from 'ava';
import fc from 'fast-check';
import { MusterError } from '../../errors.js';
import { parseJson } from '../../layout/json.js';
import { readLayout } from '../../layout/read-layout.js';
import { SourceText } from '../../layout/source-text.js';
import { linesOf, makeDirectory, messageOfError } from './workbench.js';

function parse(text: string) {
  return parseJson(new SourceText('test.json', text));
}

for (const [text, message] of [
  ['', '1:1: found the end of the file, expected a value'],
  ['{', '1:2: found the end of the file, expected a key in double quotes'],
  ['{"a": 1,\n}', '2:1: found "}", expected a key in double quotes'],
  ['{\n  "a" 1}', '2:7: found "1", expected ":"'],
  ['{"a": 1\r\n"b": 2}', '2:1: found "\\"", expected "," or "}"'],
  ['[1 2]', '1:4: found "2", expected "," or "]"'],
  ['{} x', '1:4: found "x", expected the end of the file'],
  ['\n\n"abc', '3:1: the string has no end'],
  ['{"a": "b\n"}', '1:7: the string has no end'],
] as const) {
  test(`a mistake in ${JSON.stringify(text)} is reported with line and column`, async (t) => {
    t.is(await messageOfError(t, 'MUSTER_LAYOUT_UNREADABLE', () => parse(text)), `test.json:${message}`);
  });
}

for (const [text, place] of [
  ['{"a": tru}', '1:7: found "tru"'],
  ['{"a":\n01}', '2:1: found "01"'],
  ['{"a": "\\x"}', '1:7: found "\\"\\\\x\\""'],
] as const) {
  test(`the value in ${JSON.stringify(text)} that is none of JSON is shown with line and column`, async (t) => {
    const message = await messageOfError(t, 'MUSTER_LAYOUT_UNREADABLE', () => parse(text));
    t.true(message.startsWith(`test.json:${place}, expected a`), message);
  });
}

test('deep nesting is refused before the stack ends', async (t) => {
  for (const text of ['['.repeat(1_000_000), '{"a":'.repeat(1_000_000)]) {
    const message = await messageOfError(t, 'MUSTER_LAYOUT_UNREADABLE', () => parse(text));
    t.regex(message, /nested deeper than 100 levels/);
  }
});

test('what JSON.parse reads is read alike', (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(0, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space);
      t.deepEqual(parse(text).value, JSON.parse(text));
    }),
  );
});

test('what JSON.parse refuses is refused, and nothing else', (t) => {
  const anyMutation = fc.record({
    at: fc.nat(),
    insert: fc.constantFrom('', '"', ',', ':', '{', ']', '\\', '1', ' ', 'e', '-'),
  });
  fc.assert(
    fc.property(fc.json(), fc.array(anyMutation, { maxLength: 3 }), (json, mutations) => {
      let text = json;
      for (const { at, insert } of mutations) {
        const offset = at % (text.length + 1);
        text = text.slice(0, offset) + insert + text.slice(offset + (insert === '' ? 1 : 0));
      }
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        t.throws(() => parse(text), { instanceOf: MusterError });
        return;
      }
      t.deepEqual(parse(text).value, expected);
    }),
  );
});

test('problems of a JSON layout are reported with their places, in the order of the file', async (t) => {
  const text = `{
  "nodes": {
    "worker-1": { "nodeType": "worker", "ip": "127.0.0.1", "port": 70000 },
    "worker-2": { "ip": "127.0.0.1",
                  "manager": "boss",
                  "colour": "red" },
    "worker-1": { "nodeType": "worker", "ip": "::1", "ip": "::2" }
  },
  "extra": 1
}`;
  const file = `${await makeDirectory(t, { 'a.json': text })}/a.json`;
  const message = await messageOfError(t, 'MUSTER_LAYOUT_INVALID', () => readLayout(file));
  t.deepEqual(
    linesOf(message).map((line) => line.slice(file.length + 1).replace(/(?<=missing|unknown), .*/, '')),
    [
      '4:17: worker-2: nodeType: missing',
      '5:30: worker-2: manager: got "boss", which is not in the layout, expected a node of type "manager", of which there is none',
      '6:29: worker-2: colour: unknown',
      '7:5: worker-1: given twice, first in line 3',
      '7:54: worker-1: ip: given twice, first in line 7',
      '9:12: extra: unknown',
    ],
  );
});
