/**
 * Errors of control requests, and the form in which they travel.
 */
import { MusterError, messageOf } from '../../errors.js';
import type { ControlProblem } from './messages.js';

/** Longest message that travels, in characters. */
const maxLength = 4_096;

export function failed(message: string, cause?: unknown): MusterError {
  return new MusterError('MUSTER_CONTROL_FAILED', message, { cause });
}

/** What the node that was asked says of an error. */
export function toProblem(thrown: unknown): ControlProblem {
  return {
    code: thrown instanceof MusterError ? thrown.code : '',
    message: messageOf(thrown)
      .slice(0, maxLength)
      .replace(/\p{Surrogate}/gu, '\ufffd'),
  };
}

/** What the node that asked makes of it: the other's own code is in the message, since it need not be one of ours. */
export function fromProblem(node: string, { code, message }: ControlProblem): MusterError {
  return failed(`${node}: ${message}${code === '' || code === 'MUSTER_CONTROL_FAILED' ? '' : ` (${code})`}`);
}
