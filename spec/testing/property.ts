/**
 * The property: whatever is done to a cluster of whatever layout, what was promised holds; and once nothing is wrong any
 * more, all is well again. What fails is shrunk to a short schedule.
 */
import fc from 'fast-check';
import type { LayoutDefinition } from '../../index.js';
import { anyCommand, perform } from './commands/command.js';
import { Coverage } from './coverage.js';
import { anyLayout } from './layouts.js';
import { Model } from './model.js';
import { bringToRest } from './quiescence.js';
import { type Schedule, show } from './schedule.js';

const maxCommands = 60;
/** What was not shrunk within so many ms stays as it is. */
const shrinkTime = 40_000;

export interface Runs {
  readonly seed: number;
  readonly runs: number;
  /** Which run of a seed, and how it was shrunk: runs that one alone. */
  readonly path?: string | undefined;
  /** Gets what the faults have struck. */
  readonly coverage?: Coverage;
}

export interface Failure {
  readonly reason: string;
  readonly schedule: Schedule;
  /** In words, with times, and how to run it again. */
  readonly report: string;
}

/** @returns what failed, if anything did, shrunk. */
export async function checkSchedules({ seed, runs, path, coverage }: Runs): Promise<Failure | undefined> {
  const [runPath, replayPath] = path?.split('@') ?? [];
  let deadline = Number.POSITIVE_INFINITY;
  let last: { readonly reason: string; readonly model: Model; readonly schedule: Schedule } | undefined;
  const property = fc.asyncProperty(
    anyLayout,
    fc.noShrink(fc.nat(0xffff)),
    fc.boolean(),
    fc.commands<Model, Model, false>([anyCommand], {
      maxCommands,
      size: 'max',
      ...(replayPath !== undefined && { replayPath }),
    }),
    async (layout, latencies, beginsWell, commands) => {
      if (performance.now() > deadline) return;
      const struck = new Coverage();
      const model = await Model.create(layout, latencies, struck);
      try {
        await startAll(model, beginsWell);
        await fc.asyncModelRun(() => ({ model, real: model }), commands);
        await bringToRest(model);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        deadline = Math.min(deadline, performance.now() + shrinkTime);
        last = { reason, model, schedule: scheduleOf(reason, layout, latencies, model) };
        throw error;
      }
      coverage?.add(struck);
    },
  );
  const details = await fc.check(property, { seed, numRuns: runs, ...(runPath !== undefined && { path: runPath }) });
  if (!details.failed || last === undefined) return undefined;
  const { reason, model, schedule } = last;
  const commands = details.counterexample?.at(-1);
  const replay = /replayPath="([^"]*)"/.exec(String(commands))?.[1] ?? '';
  const again = `npm run soak -- --seed ${seed} --path "${details.counterexamplePath}@${replay}"`;
  const layout = Object.keys(schedule.layout).join(', ');
  const report = `${reason}\n\n${layout}\n${show(model.steps)}\n\nagain: ${again}\n\n${JSON.stringify(schedule)}`;
  return { reason, schedule, report };
}

/** In the order of the layout. Half of the schedules begin with a cluster that starts, half with one that is well. */
async function startAll(model: Model, isAwaited: boolean): Promise<void> {
  for (const name of model.names) await perform(model, ['start', name]);
  if (isAwaited) await perform(model, ['wait', '3000']);
}

function scheduleOf(title: string, layout: LayoutDefinition, seed: number, { steps }: Model): Schedule {
  return { title, layout, seed, steps: steps.map(({ words }) => words.join(' ')) };
}
