/**
 * Messages between a master and its clones: events of the framework under one name, which no handler of a user sees.
 * The arguments are the store's name, the kind of message, and what {@link StoreMessages} says.
 */
import type { Outcome, StoreState } from '../../stores/backend.js';

export const storeEvent = 'Muster::store';

/** Bytes of mutations or entries in one message. */
export const messageSize = 48 * 1_024;
/** A peer gets more when fewer bytes than this wait for it. */
export const maxBacklog = 256 * 1_024;
/** Bytes that an entry may have, so that a message with it is an event that may be sent. */
export const maxEntrySizeFor = (maxEventSize: number): number => maxEventSize - 1_024;

/**
 * What each kind carries. `session` is a number that a clone chooses afresh for each time it attaches; what carries another
 * one is out of date and ignored.
 */
export interface StoreMessages {
  /** Clone: take me on. `epoch`: of what it has, empty if nothing. `settled`: it knows how its mutations up to there ended. */
  attach: [session: number, epoch: string, sequence: number, digest: number, settled: number];
  /** Clone: apply these, the first of which has the number `first`. */
  mutate: [session: number, first: number, mutations: Uint8Array[], settled: number];
  /** Master: it is there; whoever has a clone may attach. */
  available: [];
  refused: [session: number, reason: string];
  /**
   * Master: the clone is taken on. With a snapshot, what it has is thrown away and `entries` follow, else what it has missed.
   * `decided`: the last of the clone's mutations of which the master knows how it ended.
   */
  attached: [session: number, hasSnapshot: boolean, epoch: string, sequence: number, decided: number];
  /** Entries of a snapshot, with their hashes. */
  entries: [session: number, hashes: number[], entries: Uint8Array[]];
  /** Mutations in order, the first of which has the sequence number `first`. */
  mutations: [session: number, first: number, mutations: Uint8Array[]];
  /** With all that came before, the clone's replica must be in this state. */
  state: [session: number, state: StoreState];
  outcomes: [session: number, outcomes: Outcome[]];
}

export type StoreMessageKind = keyof StoreMessages;

/** A peer, as the stores of a node know it. */
export interface StorePeer {
  readonly name: string;
  /** Id of its present lifetime. */
  readonly id: string;
  /** Bytes that wait for it; more is not sent before it has taken some. */
  readonly backlog: number;
  send<K extends StoreMessageKind>(kind: K, ...message: StoreMessages[K]): void;
}
