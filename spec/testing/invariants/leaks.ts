/**
 * Nothing leaks: a cluster that is well and has nothing to do has as many timers and connections as one to which nothing ever
 * happened, no buffer holds anything, and a node that has left has none of it.
 */
import type { Model } from '../model.js';

/** After so many ms without an event, nothing is waited for any more. */
const rest = 20_000;
/** Of a node at rest: it looks at regular intervals who has gone quiet, a master whether a clone differs. */
const timersAtRest = (isMaster: boolean) => (isMaster ? 3 : 1);

export async function leakFaults(model: Model): Promise<string[]> {
  const { cluster, names } = model;
  await cluster.advance(rest);
  const faults: string[] = [];
  const lifetimes = model.processes.map(({ node }) => node.id);
  const pending = model.processes.map(({ name, node }) => {
    // The name of a twin that is left alone is not its node's.
    return { name, count: cluster.pendingOf(name), atRest: timersAtRest(node.name === model.marks.master) };
  });
  const isAtRest = ({ count, atRest }: (typeof pending)[number]) => count() === atRest;
  // A master may just be comparing.
  await cluster.until(() => pending.every(isAtRest), { within: 1_000, step: 7 });
  for (const one of pending) if (!isAtRest(one)) faults.push(`${one.name} is at rest with ${one.count()} timers`);
  for (const { node } of model.processes) {
    for (const { name, counters } of node.peers) {
      if (counters.unacknowledged > 0) faults.push(`${node.id} keeps ${counters.unacknowledged} events for ${name}`);
    }
  }
  const peerings = names.reduce((sum, name) => sum + model.peersOf(name).length, 0) / 2;
  if (cluster.connections !== peerings)
    faults.push(`${cluster.connections} connections stand for ${peerings} peerings`);

  for (const { name } of model.processes) await cluster.leave(name);
  // What was on its way to them has come.
  await cluster.advance(100);
  for (const { name, count } of pending) if (count() > 0) faults.push(`${name} has left with ${count()} timers`);
  for (const id of lifetimes) {
    for (const { actor } of model.charts.of(id)) faults.push(`${id} has left, and its actor "${actor}" runs`);
  }
  if (cluster.connections > 0) faults.push(`${cluster.connections} connections stand, and nobody is there`);
  return faults;
}
