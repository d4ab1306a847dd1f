/**
 * Half-open connections: nothing arrives any more, in one direction or both, and nobody says so.
 */
import test from 'ava';
import type { Direction } from '../helpers/cut-proxy.js';
import { factsOf } from '../helpers/test-cluster.js';
import { Line } from './line.js';
import { halt } from './members.js';
import { assertNoticedInTime } from './time-to-notice.js';

const blackHoles: Record<string, Direction[]> = {
  'from the worker to the manager': ['there'],
  'from the manager to the worker': ['back'],
  'in both directions': ['there', 'back'],
};
for (const [what, directions] of Object.entries(blackHoles)) {
  test(`a black hole ${what} is seen at both ends; once it is healed, nothing was lost or repeated`, async (t) => {
    const line = await Line.start(t);
    const before = line.ups;
    const began = performance.now();
    line.proxy.freeze(...directions);
    await Promise.all(
      line.ends.map(async ({ name }, i) => {
        await line.cluster.until(() => line.downs[i] === 1);
        assertNoticedInTime(t, began, name);
      }),
    );
    line.proxy.heal();
    await line.upAgain(before);
    await line.flowing();
    await line.check();
  });
}

test('one end connects again while the other still holds the old connection, which then speaks again', async (t) => {
  // The worker gives a silent connection up at once, the manager does not.
  const line = await Line.start(t, { worker: { heartbeatInterval: 50, heartbeatTimeout: 200 } });
  for (let time = 1; time <= 5; time++) {
    const before = { ups: line.ups, downs: line.downs };
    line.proxy.freeze('there', 'back');
    await line.cluster.until(() => line.downs[1] > before.downs[1]);
    line.proxy.heal();
    await line.upAgain(before.ups);
    await line.flowing();
  }
  await line.check();
});

test('what cannot be sent again since the peer was away too long is counted at both ends, and only that is missing', async (t) => {
  // Long enough that a busy machine is not taken for a black hole: that would be a loss, too.
  const quick = { heartbeatInterval: 100, heartbeatTimeout: 1_500, probeTimeout: 500 };
  const line = await Line.start(t, { worker: quick, manager: { ...quick, resumeInterval: 1_500 } });
  const { manager, worker, cluster } = line;
  await halt(line.ends);
  const before = line.ups;
  line.proxy.freeze('there', 'back');
  manager.counting.burst('worker-1', 500);
  await cluster.until(() => factsOf(manager.facts, 'events_lost').length > 0);
  line.proxy.heal();
  await line.upAgain(before);
  manager.counting.burst('worker-1', 10);
  const { 'worker-1': last = 0 } = manager.counting.halt();
  await worker.counting.received(manager.node.id, last);
  await cluster.until(() => factsOf(worker.facts, 'events_lost').length > 0);
  t.deepEqual(worker.counting.accounts[manager.node.id]?.wrong, [`${last - 9} after ${last - 510}`]);
  const [, , , lostThere, why] = factsOf(manager.facts, 'events_lost')[0] ?? [];
  const [, , , lostHere, whyHere] = factsOf(worker.facts, 'events_lost')[0] ?? [];
  t.deepEqual([why, whyHere], ['resume interval over', 'resume interval over']);
  // The last confirmation of the worker's numbers may have been on its way, too.
  t.true((lostHere as number) >= 500 && (lostHere as number) <= (lostThere as number), `${lostHere} of ${lostThere}`);
  t.is(manager.node.peers[0]?.counters.lost['resume interval over'], lostThere as number);
  t.is(worker.node.peers[0]?.counters.lost['resume interval over'], lostHere as number);
});
