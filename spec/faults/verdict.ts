/**
 * Verdict: whether every number of an {@link Ordeal} arrived once and in order, or is counted as lost at both ends.
 */
import type { ExecutionContext } from 'ava';
import { readRecords, type StreamRecord } from '../helpers/stream-sink.js';
import { type Fact, factsOf } from '../helpers/test-cluster.js';
import type { Life, Ordeal, Testimony } from './ordeal.js';

/** What became of the numbers of an ordeal. */
export interface Verdict {
  readonly published: number;
  readonly missing: number;
  readonly lostAtSenders: number;
}

export function judge(t: ExecutionContext, ordeal: Ordeal, testimonies: readonly Testimony[]): Verdict {
  const records = readRecords(ordeal.records);
  for (const { receiver, sender, numbers } of records) t.is(disorder(numbers), undefined, `${receiver} of ${sender}`);
  for (const testimony of testimonies) checkTold(t, testimony);
  checkReceivers(t, ordeal, records);
  const verdict = { published: 0, missing: 0, lostAtSenders: 0 };
  for (const { life, peers, published } of testimonies) {
    for (const [peer, last] of Object.entries(published)) {
      const what = `from ${life.node.name} to ${peer}`;
      const missing = last - distinct(records, life.node.id, peer);
      const counters = peers.find(({ name }) => name === peer)?.counters;
      const lost = total(Object.values(counters?.lost ?? {}));
      t.true(missing <= lost, `${what}: ${missing} of ${last} are missing, the sender counts ${lost}`);
      if (isExact(ordeal)) t.is(lost, missing, what);
      // Besides the numbers there are events of the framework.
      if (!ordeal.lives.some(({ wasKilled }) => wasKilled)) t.true((counters?.eventsOut ?? 0) >= last, what);
      verdict.published += last;
      verdict.missing += missing;
      verdict.lostAtSenders += lost;
    }
  }
  return verdict;
}

/** A sender that gives events up counts also those that have arrived, if it was not told so before. */
function isExact({ plan: { options, stream }, lives }: Ordeal): boolean {
  if (options.overflow === 'disconnect' || stream.whileDown === 'burst') return false;
  return options.onPeerRestart === 'redeliver' || lives.every(({ wasKilled }) => !wasKilled);
}

/** Whatever a node counts, it has also raised. */
function checkTold(t: ExecutionContext, { life: { node }, peers }: Testimony): void {
  for (const { name, counters } of peers) {
    const told = factsOf(node.facts, 'events_lost').filter(([, peer]) => peer === name);
    t.is(total(told.map(countIn)), total(Object.values(counters.lost)), `${node.name} about ${name}`);
  }
}

/** Every receiver that lives has counted what is missing in what it got. */
function checkReceivers(t: ExecutionContext, { lives, plan }: Ordeal, records: readonly StreamRecord[]): void {
  for (const { receiver, sender, numbers } of records) {
    const life = lives.find(({ node }) => node.id === receiver) as Life;
    if (life.wasKilled) continue;
    const what = `${receiver} of ${sender}`;
    const told = factsOf(life.node.facts, 'events_lost').filter(([, , id]) => id === sender);
    const counted = total(told.map(countIn));
    const first = numbers[0] as number;
    const within = (numbers.at(-1) as number) - first + 1 - numbers.length;
    const earlier = records.filter(
      (other) => other.sender === sender && other.receiver !== receiver && nameOf(other.receiver) === life.node.name,
    );
    const before = Math.max(0, first - 1 - Math.max(0, ...earlier.map((other) => other.numbers.at(-1) as number)));
    const senderLives = lives.some(({ node, wasKilled }) => node.id === sender && !wasKilled);
    if (earlier.length === 0 && senderLives) {
      t.is(counted, before + within, what);
    } else {
      // What is not delivered again, and was never said to be lost before the restart, only the sender knows.
      if (plan.options.onPeerRestart !== 'redeliver') t.true(counted >= within, `${what}: ${counted} of ${within}`);
      if (senderLives) t.true(counted <= before + within, `${what}: ${counted} of ${before} and ${within}`);
    }
  }
}

/** The first number that is not greater than the one before, in words. */
function disorder(numbers: Uint32Array): string | undefined {
  for (let i = 0; i < numbers.length; i++) {
    const [before, number] = [numbers[i - 1] ?? 0, numbers[i] as number];
    if (number <= before) return `${number} after ${before}`;
  }
  return undefined;
}

/** How many numbers of a sender's lifetime have come to any lifetime of a receiver. */
function distinct(records: readonly StreamRecord[], sender: string, receiver: string): number {
  const numbers = new Set<number>();
  for (const record of records) {
    if (record.sender !== sender || nameOf(record.receiver) !== receiver) continue;
    for (const number of record.numbers) numbers.add(number);
  }
  return numbers.size;
}

/** Name of the node that has, or had, this id. */
function nameOf(id: string): string {
  return id.slice(0, id.lastIndexOf('_'));
}

function countIn([, , , count]: Fact): number {
  return count as number;
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
