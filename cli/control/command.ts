/**
 * What the commands have in common that work through a {@link Route}: their options, their deadline, and how they tell of
 * nodes that gave no answer.
 */
import type { ControlReport } from '../../actors/control/control.js';
import type { MusterError } from '../../errors.js';
import { type ExitCode, exitCodeOf, exitCodes } from '../exit-codes.js';
import { printJson, printWarning } from '../print.js';
import { openRoute, type Route } from './route.js';

export interface ControlCommand {
  readonly layout?: string;
  readonly stateDir?: string;
  readonly load?: readonly string[];
  /** In ms, for all of it. */
  readonly timeout: number;
  readonly json?: boolean;
}

/** @param remaining what is left of the command's time, in ms */
export type UseRoute<T> = (route: Route, remaining: () => number) => Promise<T>;

/** Finds the way to the nodes, and leaves it again. @throws as {@link openRoute} */
export async function withRoute<T>(command: ControlCommand, use: UseRoute<T>): Promise<T> {
  const deadline = performance.now() + command.timeout;
  const route = await openRoute(command);
  try {
    return await use(route, () => Math.max(1, Math.ceil(deadline - performance.now())));
  } finally {
    await route.close();
  }
}

/** Tells who gave no answer, and why. @returns the exit code that follows: that of the first of them */
export function tellAbsent(absent: ControlReport<unknown>['absent'], json: boolean): ExitCode {
  const all = Object.entries(absent);
  for (const [node, { code, message }] of all) {
    if (json) printJson({ type: 'absent', node, code, message });
    else printWarning(message);
  }
  const [first] = all;
  return first === undefined ? exitCodes.ok : exitCodeOf(first[1]);
}

/** Throws why a node gave no answer, if it gave none. */
export function answerOf<T>({ answers, absent }: ControlReport<T>, node: string): T {
  const error: MusterError | undefined = absent[node];
  if (error !== undefined) throw error;
  return answers[node] as T;
}

/** Nodes that are named, or all. */
export function asked(nodes: readonly string[]): { readonly nodes?: readonly string[] } {
  return nodes.length === 0 ? {} : { nodes };
}
