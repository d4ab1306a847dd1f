import { join, relative } from 'node:path';
import test from 'ava';
import { importModule } from '../../layout/import-module.js';
import { makeDirectory, messageOfError } from './workbench.js';

test('a module is imported with all its exports, by an absolute or a relative path', async (t) => {
  const text = `export const options = { logLevel: 'debug' }; export default async (node) => node;`;
  const directory = await makeDirectory(t, {
    'a.mjs': text,
    'b.ts': text.replace('node)', 'node: unknown): Promise<unknown>'),
  });
  for (const name of ['a.mjs', 'b.ts']) {
    const module = await importModule(relative(process.cwd(), join(directory, name)));
    t.deepEqual(Object.keys(module).sort(), ['default', 'options']);
    t.deepEqual(module.options, { logLevel: 'debug' });
  }
});

test('a TypeScript module shares its packages with the program', async (t) => {
  const zod = import.meta.resolve('zod');
  const directory = await makeDirectory(t, { 'a.ts': `import { z } from '${zod}'; export default z as unknown;` });
  const { z } = await import('zod');
  t.is((await importModule(join(directory, 'a.ts'))).default, z);
});

test('the code of the error is the caller’s choice', async (t) => {
  const message = await messageOfError(t, 'MUSTER_SCRIPT_FAILED', () =>
    importModule('/no/such.ts', 'MUSTER_SCRIPT_FAILED'),
  );
  t.is(message, '/no/such.ts: no such file');
});
