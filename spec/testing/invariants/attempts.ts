/**
 * Attempts to connect are `retryInterval` apart, for ever; but the one at once after a link that was up is lost.
 */
import type { Model } from '../model.js';
import { options } from '../options.js';
import type { Witness } from '../witness.js';

/** Clocks have fractions of a ms. */
const tolerance = 0.001;
/** How long an attempt takes at most before the pause begins. */
const longestAttempt = options.connectTimeout + options.helloTimeout;

/** How a link is lost, in the words of the peering's chart; a bye or a reject is no loss. */
const lost = new Set(['link.lost', 'link.quiet', 'link.judged']);

export function attemptFaults(model: Model): string[] {
  const times = new Map<string, Map<string, number[]>>();
  for (const { id, to, at } of model.cluster.attempts) {
    const ofNode = times.get(id) ?? new Map<string, number[]>();
    times.set(id, ofNode.set(to, [...(ofNode.get(to) ?? []), at]));
  }
  return model.witnesses
    .filter(({ node }) => !model.reusedIds.has(node.id))
    .flatMap((witness) =>
      [...(times.get(witness.node.id) ?? [])].flatMap(([peer, at]) => faultsOf(model, witness, peer, at)),
    );
}

function faultsOf(
  model: Model,
  { node, changes, leavingSince }: Witness,
  peer: string,
  attempts: readonly number[],
): string[] {
  const own = changes.filter((change) => change.peer === peer);
  const stood = model.standstills.filter(({ id }) => id === node.id);
  return attempts.slice(1).flatMap((at, i) => {
    const before = attempts[i] as number;
    if (at >= leavingSince) return [];
    const between = own.filter((change) => change.at > before && change.at <= at);
    const down = between.findLast(({ kind }) => kind === 'down');
    const parting = model.charts.partings.find((one) => one.id === node.id && one.peer === peer && one.at === at);
    const isLost = parting !== undefined && lost.has(parting.event);
    if (between.some(({ kind }) => kind === 'up') && down?.at === at && isLost) return [];
    const since = down?.at ?? before;
    const what = `${node.id} connects to ${peer} at ${at}, ${at - since} ms after`;
    if (at - since < options.retryInterval - tolerance)
      return [`${what} ${down === undefined ? 'an attempt' : 'it was down'}`];
    const latest = since + options.retryInterval + (down === undefined ? longestAttempt : 0);
    const stoodStill = stood.some(({ from, until }) => from <= at && until >= before);
    return at > latest + tolerance && !stoodStill ? [`${what} it should have`] : [];
  });
}
