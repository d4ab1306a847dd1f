/**
 * Policy: what a user has a stream do with each of its records before it is written: leave it out, or change it.
 */
import { messageOf } from '../../errors.js';
import type { Diagnostics } from '../../logs/diagnostics.js';

/** Decides about a record, at once: `false` leaves it out, an object takes its place, anything else lets it pass. */
export type Policy<R = never> = (record: R) => unknown;

/** The record as it is to be written, or `false`. */
export type Judge = (record: object) => object | false;

/** @param called - What the policy is called in diagnostics. */
export function createJudge(policy: Policy, called: string, diagnostics: Pick<Diagnostics, 'error'>): Judge {
  let isDeciding = false;
  let hasFailed = false;

  /** A broken policy is told once: it would fail for every record. */
  function failed(thrown: unknown): void {
    if (hasFailed) return;
    hasFailed = true;
    diagnostics.error(`${called} threw, so its records pass; told once: ${messageOf(thrown)}`, { error: thrown });
  }

  return (record) => {
    // What a policy logs itself passes unasked, or it would be asked about that for ever.
    if (isDeciding) return record;
    isDeciding = true;
    try {
      const verdict: unknown = policy(Object.freeze({ ...record }) as never);
      if (verdict === false) return false;
      if (verdict instanceof Promise) verdict.catch(failed);
      else if (typeof verdict === 'object' && verdict !== null) return verdict;
      return record;
    } catch (thrown) {
      failed(thrown);
      return record;
    } finally {
      isDeciding = false;
    }
  };
}
