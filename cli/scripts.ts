/**
 * Bootstrap scripts: modules whose default export sets a node up, and whose export `options` are options of that node.
 */

import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ClusterNode } from '../actors/cluster-node.js';
import { MusterError, messageOf } from '../errors.js';
import type { OptionsInput } from '../layout/options.js';

export type BootstrapScript = (node: ClusterNode) => void | Promise<void>;

export interface LoadedScripts {
  /** The options of all scripts; of two that give the same one, the later script wins. */
  readonly options: OptionsInput;
  /** Runs the default exports one after the other, in the order in which the scripts were given. */
  readonly setup: (node: ClusterNode) => Promise<void>;
}

/** Absolute paths. @throws {@link MusterError} `MUSTER_SCRIPT_FAILED` for a script that does not exist. */
export async function findScripts(paths: readonly string[]): Promise<string[]> {
  for (const path of paths) await access(path).catch(() => Promise.reject(failed(path, 'no such file')));
  return paths.map((path) => resolve(path));
}

/** @throws {@link MusterError} `MUSTER_SCRIPT_FAILED`, naming the script. */
export async function loadScripts(paths: readonly string[]): Promise<LoadedScripts> {
  const modules: LoadedScript[] = [];
  for (const path of paths) modules.push(await loadScript(path));
  return {
    options: Object.assign({}, ...modules.map(({ options }) => options)),
    setup: async (node) => {
      for (const { path, script } of modules) await runScript(path, script, node);
    },
  };
}

interface LoadedScript {
  readonly path: string;
  readonly script: BootstrapScript;
  readonly options: OptionsInput;
}

async function loadScript(path: string): Promise<LoadedScript> {
  const { importModule } = await import('../layout/import-module.js');
  const { default: script, options = {} } = await importModule(path, 'MUSTER_SCRIPT_FAILED');
  if (typeof script !== 'function') {
    throw failed(path, `its default export must be a function that takes the node, but is ${kindOf(script)}`);
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw failed(path, `its export "options" must be an object of options, but is ${kindOf(options)}`);
  }
  return { path, script: script as BootstrapScript, options };
}

async function runScript(path: string, script: BootstrapScript, node: ClusterNode): Promise<void> {
  try {
    await script(node);
  } catch (cause) {
    // The node that runs it says that its setup threw.
    throw new Error(`bootstrap script ${path}: ${messageOf(cause)}`, { cause });
  }
}

function failed(path: string, message: string): MusterError {
  return new MusterError('MUSTER_SCRIPT_FAILED', `bootstrap script ${path}: ${message}`);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'an array';
  return value === null ? 'null' : `a ${typeof value}`;
}
