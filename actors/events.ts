/**
 * Events: their types, for users who name theirs in an interface, and those that the framework itself raises.
 */
import type { CloneState } from '../machines/clone.js';

/** What an interface of events looks like: name → tuple of arguments. */
export type EventMap = { readonly [name: string]: readonly unknown[] };

/** Events that the framework raises, besides those of the user. The documented ones bear Zeek's names. */
export interface FrameworkEvents {
  /** A hello of a peer has been accepted. Raised locally, before `Cluster::node_up`. */
  'Cluster::hello': [name: string, id: string];
  /** A peer is connected, for the first time or again. Raised locally. */
  'Cluster::node_up': [name: string, id: string];
  /** A peer that was up is disconnected. Raised locally. */
  'Cluster::node_down': [name: string, id: string];
  /** All outgoing peerings of a node have been accepted. Raised locally and at its manager. */
  'Cluster::Experimental::node_fully_connected': [name: string, id: string, resending: boolean];
  /** Every node of the cluster has reported that it is fully connected. Raised at every node, by the manager. */
  'Cluster::Experimental::cluster_started': [];
  /** A peer whose presence is expected was lost after this node was ready: the names of all that are missing. */
  'Muster::degraded': [missing: string[]];
  /** All expected peers are up again. */
  'Muster::recovered': [];
  /** This node is about to leave: what its handlers publish now is still delivered. Raised locally. */
  'Muster::leaving': [];
  /** A store of this node has come into another state: `waiting`, `syncing`, `live` or `stale`. Raised locally. */
  'Muster::store_state': [name: string, state: CloneState];
  /** A node of a pool, of this topic, is alive, or not any more: seen from this node, and raised locally. */
  'Muster::pool_changed': [topic: string, name: string, alive: boolean];
  /** Records of a log stream were lost before a logger had them; `reason` in words. Raised locally. */
  'Muster::log_records_lost': [stream: string, count: number, reason: string];
  /** Events were lost between this node and a peer, in either direction; `reason` in words. */
  'Muster::events_lost': [name: string, id: string, count: number, reason: string];
}

/** All events of the framework: what comes from a peer under these names is checked first. */
const frameworkEvents: ReadonlySet<string> = new Set([
  'Cluster::hello',
  'Cluster::node_up',
  'Cluster::node_down',
  'Cluster::Experimental::node_fully_connected',
  'Cluster::Experimental::cluster_started',
  'Muster::degraded',
  'Muster::recovered',
  'Muster::leaving',
  'Muster::events_lost',
  'Muster::store_state',
  'Muster::pool_changed',
  'Muster::log_records_lost',
] satisfies (keyof FrameworkEvents)[]);

export const isFrameworkEvent = (name: string): name is keyof FrameworkEvents => frameworkEvents.has(name);

/** The events of a user's interface `E` and those of the framework. */
export type AllEvents<E> = Omit<E, keyof FrameworkEvents> & FrameworkEvents;

/** A handler of the event `N`. Its promise, if it returns one, is not awaited by the next event. */
export type EventHandler<A> = A extends readonly unknown[] ? (...args: A) => unknown : never;

/** Events of a node for which no interface was given: any name, any arguments. */
// biome-ignore lint/suspicious/noExplicitAny: handlers declare the types of arguments that no interface names
export type AnyEvents = { [name: string]: any[] };
