/**
 * Pools: what picking a node costs, beside publishing to the same nodes without it.
 */
import type { Bench } from '../harness/bench.js';
import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short } from '../harness/table.js';
import { arrive } from '../sides/arrive.js';
import { type How, poolMembers, poolPublisher } from '../sides/pool.js';
import { starOf } from '../sides/star-layout.js';

const size = 10;
const titles: Readonly<Record<How, string>> = {
  publish: 'publish() to the same nodes',
  publishHrw: 'publishHrw()',
  publishRr: 'publishRr()',
};

export const bench: Bench = {
  title: `small events to a pool of ${size} nodes, each to the one that is picked, events a second`,
  order: 14,
  async run({ processes, stateDir, say, ...given }) {
    const { seconds = 1, rounds = 5 } = given;
    const workers = Array.from({ length: size }, (_, i) => `worker-${i + 1}`);
    const input = { layout: await starOf(workers), stateDir, workers };
    const publisher = await processes.start(poolPublisher, input);
    const members = await processes.start(poolMembers, input);
    await publisher.ask('ready');
    const measure = (how: How) => async (round: number) => {
      const rate = await publisher.ask('publish', { how, seconds });
      say(`round ${round + 1}, ${titles[how]}: ${short(rate)} events/s`);
      return rate;
    };
    for (const how of ['publish', 'publishHrw', 'publishRr'] as const) await measure(how)(-1);
    const rates = await interleave(rounds, {
      publish: measure('publish'),
      publishHrw: measure('publishHrw'),
      publishRr: measure('publishRr'),
    });
    await arrive([members], await publisher.ask('published'));
    const faults = await publisher.ask('faults');
    if (faults.length > 0) throw new Error(faults.join('; '));
    const picks = await publisher.ask('pick', seconds);

    const row = (how: How) => {
      const pairs = summarize(ratios(rates[how], rates.publish));
      return [titles[how], short(median(rates[how])), range(summarize(rates[how])), short(pairs.median), range(pairs)];
    };
    const pairs = summarize(ratios(rates.publishHrw, rates.publish));
    return {
      ratio: pairs.median,
      table: [
        ['', 'events/s', 'range', '÷ publish()', 'range'],
        row('publish'),
        row('publishHrw'),
        row('publishRr'),
        ['hrwTopic() of addresses', short(picks.strings), '', '', ''],
        ['hrwTopic() of numbers', short(picks.numbers), '', '', ''],
      ],
      notes: [
        'ratio: publishHrw() ÷ publish() to topics that were looked up before. All that was published has arrived.',
      ],
      figures: {
        unit: 'events/s',
        ratioRange: [rounded(pairs.min), rounded(pairs.max)],
        publish: roundedSummary(summarize(rates.publish)),
        publishHrw: roundedSummary(summarize(rates.publishHrw)),
        publishRr: roundedSummary(summarize(rates.publishRr)),
        picks: { strings: rounded(picks.strings), numbers: rounded(picks.numbers) },
        members: size,
        rounds,
        seconds,
      },
    };
  },
};
