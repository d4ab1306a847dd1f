/**
 * Options that several commands take, and what follows from them.
 */
import { resolve } from 'node:path';
import type { Options } from '../layout/options.js';
import type { PlainOptions } from './messages.js';

/** Options of a node that the command line can set. They win over the environment and over scripts. */
export interface NodeFlags {
  /** In ms. */
  readonly retryInterval?: number;
  readonly stateDir?: string;
  readonly logLevel?: Options['logLevel'];
  readonly logFormat?: Options['logFormat'];
  /** Path of a file. */
  readonly trace?: string;
}

/** What the flags ask of a node; paths are absolute. */
export function overridesOf({ retryInterval, stateDir, logLevel, logFormat, trace }: NodeFlags): PlainOptions {
  return {
    ...(retryInterval !== undefined && { retryInterval }),
    ...(stateDir !== undefined && { stateDir: resolve(stateDir) }),
    ...(logLevel !== undefined && { logLevel }),
    ...(logFormat !== undefined && { logFormat }),
    ...(trace !== undefined && { traceFile: resolve(trace) }),
  };
}

/** The environment without what a flag says otherwise. */
export function environmentFor({ retryInterval }: NodeFlags, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (retryInterval === undefined) return env;
  const { ZEEK_DEFAULT_CONNECT_RETRY: _, ...others } = env;
  return others;
}
