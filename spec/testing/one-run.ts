/**
 * One run: a schedule that is drawn from a seed, in a process of its own, which prints its trace.
 *
 *   node one-run.js SEED
 */
import fc from 'fast-check';
import { toLine } from '../../testing/index.js';
import { anyCommand } from './commands/command.js';
import { anyLayout } from './layouts.js';
import { Model } from './model.js';
import { bringToRest } from './quiescence.js';

const seed = Number(process.argv[2]);
const [layout] = fc.sample(
  anyLayout.filter((layout) => Object.keys(layout).length > 4),
  { seed, numRuns: 1 },
);
const trace: string[] = [];
const model = await Model.create(layout ?? {}, seed, undefined, (record) => trace.push(toLine(record)));
for (const name of model.names) await model.take(['start', name], () => model.start(name));
for (const command of fc.sample(anyCommand, { seed, numRuns: 150 })) if (command.check(model)) await command.run(model);
await bringToRest(model);
process.stdout.write(trace.join(''));
