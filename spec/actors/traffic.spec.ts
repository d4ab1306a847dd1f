import test from 'ava';
import { Histogram } from '../../actors/histogram.js';
import { Traffic } from '../../actors/traffic.js';

const prefixes = { nodeTopicPrefix: 'zeek/cluster/node/', nodeidTopicPrefix: 'zeek/cluster/nodeid/' };

function counted(traffic: Traffic): Record<string, [events: number, bytes: number]> {
  return Object.fromEntries(traffic.classes.map(({ topic, events, bytes }) => [topic, [events, bytes]]));
}

test('topics of nodes and of their lifetimes are a class each, whatever the node', (t) => {
  const traffic = new Traffic(prefixes);
  for (let i = 0; i < 1_000; i++) {
    traffic.count(`zeek/cluster/node/worker-${i}/`, 1);
    traffic.count(`zeek/cluster/nodeid/worker-${i}_abc/`, 2);
    traffic.count('', 3);
  }
  traffic.count('zeek/cluster/node', 4);
  t.deepEqual(counted(traffic), {
    'zeek/cluster/node/*': [1_000, 1_000],
    'zeek/cluster/nodeid/*': [1_000, 2_000],
    '(none)': [1_000, 3_000],
    'zeek/cluster/node': [1, 4],
  });
});

test('the first topics have classes of their own, also after others came; the rest share one', (t) => {
  const traffic = new Traffic(prefixes);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 10_000; i++) traffic.count(`topic/${i}`, 10);
    traffic.count('zeek/cluster/node/a/', 1);
  }
  const all = counted(traffic);
  t.is(Object.keys(all).length, 66);
  t.deepEqual(all['topic/0'], [2, 20]);
  t.deepEqual(all['topic/63'], [2, 20]);
  t.deepEqual(all['(other)'], [2 * (10_000 - 64), 20 * (10_000 - 64)]);
  t.deepEqual(all['zeek/cluster/node/*'], [2, 2]);
});

test('a value that is a bound belongs to its bucket', (t) => {
  const histogram = new Histogram([1, 2]);
  for (const value of [0, 1, 1.5, 2, 2.5, 100]) histogram.observe(value);
  t.deepEqual([histogram.counts, histogram.sum], [[2, 2, 2], 107]);
  const other = new Histogram([1, 2]);
  other.add(histogram);
  other.add(histogram);
  t.deepEqual([other.counts, other.sum], [[4, 4, 4], 214]);
});
