/**
 * Admission: whose hello is accepted, and whose word decides which of two twins stays. Every refusal is a sentence that both
 * ends log.
 */
import type { Layout } from '../layout/types.js';
import type { Hello } from '../transport/frames/frames.js';
import type { Peer } from './node-core.js';
import { type SubscriptionLimits, whyTooMany } from './subscriptions.js';

/** The kinds of refusals, by which they are counted. */
export const refusalKinds = [
  'malformed',
  'protocol version',
  'other cluster',
  'wrong addressee',
  'wrong sender',
  'unknown node',
  'wrong node type',
  'invalid id',
  'no peering',
  'no proof of key',
  'too often',
  'subscriptions',
  'impossible session',
  'name taken',
] as const;
export type RefusalKind = (typeof refusalKinds)[number];

export interface Refusal {
  readonly kind: RefusalKind;
  /** In words, for both ends. */
  readonly reason: string;
}

/** Who is asked. */
export interface Doorkeeper {
  readonly name: string;
  readonly id: string;
  readonly layout: Layout;
  readonly options: { readonly clusterName: string } & SubscriptionLimits;
}

/** Why `hello` is refused by `own`, or undefined. `expected` is the peer that it has to come from, where that is known. */
export function whyRefused(
  hello: Hello,
  expected: { readonly name: string } | undefined,
  own: Doorkeeper,
): Refusal | undefined {
  const from = JSON.stringify(hello.from);
  if (hello.cluster !== own.options.clusterName) {
    const clusters = `${JSON.stringify(hello.cluster)}, this node of ${JSON.stringify(own.options.clusterName)}`;
    return { kind: 'other cluster', reason: `${from} is of cluster ${clusters}` };
  }
  if (hello.to !== own.name) {
    const reason = `${from} wants to speak to ${JSON.stringify(hello.to)}, this node is ${own.name}`;
    return { kind: 'wrong addressee', reason };
  }
  if (expected !== undefined && hello.from !== expected.name) {
    return { kind: 'wrong sender', reason: `${from} answers where ${expected.name} is expected` };
  }
  if (hello.from === own.name) return { kind: 'wrong sender', reason: `${from} is the name of this node` };
  const node = Object.hasOwn(own.layout, hello.from) ? own.layout[hello.from] : undefined;
  if (node === undefined) return { kind: 'unknown node', reason: `${from} is no node of the layout` };
  if (node.nodeType !== hello.nodeType) {
    const reason = `${from} says it is a ${JSON.stringify(hello.nodeType)}, the layout says ${node.nodeType}`;
    return { kind: 'wrong node type', reason };
  }
  if (!/^[\x21-\x7e]{1,256}$/.test(hello.id)) {
    return { kind: 'invalid id', reason: `${from} has an id that is none` };
  }
  const tooMany = whyTooMany(hello.subscriptions, 0, own.options);
  return tooMany === undefined ? undefined : { kind: 'subscriptions', reason: `${from} has ${tooMany}` };
}

/**
 * Whether a node whose name `peer` says is taken has to leave. Of two processes under one name, the one that the manager has
 * must win everywhere; without a manager, the one that the first logger has.
 */
export function decidesNames(peer: Peer, peers: Iterable<Peer>): boolean {
  const all = [...peers];
  const manager = all.find(({ nodeType }) => nodeType === 'manager');
  if (manager !== undefined) return peer === manager;
  const loggers = all.filter(({ nodeType }) => nodeType === 'logger').map(({ name }) => name);
  return peer.name === loggers.sort()[0];
}
