import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { checkLayout } from '../../layout/check-layout.js';
import { importModule } from '../../layout/import-module.js';
import { nodeFields } from '../../layout/node-fields.js';
import { readJsonLayout } from '../../layout/read-json.js';
import { resolveOptions } from '../../layout/resolve-options.js';
import { readZeekLayout } from '../../layout/zeek/read-zeek.js';
import { makeDirectory } from './workbench.js';

const page = readFileSync('docs/layouts.md', 'utf8');

/** First column without its backticks → second column, of the table with that heading. */
function table(heading: string): Map<string, string> {
  const [, rows = ''] = page.split(`| ${heading} |`);
  const [body = ''] = rows.trimEnd().split('\n\n');
  const cells = body.split('\n').map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  return new Map(cells.slice(2).map(([, name = '', value = '']) => [name, value]));
}

/** The first example in that language. */
function example(language: string): string {
  return page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';
}

test('the page lists every option with its default', (t) => {
  const rows = table('option');
  const { broadcastTopics: _, ...options } = resolveOptions({}, {});
  t.deepEqual([...rows.keys()].sort(), [...Object.keys(options), 'broadcastTopics'].sort());
  for (const [name, value] of Object.entries(options)) {
    if (['string', 'number', 'boolean'].includes(typeof value) && value !== '' && name !== 'stateDir') {
      t.is(rows.get(name), String(value), name);
    }
  }
});

test('the page lists every field of a node', (t) => {
  t.deepEqual([...table('field').keys()].sort(), Object.keys(nodeFields).sort());
});

test('the examples of the page are layouts', async (t) => {
  const { layout } = checkLayout(readJsonLayout('example', example('json')));
  t.deepEqual(Object.keys(layout), ['manager', 'logger-1', 'worker-1']);
  const zeek = checkLayout(readZeekLayout('example', example('zeek'), { LOGGER_PORT: '27761/tcp' })).layout;
  t.deepEqual(zeek, { ...layout, 'logger-1': { ...layout['logger-1'], ip: '::1' } });
  t.deepEqual(Object.keys(await loadExample(t)), [
    'manager',
    'logger-1',
    'worker-1',
    'worker-2',
    'worker-3',
    'worker-4',
  ]);
});

async function loadExample(t: ExecutionContext): Promise<object> {
  const directory = await makeDirectory(t, { 'example.ts': example('ts') });
  const { default: content } = await importModule(join(directory, 'example.ts'));
  return checkLayout({ file: 'example', content }).layout;
}
