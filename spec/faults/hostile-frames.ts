/**
 * Hostile frames: what is wrong, and the words in which a manager says so. Each comes from one who knows the layout.
 */
import { encodeValue } from '../../transport/codec.js';
import { frameCode } from '../../transport/frames/frames.js';
import {
  accept,
  ack,
  anyFrame,
  chunk,
  event,
  events,
  gap,
  hello,
  helloOf,
  subscribe,
} from '../helpers/hostile-peer.js';

export interface Attack {
  /** The frames of one link. */
  readonly frames: (number: number) => Uint8Array[];
  /** What the lines have in them that tell of this kind, and of no other. */
  readonly words: string;
}

/** As whom an attacker speaks, and to whom. */
export interface Guise {
  readonly from: string;
  readonly to: string;
  readonly nodeType: string;
}

const deep = Buffer.concat([Buffer.alloc(2_000, 0x91), Buffer.of(0xc0)]);
const early = event('any/topic', 'Early::event');
const good = event('any/topic', 'Hostile::event', 1);

/** A hello that is right; its id is the same for ten in a row. */
export function rightHello(guise: Guise, number: number): Buffer {
  return hello({ ...guise, id: `${guise.from}_${Math.floor(number / 10)}` });
}

/** Links that do not begin with a hello. */
export const notHellos: readonly Attack[] = [
  ...Object.entries(frameCode)
    .filter(([name]) => name !== 'hello')
    .map(([, code]) => [anyFrame(code, 1, 2, 3, 4, 5, 6, 7, 8, 9)]),
  [anyFrame(0x7f, 0, 0), accept],
  [events(1, 1, early), accept],
].map((frames) => ({ words: 'a link has to begin with a hello', frames: () => frames }));

/** Hellos that cannot be read. */
export function malformedHellos(guise: Guise): Attack[] {
  const one = (words: string, frame: Uint8Array): Attack => ({ words, frames: () => [frame] });
  const field = (words: string, fields: Parameters<typeof hello>[0]) =>
    one(`hello: ${words}`, hello({ ...guise, id: 'hostile', ...fields }));
  return [
    one('protocol version 9, this node speaks 1', hello({ ...guise, id: 'hostile' }, 9)),
    one('hello: cut off in the middle of a value', rightHello(guise, 0).subarray(0, 40)),
    one('hello: a value nested deeper than', helloOf(deep)),
    one('hello: no map of fields', helloOf(encodeValue([1, 2, 3]))),
    one('hello: 0xc1, which begins no value', helloOf(Buffer.alloc(60_000, 0xc1))),
    field('cluster is no string', { cluster: 7 }),
    field('from is no string', { from: null }),
    field('to is no string', { to: ['manager'] }),
    field('id is no string', { id: undefined }),
    field('nodeType is no string', { nodeType: { worker: true } }),
    field('revision is no count', { revision: -1 }),
    field('credit is no count', { credit: 1e300 }),
    field('subscriptions is no list of strings', { subscriptions: ['a', 1] }),
    field('subscriptions of more than', { subscriptions: Array.from({ length: 50 }, () => 'x'.repeat(1_000)) }),
    field('clusterStarted is no boolean', { clusterStarted: 'yes' }),
    field('session is no map', { session: 1 }),
    field('session: received is no count', { session: { id: 'x', received: -1, oldest: 0, assigned: 0, lost: 0 } }),
    field('session: lost is no count', { session: { id: 'x', received: 0, oldest: 0, assigned: 0, lost: 0.5 } }),
  ];
}

/** Hellos that can be read, and are not to be accepted by a manager of the cluster `muster`. */
export function wrongHellos(guise: Guise): Attack[] {
  const field = (words: string, fields: Parameters<typeof hello>[0]): Attack => ({
    words,
    frames: () => [hello({ ...guise, id: 'hostile', ...fields })],
  });
  const from = JSON.stringify(guise.from);
  return [
    field(`${from} is of cluster "another", this node of "muster"`, { cluster: 'another' }),
    field(`${from} wants to speak to "somebody", this node is ${guise.to}`, { to: 'somebody' }),
    field(`"${guise.to}" is the name of this node`, { from: guise.to }),
    field('is no node of the layout', { from: 'stranger' }),
    field('is no node of the layout', { from: '__proto__' }),
    field(`${from} says it is a "proxy", the layout says ${guise.nodeType}`, { nodeType: 'proxy' }),
    field(`${from} has an id that is none`, { id: '' }),
    field(`${from} has an id that is none`, { id: 'with a space' }),
    field(`${from} has an id that is none`, { id: 'x'.repeat(300) }),
    field(`logger-1 does not connect to ${guise.to} in this layout`, { from: 'logger-1', nodeType: 'logger' }),
  ];
}

/** What must not follow a good hello before it is answered. */
export const earlyFrames: readonly Attack[] = [
  events(1, 1, early),
  ack(0, 1_048_576),
  anyFrame(frameCode.ping, 0, 0, 0, 1),
  hello({ from: 'worker-2', to: 'manager', nodeType: 'worker', id: 'worker-2_b' }),
  anyFrame(0x7f),
].map((frame) => ({ words: 'before both have accepted', frames: () => [frame] }));

/** What a peer that is up must not say. */
export const badFrames: readonly Attack[] = [
  said('follows event 0', events(5, 1, good)),
  said('follows event 0', events(Number.MAX_SAFE_INTEGER, 1, good)),
  said('a number is larger than 2^53 - 1', events(2n ** 64n - 1n, 1, good)),
  said('events frame without an event', events(1, 0)),
  said('events cannot be in', events(1, 4_000_000_000, good)),
  said('cut off in the middle of a value', events(1, 2, good, good.subarray(0, 10))),
  said('bytes too many', events(1, 1, good, good)),
  said('a value nested deeper than', events(1, 1, event('t', 'n').subarray(0, 4), deep)),
  said('headers of an event, where', events(1, 1, good, Buffer.of(0x8f))),
  said('a header traceparent that is none', events(1, 1, good, header('traceparent', 'zero'))),
  said('the key __proto__', events(1, 1, event('t', 'n').subarray(0, 4), protoArguments())),
  said('is acknowledged, but only', ack(1_000_000, 1_048_576)),
  said('a number is larger than 2^53 - 1', ack(0, 2n ** 63n)),
  said('ack frame of', anyFrame(frameCode.ack, 1, 2, 3)),
  said('does not follow', chunk(1, 64, 128, Buffer.alloc(64))),
  said('event of 4294967295 bytes, this node takes 16777216', chunk(1, 0, 4_294_967_295, Buffer.alloc(64))),
  said('has a wrong size', chunk(1, 0, 128, Buffer.alloc(0))),
  said('has a wrong size', chunk(1, 0, 16, Buffer.alloc(64))),
  said('follows event 0', chunk(1, 0, 128, Buffer.alloc(64)), events(2, 1, good)),
  said('follows event 0', chunk(7, 0, 128, Buffer.alloc(64))),
  said('without a known reason', gap(2, 1, 0)),
  said('without a known reason', gap(1, 2, 77)),
  said('follows event 0', gap(3, 4, 0)),
  said('ping or pong frame of', anyFrame(frameCode.ping, 1)),
  said('subscription: the prefix is no string', subscribe(42)),
  said('bye frame of', anyFrame(frameCode.bye, 1)),
  said('reject: no map of fields', anyFrame(frameCode.reject, 1)),
  said('while up', accept),
  said('while up', hello({ from: 'worker-2', to: 'manager', nodeType: 'worker', id: 'worker-2_b' })),
  said('while up', anyFrame(0x7f)),
  said('while up', Buffer.alloc(0)),
];

/** The same attacks, each after these frames. */
export function after(before: (number: number) => readonly Uint8Array[], attacks: readonly Attack[]): Attack[] {
  return attacks.map(({ words, frames }) => ({ words, frames: (number) => [...before(number), ...frames(number)] }));
}

/** Events of the framework that are not a worker's to publish. */
export const forgedEvents: readonly (readonly [name: string, ...args: unknown[]])[] = [
  ['Cluster::node_up', 'worker-9', 'forged'],
  ['Cluster::node_down', 'worker-1', 'forged'],
  ['Cluster::hello', 'worker-1', 'forged'],
  ['Cluster::Experimental::node_fully_connected', 'worker-1', 'forged', false],
  ['Cluster::Experimental::node_fully_connected', 'worker-2', 'forged', false],
  ['Cluster::Experimental::cluster_started', 'forged'],
  ['Muster::degraded', ['forged']],
  ['Muster::recovered', 'forged'],
  ['Muster::events_lost', 'worker-1', 'forged', 1_000, 'never mind'],
];

function said(words: string, ...frames: Uint8Array[]): Attack {
  return { words, frames: () => frames };
}

/** Arguments as msgpack, whose only one is `{"__proto__": 1}`, which no honest codec would write. */
function protoArguments(): Buffer {
  return Buffer.concat([Buffer.of(0x91, 0x81, 0xa9), Buffer.from('__proto__'), Buffer.of(1)]);
}

/** One header, as it stands behind the arguments of an event. */
function header(name: string, value: string): Buffer {
  return Buffer.from(encodeValue({ [name]: value }));
}
