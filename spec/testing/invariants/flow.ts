/**
 * Numbers that were published have come, or their loss is counted at both ends, and then they never come.
 */
import type { Model } from '../model.js';
import type { Witness } from '../witness.js';

/** What is wrong once nothing is on its way any more. */
export function flowFaults(model: Model): string[] {
  const witnesses = model.witnesses.filter(({ node }) => !model.reusedIds.has(node.id));
  const isKnown = ([id]: [string, unknown]) => !model.reusedIds.has(id);
  const alive = new Set(model.processes.map(({ node }) => node));
  const faults: string[] = [];
  for (const { node, received, lost, hasCrashed } of witnesses) {
    if (hasCrashed) continue;
    for (const [sender, { missing }] of [...received].filter(isKnown)) {
      const told = lost.get(sender) ?? 0;
      if (missing > told) faults.push(`${node.id} misses ${missing} of ${sender} and has counted ${told}`);
    }
  }
  const byId = new Map<string, Witness>(witnesses.map((witness) => [witness.node.id, witness]));
  for (const { node, givenUp } of witnesses) {
    for (const { at, peer, upTo } of givenUp) {
      const there = byId.get(peer);
      // On a link that still stood for the peer, it may have been on its way.
      const reunion = there?.changes.find(
        (change) => change.at > at && change.peer === node.name && change.kind === 'up',
      );
      if (there === undefined || reunion === undefined) continue;
      const arrivals = there.received.get(node.id)?.arrivals ?? [];
      const late = arrivals.find((arrival) => arrival.at > reunion.at && arrival.number <= upTo);
      if (late !== undefined)
        faults.push(`number ${late.number} of ${node.id} has come, and was counted as lost before`);
    }
  }
  for (const { node, published, lost, report } of witnesses) {
    if (!alive.has(node) && report === undefined) continue;
    for (const [peer, last] of [...published].filter(isKnown)) {
      const there = byId.get(peer) as Witness;
      const got = there.received.get(node.id) ?? { last: 0, missing: 0 };
      const told = (lost.get(peer) ?? 0) + (report?.unacknowledged[there.node.name] ?? 0);
      const undelivered = last - got.last + got.missing;
      if (undelivered > told) {
        faults.push(
          `${node.id} has published ${last} to ${peer}, of which ${undelivered} have not come and ${told} are counted as lost`,
        );
      }
      if (alive.has(node) && alive.has(there.node) && got.last !== last) {
        faults.push(`${node.id} has published ${last} to ${peer}, which has got ${got.last}`);
      }
    }
  }
  return faults;
}
