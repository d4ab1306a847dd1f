/**
 * State directory: where the files of a supervisor are, and how to reach whoever owns them.
 */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { defaults } from '../layout/defaults.js';

export interface SupervisorFiles {
  /** The control socket; a symbolic link to it where the path would be too long for a socket. */
  readonly socket: string;
  /** The supervisor's pid, for people. Who runs is told by the socket alone. */
  readonly pid: string;
  /** Is there while a supervisor takes the directory. */
  readonly lock: string;
}

export function supervisorFiles(stateDir: string): SupervisorFiles {
  const file = (extension: string) => join(stateDir, `supervisor.${extension}`);
  return { socket: file('sock'), pid: file('pid'), lock: file('lock') };
}

/** The state directory of a cluster: as given, else beside its layout's file, else in the working directory. */
export function stateDirOf(given: string | undefined, layoutFile: string | undefined): string {
  return resolve(given ?? join(layoutFile === undefined ? '.' : dirname(layoutFile), defaults.stateDir));
}

/** What a socket's path leads to, if it is a link. */
export function socketTarget(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : path;
}

/** A connection to the control socket; undefined when nobody answers there. @throws when it may not be used */
export async function connectControl(path: string): Promise<Socket | undefined> {
  const socket = createConnection(socketTarget(path));
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK') resolve(undefined);
      else reject(error);
    });
  });
}

/** The pid that is written down in a state directory, whether it still runs or not. */
export function writtenPid(stateDir: string): number | undefined {
  try {
    const pid = Number(readFileSync(supervisorFiles(stateDir).pid, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    // No file, or none that may be read: the pid is unknown.
    return undefined;
  }
}
