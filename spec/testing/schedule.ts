/**
 * Schedule: a layout, and what is done to its cluster step by step, as people read and write it.
 */
import type { LayoutDefinition } from '../../index.js';
import type { TraceSink } from '../../trace/record.js';
import { perform } from './commands/command.js';
import type { Coverage } from './coverage.js';
import { Model, type Step } from './model.js';
import { bringToRest } from './quiescence.js';

export interface Schedule {
  readonly title: string;
  readonly layout: LayoutDefinition;
  /** Of the latencies. */
  readonly seed: number;
  /** Words that begin with a verb. */
  readonly steps: readonly string[];
  /** What its faults are to strike, for it to be the case that it stands for: `crash initiator hello`. */
  readonly strikes?: readonly string[];
}

/** @param watch - Gets the trace. @throws Error with the first fault. */
export async function runSchedule(
  { layout, seed, steps }: Schedule,
  coverage?: Coverage,
  watch?: TraceSink,
): Promise<Model> {
  const model = await Model.create(layout, seed, coverage, watch);
  for (const step of steps) await perform(model, step.split(' '));
  await bringToRest(model);
  return model;
}

/** Steps with their times, a line each. */
export function show(steps: readonly Step[]): string {
  return steps.map(({ at, words }) => `${at.toFixed(3).padStart(12)} ms  ${words.join(' ')}`).join('\n');
}
