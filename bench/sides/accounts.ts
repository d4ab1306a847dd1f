/**
 * Accounts: what a publisher and a subscriber say of the events that did not arrive, held against those that did not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Player } from '../harness/processes.js';

/** What the publisher says of one subscriber. */
export interface SenderAccount {
  readonly published: number;
  /** Events that it has counted as lost. */
  readonly lost: number;
  /** Events that it published after it had given the subscriber up, and before that was back: not for it, so not lost. */
  readonly away: number;
  readonly unacknowledged: number;
}

export interface ReceiverAccount {
  readonly received: number;
  /** Events that it has counted as lost. */
  readonly lost: number;
  /** Events that were doubled or out of order: the first of them, in words. */
  readonly fault?: string;
}

/** What did not arrive at one subscriber. */
export interface Loss {
  readonly missing: number;
  readonly away: number;
  /** Counted as lost by the publisher, and by the subscriber. */
  readonly countedOut: number;
  readonly countedIn: number;
}

/** How long accounts may take to agree when nothing is published any more, in ms. */
const timeout = 10_000;

/**
 * @param isExact whether the publisher knows what arrived. One that gives a subscriber up does not: it counts what was not
 * acknowledged, which may have arrived.
 * @throws `Error` if the accounts do not agree, or an event was doubled or out of order.
 */
export async function lossOf(
  worker: string,
  publisher: Player<{ account(worker: string): SenderAccount }>,
  subscriber: Player<{ account(): ReceiverAccount }>,
  isExact: boolean,
): Promise<Loss> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const [sender, receiver] = await Promise.all([publisher.ask('account', worker), subscriber.ask('account')]);
    const { away, lost: countedOut } = sender;
    const { lost: countedIn } = receiver;
    const missing = sender.published - receiver.received;
    const isSettled = sender.unacknowledged === 0 && missing - away === countedIn;
    const agrees = isExact ? countedOut === countedIn : countedOut >= countedIn;
    if (isSettled && agrees && receiver.fault === undefined) return { missing, away, countedOut, countedIn };
    if (performance.now() > deadline || receiver.fault !== undefined) {
      throw new Error(`the accounts of ${worker} do not agree: ${JSON.stringify({ sender, receiver, missing })}`);
    }
    await sleep(20);
  }
}
