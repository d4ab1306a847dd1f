/**
 * Problems of a layout: what is wrong, where, and what is allowed. All of them make one error.
 */
import { MusterError } from '../errors.js';
import { show } from './show.js';

/** More than anybody will read, but not as many as a hostile file can have. */
const maxLines = 1_000;

/** A place in a file, both counted from 1; the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with one value, wherever the value comes from. */
export interface Fault {
  readonly field?: string;
  readonly value?: unknown;
  /** What was found and what is allowed, in words. */
  readonly message: string;
}

/** A fault and its place in a layout. `MUSTER_LAYOUT_INVALID` carries the array of them as its `cause`. */
export interface LayoutProblem extends Fault {
  /** The file as the user named it; `layout` for an object. */
  readonly file: string;
  readonly position?: Position | undefined;
  readonly node?: string | undefined;
}

/** `got 99999, expected a port`, or `missing, expected a port`. */
export function gotAndExpected(value: unknown, expected: string): string {
  return value === undefined ? `missing, expected ${expected}` : `got ${show(value)}, expected ${expected}`;
}

/** One line: `cluster.json:4:12: worker-1: port: got 99999, expected …`. */
export function describeProblem({ file, position, node, field, message }: LayoutProblem): string {
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  const name = node === undefined ? undefined : printableName(node);
  return [place, name, field, message].filter((part) => part !== undefined).join(': ');
}

/** All problems as one error, a line for each. */
export function layoutInvalid(file: string, problems: readonly LayoutProblem[]): MusterError {
  const lines = problems.slice(0, maxLines).map(describeProblem);
  if (problems.length > maxLines) lines.push(`… and ${problems.length - maxLines} more`);
  const message =
    problems.length === 1 ? lines.join() : `${file} has ${problems.length} problems:\n  ${lines.join('\n  ')}`;
  return new MusterError('MUSTER_LAYOUT_INVALID', message, { cause: problems });
}

/** A name that may be anything at all, on one line. */
function printableName(name: string): string {
  return /^[\w.-]{1,64}$/.test(name) ? name : show(name);
}
