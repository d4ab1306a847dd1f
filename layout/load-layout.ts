/**
 * Layouts from wherever they are: a file named or searched for, or an object.
 * What reads a format is imported when it is needed, because every node imports this, and most are given an object.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { MusterError, messageOf } from '../errors.js';
import { checkLayout, type WrittenLayout } from './check-layout.js';
import { defaults } from './defaults.js';
import { type TopologyProblem, topologyProblems } from './topology.js';
import type { Environment, Layout, LayoutDefinition } from './types.js';

/** Room for ten thousand nodes; beyond it, something else was named by mistake. */
const maxFileBytes = 4 * 1_024 * 1_024;

const moduleExtensions = ['.ts', '.mts', '.js', '.mjs'];

/** A layout and what is known about it. Frozen. */
export interface LoadedLayout {
  readonly layout: Layout;
  /** Absolute path of the file it comes from, if it comes from one. */
  readonly file?: string;
  /** `Cluster::manager_is_logger`, if a Zeek layout sets it. */
  readonly managerIsLogger?: boolean;
  /** Where the cluster keeps what lasts unless the option says otherwise: `.muster` beside the file, else in `cwd`. */
  readonly stateDir: string;
  /** Absolute path of the directory of the nodes' keys, if the layout names one. */
  readonly keysDir?: string;
  /** What is allowed but should change, such as deprecated fields. A line each, beginning with the file. */
  readonly warnings: readonly string[];
  /** Why some nodes cannot work although their definitions are valid. */
  readonly problems: readonly TopologyProblem[];
}

/** What is known about the layouts made here, for when a user hands one back. */
const knownLayouts = new WeakMap<object, LoadedLayout>();

/**
 * Reads and checks a layout: of a file, of an object (which is not changed), or, without a source, of the file found in
 * the search path. A layout that {@link readLayout} returned is still known: its file and settings come with it.
 * @param env where the search path and a Zeek layout's `getenv()` come from.
 * @param cwd where relative paths begin, and the last directory of the search path.
 * @param isAgain a module is evaluated anew, although it may have been before.
 * @throws {@link MusterError} `MUSTER_LAYOUT_NOT_FOUND`, `MUSTER_LAYOUT_AMBIGUOUS`, `MUSTER_LAYOUT_UNREADABLE`,
 * `MUSTER_LAYOUT_INVALID`.
 */
export async function loadLayout(
  source: string | LayoutDefinition | undefined,
  env: Environment = process.env,
  cwd: string = process.cwd(),
  isAgain = false,
): Promise<LoadedLayout> {
  if (source === undefined) {
    const { findLayout } = await import('./find-layout.js');
    const file = await findLayout(env, cwd);
    return remember(await readFormat(file, file, env, isAgain), dirname(file), file);
  }
  if (typeof source === 'string') {
    const file = resolve(cwd, source);
    return remember(await readFormat(source, file, env, isAgain), dirname(file), file);
  }
  return knownLayouts.get(source) ?? remember({ file: 'layout', content: source }, cwd);
}

function remember(written: WrittenLayout, directory: string, file?: string): LoadedLayout {
  const { layout, keys, warnings } = checkLayout(written);
  // A module may well export a layout that it has read from elsewhere.
  const { managerIsLogger = knownLayouts.get(written.content as object)?.managerIsLogger } = written;
  const loaded: LoadedLayout = Object.freeze({
    layout,
    ...(file === undefined ? {} : { file }),
    ...(managerIsLogger === undefined ? {} : { managerIsLogger }),
    stateDir: join(directory, defaults.stateDir),
    ...(keys === undefined ? {} : { keysDir: resolve(directory, keys) }),
    warnings: Object.freeze(warnings),
    problems: Object.freeze(topologyProblems(layout)),
  });
  knownLayouts.set(layout, loaded);
  return loaded;
}

/** @param name the file as messages name it. */
async function readFormat(name: string, file: string, env: Environment, isAgain: boolean): Promise<WrittenLayout> {
  const extension = extname(file);
  if (moduleExtensions.includes(extension)) return { file: name, content: await importLayout(name, file, isAgain) };
  if (extension === '.json') {
    const { readJsonLayout } = await import('./read-json.js');
    return readJsonLayout(name, await readText(name, file));
  }
  if (extension === '.zeek') {
    const { readZeekLayout } = await import('./zeek/read-zeek.js');
    return readZeekLayout(name, await readText(name, file), env);
  }
  const known = ['.json', ...moduleExtensions, '.zeek'].join(', ');
  throw unreadable(name, `no known format, expected one of the extensions ${known}`);
}

/** The default export of a module, or what the function that it is returns. */
async function importLayout(name: string, file: string, isAgain: boolean): Promise<unknown> {
  await requireFile(name, file);
  const { importModule } = await import('./import-module.js');
  const { default: exported } = await importModule(file, undefined, isAgain);
  if (exported === undefined)
    throw unreadable(name, 'has no default export, expected one: the layout, or a function that returns it');
  try {
    return await (typeof exported === 'function' ? exported() : exported);
  } catch (cause) {
    throw unreadable(name, `its default export failed: ${messageOf(cause)}`, cause);
  }
}

async function readText(name: string, file: string): Promise<string> {
  await requireFile(name, file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    throw unreadable(name, messageOf(cause), cause);
  }
}

async function requireFile(name: string, file: string): Promise<void> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw unreadable(name, messageOf(cause), cause);
    throw new MusterError('MUSTER_LAYOUT_NOT_FOUND', `${name}: no such file`, { cause });
  });
  if (!found.isFile()) throw unreadable(name, 'is no file');
  if (found.size > maxFileBytes) throw unreadable(name, `is larger than ${maxFileBytes} bytes`);
}

function unreadable(name: string, message: string, cause?: unknown): MusterError {
  return new MusterError('MUSTER_LAYOUT_UNREADABLE', `${name}: ${message}`, cause === undefined ? {} : { cause });
}
