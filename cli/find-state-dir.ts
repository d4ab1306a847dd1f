/**
 * Where the supervisor of a cluster is to be found, without reading the layout.
 */
import { resolve } from 'node:path';
import { MusterError } from '../errors.js';
import { findLayout } from '../layout/find-layout.js';
import { stateDirOf } from './state-dir.js';

/** The state directory that `muster up` uses when it is given the same. */
export async function findStateDir(stateDir: string | undefined, layout: string | undefined): Promise<string> {
  if (stateDir !== undefined) return stateDirOf(stateDir, undefined);
  return stateDirOf(undefined, layout === undefined ? await foundLayout() : resolve(layout));
}

/** The layout of the search path; where there is none, the working directory decides. */
async function foundLayout(): Promise<string | undefined> {
  try {
    return await findLayout(process.env, process.cwd());
  } catch (error) {
    if (error instanceof MusterError && error.code === 'MUSTER_LAYOUT_NOT_FOUND') return undefined;
    throw error;
  }
}
