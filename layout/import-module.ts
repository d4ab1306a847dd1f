/**
 * Modules that users write: layouts and bootstrap scripts, in TypeScript or JavaScript.
 */
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MusterError, type MusterErrorCode, messageOf } from '../errors.js';

/** How often a module was imported again: Node keeps modules by their URLs. */
let times = 0;

const typescript = ['.ts', '.mts'];

/**
 * Imports a module by its path. TypeScript goes through Node's own type stripping where that exists, else through jiti.
 * @param code of the error if that fails.
 * @param isAgain imports it as it is now, although it may have been imported before; what it imports itself stays as it was,
 * where Node loads it.
 * @throws {@link MusterError} that names the file and why it could not be loaded; the original error is its `cause`.
 */
export async function importModule(
  path: string,
  code: MusterErrorCode = 'MUSTER_LAYOUT_UNREADABLE',
  isAgain = false,
): Promise<Record<string, unknown>> {
  const file = resolve(path);
  try {
    await access(file);
  } catch (cause) {
    throw new MusterError(code, `${path}: no such file`, { cause });
  }
  try {
    return await importFile(file, isAgain);
  } catch (cause) {
    throw new MusterError(code, `${path}: could not be loaded: ${onOneLine(messageOf(cause))}`, { cause });
  }
}

async function importFile(file: string, isAgain: boolean): Promise<Record<string, unknown>> {
  if (isAgain) times += 1;
  const url = `${pathToFileURL(file).href}${isAgain ? `?again=${times}` : ''}`;
  // The types of Node 20 do not have the flag yet.
  const stripsTypes = Boolean((process.features as { readonly typescript?: unknown }).typescript);
  if (stripsTypes || !typescript.includes(extname(file))) return await import(url);
  // Its CommonJS build loads in a quarter of the time, and only here.
  const { createJiti } = createRequire(import.meta.url)('jiti') as typeof import('jiti');
  // A copy, because what jiti gives would answer for `default` where the module has none.
  const jiti = createJiti(import.meta.url, { moduleCache: !isAgain });
  return { ...(await jiti.import<Record<string, unknown>>(file)) };
}

/** jiti puts its messages on several lines, the last ones of which say who required what. */
function onOneLine(message: string): string {
  return message.replaceAll(/\s*\n\s*/g, ' ').trim();
}
