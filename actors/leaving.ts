/**
 * Leaving: how a node leaves its cluster, because it is told to or because it has to. What was published and logged is brought
 * home first, as far as `leaveTimeout` allows; then it says bye, and its parts are closed.
 */
import { MusterError } from '../errors.js';
import { atMost, turn } from '../runtime.js';
import type { EventBus } from './event-bus.js';
import type { Membership } from './membership.js';
import type { NodeCore } from './node-core.js';
import type { PartList } from './part.js';
import type { Peerings } from './peerings.js';
import type { Room } from './room.js';
import type { Router } from './router.js';

/** What `leave()` could not bring home. */
export interface LeaveReport {
  /** Events of users that were not acknowledged, by name of the peer; peers without any are left out. */
  readonly unacknowledged: Readonly<Record<string, number>>;
}

export interface LeavingParts {
  readonly core: NodeCore;
  readonly bus: EventBus;
  readonly peerings: Peerings;
  readonly room: Room;
  readonly router: Router;
  readonly membership: Membership;
}

export class Leaving {
  /** Resolves when the node has left: with the error if it had to. */
  readonly closed: Promise<MusterError | undefined>;
  readonly #parts: LeavingParts;
  readonly #list: PartList;
  #settleClosed: (error: MusterError | undefined) => void = () => {};
  #report: Promise<LeaveReport> | undefined;
  #hasSaidLastWords = false;

  constructor(parts: LeavingParts, list: PartList) {
    this.#parts = parts;
    this.#list = list;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
  }

  get hasBegun(): boolean {
    return this.#report !== undefined;
  }

  /** @param because what `closed` resolves with: why it could not stay */
  begin(because?: MusterError): Promise<LeaveReport> {
    this.#sayLastWords();
    this.#report ??= this.#leave(because);
    return this.#report;
  }

  /** Leaves since it has to. */
  fail(error: MusterError): void {
    if (this.hasBegun) return;
    const { core, membership } = this.#parts;
    core.diagnostics.error(error.message);
    membership.failed(error);
    void this.begin(error);
  }

  /** Handlers of `Muster::leaving` may still publish. */
  #sayLastWords(): void {
    if (this.#hasSaidLastWords) return;
    this.#hasSaidLastWords = true;
    this.#parts.bus.raise('Muster::leaving', []);
  }

  async #leave(error: MusterError | undefined): Promise<LeaveReport> {
    const { core, peerings, room, router, membership } = this.#parts;
    const { runtime, transport, options } = core;
    membership.leaving();
    await atMost(runtime, options.leaveTimeout, this.#list.settled());
    const givenUpBefore = new Map([...peerings].map(({ name, session }) => [name, session.givenUp]));
    // A handler may have called this: what follows from the event that it handles is still to be sent.
    await turn(runtime);
    router.flush();
    await atMost(runtime, options.leaveTimeout, room.unloaded());
    const missing = [...peerings].map(({ name, session }): [string, number] => {
      return [name, session.unacknowledgedOfUsers + session.givenUp - (givenUpBefore.get(name) ?? 0)];
    });
    const unacknowledged = Object.fromEntries(missing.filter(([, count]) => count > 0));
    peerings.leave();
    await transport.close();
    this.#list.relieved();
    await this.#list.close();
    membership.failed(
      error ?? new MusterError('MUSTER_NODE_LEFT', `${core.name || 'this node'} left before it was ready`),
    );
    this.#settleClosed(error);
    return { unacknowledged };
  }
}
