/**
 * What the tests of layouts share: a directory of their own, small layouts, the error of a call.
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { MusterError, type MusterErrorCode } from '../../errors.js';
import { checkLayout } from '../../layout/check-layout.js';
import type { Environment, Layout, NodeDefinition } from '../../layout/types.js';
import { readZeekLayout } from '../../layout/zeek/read-zeek.js';

export const worker: NodeDefinition = { nodeType: 'worker', ip: '127.0.0.1' };
export const manager: NodeDefinition = { nodeType: 'manager', ip: '127.0.0.1', port: 27_760 };

/** A fresh directory with these files (path → text), removed after the test. */
export async function makeDirectory(
  t: ExecutionContext,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'muster-layout-')));
  t.teardown(() => rm(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

/** The layout that `nodes` make, if they are valid. */
export function layoutOf(nodes: unknown): Layout {
  return checkLayout({ file: 'layout', content: nodes }).layout;
}

/** The layout that a Zeek script defines, called `test.zeek` in messages. */
export function zeekLayout(text: string, env: Environment = {}): Layout {
  return checkLayout(readZeekLayout('test.zeek', text, env)).layout;
}

/** The message of the error of that code that `action` throws or rejects with. */
export async function messageOfError(
  t: ExecutionContext,
  code: MusterErrorCode,
  action: () => unknown,
): Promise<string> {
  const error = await t.throwsAsync(async () => await action(), { instanceOf: MusterError });
  t.is(error.code, code);
  return error.message;
}

/** Its lines, without the heading and indentation of an error that lists several problems. */
export function linesOf(message: string): string[] {
  const lines = message.split('\n');
  return lines.length === 1 ? lines : lines.slice(1).map((line) => line.trim());
}
