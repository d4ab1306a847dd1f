/**
 * Whereabouts: whether a store is asked for in a running cluster, or looked for on the disk.
 */
import { relative, resolve } from 'node:path';
import { MusterError } from '../../errors.js';
import { connectControl, supervisorFiles, writtenPid } from '../state-dir.js';

/**
 * Whether a supervisor has the state directory. With `storeDir`, files are meant in any case.
 * @throws {@link MusterError} `MUSTER_SUPERVISOR_RUNNING` if it may use these files.
 */
export async function isClusterRunning(stateDir: string, storeDir: string | undefined): Promise<boolean> {
  const socket = await connectControl(supervisorFiles(stateDir).socket);
  socket?.destroy();
  if (storeDir === undefined) return socket !== undefined;
  if (socket !== undefined && !relative(stateDir, resolve(storeDir)).startsWith('..')) {
    const who = `a supervisor with pid ${writtenPid(stateDir)} runs for ${stateDir}`;
    throw new MusterError(
      'MUSTER_SUPERVISOR_RUNNING',
      `${who} and uses ${storeDir}; leave --store-dir out to ask its nodes`,
    );
  }
  return false;
}
