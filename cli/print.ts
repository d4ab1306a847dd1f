/**
 * What commands print: lines for people, or JSON for programs.
 */
import { MusterError, messageOf } from '../errors.js';
import { stackOf } from './end-process.js';

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One JSON object on a line of its own. */
export function printJson(value: object): void {
  printLine(JSON.stringify(value));
}

export function printWarning(warning: string): void {
  process.stderr.write(`muster: warning: ${warning}\n`);
}

/** A line for people that is not the output proper. */
export function printNews(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** An error of a command: in words on stderr, or as JSON on stdout. */
export function printError(error: unknown, json: boolean): void {
  if (json) printJson({ type: 'error', code: codeOf(error), message: messageOf(error) });
  else process.stderr.write(`muster: ${messageOf(error)}\n`);
  const stack = stackOf(error);
  if (stack !== undefined) process.stderr.write(`${stack}\n`);
}

/** The stable code of an error; null for one that has none. */
export function codeOf(error: unknown): string | null {
  return error instanceof MusterError ? error.code : null;
}
