/**
 * Ledger: puts the mutations of a master in order, decides each, and writes them to its backend.
 * What is decided while a batch is being written makes up the next batch. Nothing is told before it is durable.
 */
import { MusterError, messageOf } from '../errors.js';
import { apply } from './apply.js';
import type { Backend, Origin, Outcome, StoreState } from './backend.js';
import { type Change, Draft, type Ground, type StoreLimits } from './draft.js';
import { type Mutation, orderedAt } from './mutation.js';

/** Lifetimes of a node whose mutations are remembered; the names of ids end before the last `_`. */
const maxLifetimes = 16;

export interface Job {
  readonly mutation: Mutation;
  /** The clone that asks for it, by node id, and how it counts it; absent for the master's own. */
  readonly origin?: { readonly clone: string; readonly number: number };
  /** Its expiries are times, as in what a master has ordered; without, they count from when it is ordered. */
  readonly isTimed?: boolean;
  /** Called once it is durable, or refused by a store that shows why. */
  settle(outcome: Outcome): void;
}

/** What has become durable together. */
export interface Written {
  /** In order, with ascending sequence numbers without gaps, the last of which is that of the ledger's state. */
  readonly mutations: readonly Mutation[];
  /** Of the store after each of them. */
  readonly digests: readonly number[];
  readonly history: readonly Change[];
}

export interface LedgerOptions {
  readonly backend: Backend;
  /** Epoch of a store that is new. */
  readonly epoch: string;
  readonly maxEntrySize: number;
  readonly limits: StoreLimits;
  /** ms since 1970. */
  now(): number;
  endOfTurn(callback: () => void): void;
  /** Whether anybody listens to changes. */
  isHeard(): boolean;
  /** Called before the promises of what was written settle. */
  written(written: Written): void;
  /** A batch could not be written; all of its mutations are refused. */
  failed(error: MusterError): void;
}

interface Decided {
  readonly job: Job;
  readonly outcome: Outcome;
}

/** A draft that grows until it is written. */
interface Gathering {
  readonly draft: Draft;
  readonly mutations: Mutation[];
  readonly digests: number[];
  readonly decided: Decided[];
}

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #ground: Ground;
  readonly #origins: Map<string, Origin>;
  /** The last number of each clone that was decided, also where that is not written yet. */
  readonly #lastDecided = new Map<string, number>();
  /** Clones that are to be forgotten on disk as well. */
  readonly #forgotten: string[] = [];
  #state: StoreState;
  #gathering: Gathering | undefined;
  #writing: Gathering | undefined;
  #isScheduled = false;
  #onIdle: (() => void)[] = [];

  constructor(options: LedgerOptions) {
    const { backend, epoch } = options;
    this.#options = options;
    this.#state = backend.state ?? { epoch, sequence: 0, digest: 0, size: 0, bytes: 0 };
    this.#origins = new Map(backend.origins);
    for (const [clone, { last }] of this.#origins) this.#lastDecided.set(clone, last);
    this.#ground = {
      get: (id) => {
        const draft = this.#writing?.draft;
        if (draft?.changes.has(id)) return draft.changes.get(id);
        return draft?.clears ? undefined : backend.get(id);
      },
      ids: () => this.#writing?.draft.ids() ?? backend.ids(),
    };
  }

  /** As far as it is durable. */
  get state(): StoreState {
    return this.#state;
  }

  /** Sequence number up to which the backend may already show mutations, although they are not known to be durable. */
  get visible(): number {
    return this.#writing?.draft.sequence ?? this.#state.sequence;
  }

  /** The last mutation of a clone that was decided, and how those ended of which it may not know. */
  origin(clone: string): Origin {
    const outcomes = this.#origins.get(clone)?.outcomes ?? [];
    return { last: this.#lastDecided.get(clone) ?? 0, outcomes };
  }

  /** A mutation that a clone sends again is not applied again: its outcome is in {@link origin}, or still to come. */
  submit(job: Job): void {
    const { origin } = job;
    if (origin !== undefined) {
      const last = this.#lastDecided.get(origin.clone);
      if (last === undefined) this.#forgetLifetimes(origin.clone);
      else if (origin.number <= last) return;
      this.#lastDecided.set(origin.clone, origin.number);
    }
    this.#gathering ??= this.#gather();
    this.#decide(this.#gathering, job);
    if (this.#options.backend.kind === 'memory') this.#write();
    else this.#schedule();
  }

  /** The clone knows how everything up to `number` ended. */
  forgetOutcomes(clone: string, number: number): void {
    const origin = this.#origins.get(clone);
    if (origin === undefined || (origin.outcomes[0]?.number ?? Number.POSITIVE_INFINITY) > number) return;
    this.#origins.set(clone, { ...origin, outcomes: origin.outcomes.filter((outcome) => outcome.number > number) });
  }

  /** Resolves once nothing is being written any more. */
  idle(): Promise<void> {
    if (this.#writing === undefined && this.#gathering === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  #gather(): Gathering {
    const { maxEntrySize, limits, isHeard } = this.#options;
    const state = this.#writing?.draft.state ?? this.#state;
    return {
      draft: new Draft(this.#ground, state, { maxEntrySize, limits, isHeard: isHeard() }),
      mutations: [],
      digests: [],
      decided: [],
    };
  }

  #decide({ draft, mutations, digests, decided }: Gathering, job: Job): void {
    const mutation = job.isTimed ? job.mutation : orderedAt(job.mutation, this.#options.now());
    const number = job.origin?.number ?? 0;
    const { digest, size } = draft.state;
    let outcome: Outcome;
    try {
      const result = apply(draft, mutation, draft.sequence + 1);
      const isEffective = draft.state.digest !== digest || draft.state.size !== size;
      if (isEffective) {
        draft.sequence += 1;
        mutations.push(mutation);
        digests.push(draft.state.digest);
      }
      outcome = { number, sequence: draft.sequence, ...(result !== undefined && { result }) };
    } catch (thrown) {
      if (!(thrown instanceof MusterError)) throw thrown;
      outcome = { number, sequence: draft.sequence, code: thrown.code, message: thrown.message };
    }
    decided.push({ job, outcome });
  }

  /** Everything of one turn goes into one batch. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.endOfTurn(() => {
      this.#isScheduled = false;
      this.#write();
    });
  }

  #write(): void {
    if (this.#writing !== undefined || this.#gathering === undefined) return;
    const gathering = this.#gathering;
    this.#gathering = undefined;
    this.#writing = gathering;
    const { draft } = gathering;
    const origins = this.#originsAfter(gathering);
    const { changes, clears, state } = draft;
    let writing: Promise<void> | undefined;
    try {
      writing = this.#options.backend.write({ changes, clears, state, origins });
    } catch (thrown) {
      this.#failed(gathering, thrown);
      return;
    }
    if (writing === undefined) {
      this.#written(gathering, origins);
      return;
    }
    writing.then(
      () => this.#written(gathering, origins),
      (thrown) => this.#failed(gathering, thrown),
    );
  }

  /** A new lifetime of a node has come: the oldest of too many is forgotten. */
  #forgetLifetimes(clone: string): void {
    const nameOf = (id: string) => id.slice(0, id.lastIndexOf('_'));
    const lifetimes = [...this.#lastDecided.keys()].filter((id) => nameOf(id) === nameOf(clone));
    const [oldest] = lifetimes;
    if (oldest === undefined || lifetimes.length < maxLifetimes) return;
    this.#lastDecided.delete(oldest);
    this.#origins.delete(oldest);
    this.#forgotten.push(oldest);
  }

  #originsAfter({ decided }: Gathering): Map<string, Origin | undefined> {
    const after = new Map<string, Origin | undefined>();
    for (const clone of this.#forgotten.splice(0)) after.set(clone, undefined);
    const added = new Map<string, Outcome[]>();
    for (const { job, outcome } of decided) {
      if (job.origin === undefined) continue;
      const { clone, number } = job.origin;
      const outcomes = added.get(clone) ?? [...(this.#origins.get(clone)?.outcomes ?? [])];
      outcomes.push(outcome);
      added.set(clone, outcomes);
      after.set(clone, { last: number, outcomes });
    }
    return after;
  }

  #written({ draft, mutations, digests, decided }: Gathering, origins: ReadonlyMap<string, Origin | undefined>): void {
    this.#state = draft.state;
    this.#writing = undefined;
    for (const [clone, origin] of origins) if (origin !== undefined) this.#origins.set(clone, origin);
    this.#options.written({ mutations, digests, history: draft.history });
    for (const { job, outcome } of decided) job.settle(outcome);
    this.#goOn();
  }

  /** Nothing of it is there; what was decided upon it is decided anew. */
  #failed({ decided }: Gathering, thrown: unknown): void {
    this.#writing = undefined;
    const error =
      thrown instanceof MusterError ? thrown : new MusterError('MUSTER_STORE_WRITE_FAILED', messageOf(thrown));
    this.#options.failed(error);
    const { code, message } = error;
    const { sequence } = this.#state;
    for (const { job } of decided) {
      const outcome: Outcome = { number: job.origin?.number ?? 0, sequence, code, message };
      if (job.origin !== undefined) this.#remember(job.origin.clone, outcome);
      job.settle(outcome);
    }
    const waiting = this.#gathering?.decided ?? [];
    if (waiting.length > 0) {
      this.#gathering = this.#gather();
      for (const { job } of waiting) this.#decide(this.#gathering, job);
    }
    this.#goOn();
  }

  #remember(clone: string, outcome: Outcome): void {
    const outcomes = this.#origins.get(clone)?.outcomes ?? [];
    this.#origins.set(clone, { last: outcome.number, outcomes: [...outcomes, outcome] });
  }

  #goOn(): void {
    if (this.#gathering !== undefined) {
      this.#write();
      return;
    }
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
