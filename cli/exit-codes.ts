/**
 * Exit codes of the `muster` command: stable, so that scripts can branch on them.
 * The same for every command; `--help` lists those that a command can give.
 */
import { constants } from 'node:os';
import { MusterError, type MusterErrorCode } from '../errors.js';

export const exitCodes = {
  ok: 0,
  /** The layout, an option or the state of the cluster is not as asked for. */
  failed: 1,
  usage: 2,
  noSupervisor: 3,
  supervisorRunning: 4,
  topology: 5,
  port: 6,
  script: 7,
  nameTaken: 8,
  store: 9,
  key: 10,
  storeDamaged: 11,
  absent: 12,
  controlTaken: 13,
  keys: 14,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What each code means, for `--help` and `docs/command-line.md`. */
export const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'done',
  failed: 'failed: the message says what; invalid layouts and options too',
  usage: 'wrong usage: unknown command or option, missing argument',
  noSupervisor: 'no supervisor is running, and the layout has no control node where one would do',
  supervisorRunning: 'a supervisor is running already',
  topology: 'the topology of the layout does not allow to start',
  port: 'a port is taken, or a node cannot listen',
  script: 'a bootstrap script cannot be loaded, or threw',
  nameTaken: 'another process runs under the name of this node',
  store: 'there is no such store, or its master is not here',
  key: 'the store has no such key',
  storeDamaged: 'replicas of a store differ, or its files are damaged',
  absent: 'nodes did not answer in time, or are not there; they are named',
  controlTaken: 'other processes run under all control nodes of the layout; they are named',
  keys: 'keys are missing or not what they should be',
};

const byError: Partial<Record<MusterErrorCode, ExitCode>> = {
  MUSTER_SUPERVISOR_ABSENT: exitCodes.noSupervisor,
  MUSTER_SUPERVISOR_RUNNING: exitCodes.supervisorRunning,
  MUSTER_TOPOLOGY_INVALID: exitCodes.topology,
  MUSTER_PORT_TAKEN: exitCodes.port,
  MUSTER_LISTEN_FAILED: exitCodes.port,
  MUSTER_SCRIPT_FAILED: exitCodes.script,
  MUSTER_NAME_TAKEN: exitCodes.nameTaken,
  MUSTER_STORE_UNKNOWN: exitCodes.store,
  MUSTER_STORE_UNREACHABLE: exitCodes.store,
  MUSTER_STORE_NO_SUCH_KEY: exitCodes.key,
  MUSTER_KEY_MISSING: exitCodes.keys,
  MUSTER_KEY_INVALID: exitCodes.keys,
  MUSTER_STORE_DAMAGED: exitCodes.storeDamaged,
  MUSTER_CONTROL_UNREACHABLE: exitCodes.absent,
  MUSTER_CONTROL_TIMEOUT: exitCodes.absent,
  MUSTER_CONTROL_NOT_FREE: exitCodes.controlTaken,
};

/** The exit code that stands for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof MusterError ? exitCodeFor(error.code) : exitCodes.failed;
}

/** The same for the code of an error that another process reported. */
export function exitCodeFor(code: string): ExitCode {
  return byError[code as MusterErrorCode] ?? exitCodes.failed;
}

/** A process that ends because of a signal says so, as shells do: 128 + its number. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + (constants.signals[signal] ?? 0);
}
