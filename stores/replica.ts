/**
 * Replica: a copy in memory of a store that another node orders. It is built from a snapshot, kept up by mutations, and
 * knows whether it equals the original.
 */
import { MusterError } from '../errors.js';
import { apply } from './apply.js';
import type { StoreState } from './backend.js';
import { type Change, Draft, type DraftTerms } from './draft.js';
import { digestWith, readEntry } from './entry.js';
import type { KeyId } from './key.js';
import { MemoryBackend } from './memory.js';
import { decodeMutation, type Mutation } from './mutation.js';

const noOrigins = new Map<string, undefined>();
const noChanges = new Map<KeyId, undefined>();

export class Replica {
  readonly backend = new MemoryBackend();
  #state: StoreState;
  /** Whether entries are still to come, so that a mutation may find less than the original had. */
  #isPartial = true;

  constructor(epoch: string) {
    this.#state = { epoch, sequence: 0, digest: 0, size: 0, bytes: 0 };
  }

  get state(): StoreState {
    return this.#state;
  }

  /** A snapshot begins that shows the original at `sequence` or later. */
  begin(sequence: number): void {
    this.#state = { ...this.#state, sequence };
  }

  /**
   * Takes entries of a snapshot.
   * @throws {@link MusterError} `MUSTER_FRAME_INVALID` for what is none.
   */
  load(hashes: readonly number[], entries: readonly Uint8Array[]): void {
    const loaded = entries.map((bytes, i) => {
      const read = readEntry(bytes, hashes[i] ?? 0);
      if (read !== undefined) return read;
      throw new MusterError('MUSTER_FRAME_INVALID', 'an entry of a store does not have its hash');
    });
    let { digest, size, bytes } = this.#state;
    for (const [id, entry] of loaded) {
      const before = this.backend.get(id);
      if (before !== undefined && before.version >= entry.version) continue;
      digest = digestWith(digest, before?.hash ?? 0, entry.hash);
      if (before === undefined) size += 1;
      bytes += entry.length - (before?.length ?? 0);
      this.backend.load(id, entry);
    }
    this.#state = { ...this.#state, digest, size, bytes };
    this.backend.write({ clears: false, changes: noChanges, state: this.#state, origins: noOrigins });
  }

  /**
   * Applies mutations in order, the first of which has the sequence number `first`; those that it knows are passed over.
   * @returns what they have changed, if `terms` say that somebody listens.
   * @throws {@link MusterError} `MUSTER_FRAME_INVALID` if one does not follow, or is none.
   */
  apply(first: number, mutations: readonly Uint8Array[], terms: DraftTerms): readonly Change[] {
    if (first > this.#state.sequence + 1) {
      throw new MusterError('MUSTER_FRAME_INVALID', `mutation ${first} of a store follows ${this.#state.sequence}`);
    }
    const draft = new Draft(this.backend, this.#state, terms);
    mutations.forEach((bytes, i) => {
      const sequence = first + i;
      if (sequence <= draft.sequence) return;
      const mutation = decodeMutation(bytes);
      if (this.#isPartial) applyWhatFits(draft, mutation, sequence);
      else tryApply(draft, mutation, sequence);
      draft.sequence = sequence;
    });
    const { clears, changes, state, history } = draft;
    this.#state = state;
    this.backend.write({ clears, changes, state, origins: noOrigins });
    return history;
  }

  /** Everything has come. Whether this replica equals one in the state `original`. */
  equals({ epoch, sequence, digest, size }: StoreState): boolean {
    this.#isPartial = false;
    const own = this.#state;
    return own.epoch === epoch && own.sequence === sequence && own.digest === digest && own.size === size;
  }

  /** What has changed for those who saw `before` and see this replica now. */
  changesSince(before: Replica): Change[] {
    const changes: Change[] = [];
    for (const id of before.backend.ids()) {
      if (!this.backend.has(id)) changes.push({ kind: 'erase', id, entry: undefined, before: before.backend.get(id) });
    }
    for (const id of this.backend.ids()) {
      const [entry, old] = [this.backend.get(id), before.backend.get(id)];
      if (old?.hash === entry?.hash) continue;
      changes.push({ kind: old === undefined ? 'insert' : 'update', id, entry, before: old });
    }
    return changes;
  }
}

/** What the original has taken, its replica takes as well; where it does not, their states will show it. */
function tryApply(draft: Draft, mutation: Mutation, sequence: number): void {
  try {
    apply(draft, mutation, sequence);
  } catch (thrown) {
    if (!(thrown instanceof MusterError)) throw thrown;
  }
}

/**
 * Applies a mutation while a snapshot is being read. An entry that is as new already shows it; one that is missing will
 * come, and then show it.
 */
function applyWhatFits(draft: Draft, mutation: Mutation, sequence: number): void {
  const isOlder = (id: KeyId) => (draft.get(id)?.version ?? 0) < sequence;
  if (mutation[0] === 'clear') {
    for (const id of [...draft.ids()]) if (isOlder(id)) draft.erase(id);
  } else if (mutation[0] === 'batch') {
    for (const member of mutation[3].filter(([, id]) => isOlder(id))) tryApply(draft, member, sequence);
  } else if (isOlder(mutation[1])) {
    tryApply(draft, mutation, sequence);
  }
}
