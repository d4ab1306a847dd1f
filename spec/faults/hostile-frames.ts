/**
 * Hostile frames: what is wrong, and the words in which a manager says so. Each is said by one who knows the layout.
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

/** The name that is misused, of a node that does not run. */
const right = { from: 'worker-2', to: 'manager', nodeType: 'worker' };
/** The same for ten in a row. */
const idOf = (number: number) => `worker-2_${Math.floor(number / 10)}`;
const rightHello = (number: number) => hello({ ...right, id: idOf(number) });
const deep = Buffer.concat([Buffer.alloc(2_000, 0x91), Buffer.of(0xc0)]);

/** A handshake that is right. */
export const accepted = (number: number): Uint8Array[] => [rightHello(number), accept];

const first = (words: string, frames: Attack['frames']): Attack => ({ words, frames });
const inHello = (words: string, fields: Parameters<typeof hello>[0]): Attack =>
  first(words, () => [hello({ ...right, id: 'worker-2_a', ...fields })]);

/** Links that do not begin with a good hello. */
export const badBeginnings: readonly Attack[] = [
  first('hello frame of 17 bytes', () => [Buffer.alloc(0)]),
  ...Object.entries(frameCode)
    .filter(([name]) => name !== 'hello')
    .map(([, code]) => first('a link has to begin with a hello', () => [anyFrame(code, 1, 2, 3, 4, 5, 6, 7, 8, 9)])),
  first('a link has to begin with a hello', () => [anyFrame(0x7f, 0, 0), accept]),
  first('a link has to begin with a hello', () => [
    events(1, 1, event('zeek/cluster/manager', 'Early::event')),
    rightHello(0),
  ]),
  first('protocol version 9, this node speaks 1', () => [hello({ ...right, id: 'worker-2_a' }, 9)]),
  first('hello: cut off in the middle of a value', (i) => [rightHello(i).subarray(0, 40)]),
  first('hello: a value nested deeper than', () => [helloOf(deep)]),
  first('hello: no map of fields', () => [helloOf(encodeValue([1, 2, 3]))]),
  first('hello: 0xc1, which begins no value', () => [helloOf(Buffer.alloc(60_000, 0xc1))]),
  inHello('hello: cluster is no string', { cluster: 7 }),
  inHello('hello: from is no string', { from: null }),
  inHello('hello: to is no string', { to: ['manager'] }),
  inHello('hello: id is no string', { id: undefined }),
  inHello('hello: nodeType is no string', { nodeType: { worker: true } }),
  inHello('hello: revision is no count', { revision: -1 }),
  inHello('hello: credit is no count', { credit: 1e300 }),
  inHello('hello: subscriptions is no list of strings', { subscriptions: ['a', 1] }),
  inHello('hello: subscriptions of more than', { subscriptions: Array.from({ length: 50 }, () => 'x'.repeat(1_000)) }),
  inHello('hello: clusterStarted is no boolean', { clusterStarted: 'yes' }),
  inHello('hello: session is no map', { session: 1 }),
  inHello('hello: session: received is no count', { session: { id: 'x', received: -1, oldest: 0, assigned: 0 } }),
  inHello('"worker-2" is of cluster "another", this node of "muster"', { cluster: 'another' }),
  inHello('"worker-2" wants to speak to "logger-1", this node is manager', { to: 'logger-1' }),
  inHello('"manager" is the name of this node', { from: 'manager', nodeType: 'manager' }),
  inHello('is no node of the layout', { from: 'stranger' }),
  inHello('is no node of the layout', { from: '__proto__' }),
  inHello('"worker-2" says it is a "proxy", the layout says worker', { nodeType: 'proxy' }),
  inHello('"worker-2" has an id that is none', { id: '' }),
  inHello('"worker-2" has an id that is none', { id: 'with a space' }),
  inHello('"worker-2" has an id that is none', { id: 'x'.repeat(300) }),
  inHello('logger-1 does not connect to manager in this layout', { from: 'logger-1', nodeType: 'logger' }),
];

const early = (frame: Uint8Array): Attack => ({
  words: 'before both have accepted',
  frames: (i) => [rightHello(i), frame],
});

/** Links on which too much is said before `accept`. */
export const badHandshakes: readonly Attack[] = [
  early(events(1, 1, event('zeek/cluster/manager', 'Early::event'))),
  early(ack(0, 1_048_576)),
  early(anyFrame(frameCode.ping, 0, 0, 0, 1)),
  early(hello({ ...right, id: 'worker-2_b' })),
  early(anyFrame(0x7f)),
];

const late = (words: string, ...frames: Uint8Array[]): Attack => ({
  words,
  frames: (i) => [...accepted(i), ...frames],
});
const good = event('zeek/cluster/manager', 'Hostile::event', 1);

/** Links that are up, until something wrong is said. */
export const badPeers: readonly Attack[] = [
  late('follows event 0', events(5, 1, good)),
  late('follows event 0', events(Number.MAX_SAFE_INTEGER, 1, good)),
  late('a number is larger than 2^53 - 1', events(2n ** 64n - 1n, 1, good)),
  late('events frame without an event', events(1, 0)),
  late('events cannot be in', events(1, 4_000_000_000, good)),
  late('cut off in the middle of a value', events(1, 2, good, good.subarray(0, 10))),
  late('bytes too many', events(1, 1, good, good)),
  late('a value nested deeper than', events(1, 1, event('t', 'n').subarray(0, 4), deep)),
  late('the key __proto__', events(1, 1, event('t', 'n').subarray(0, 4), protoArguments())),
  late('event 1000 is acknowledged, but only', ack(1_000, 1_048_576)),
  late('a number is larger than 2^53 - 1', ack(0, 2n ** 63n)),
  late('ack frame of', anyFrame(frameCode.ack, 1, 2, 3)),
  late('piece at 64 of event 1 does not follow', chunk(1, 64, 128, Buffer.alloc(64))),
  late('event of 4294967295 bytes, this node takes 16777216', chunk(1, 0, 4_294_967_295, Buffer.alloc(64))),
  late('piece at 0 has a wrong size', chunk(1, 0, 128, Buffer.alloc(0))),
  late('piece at 0 has a wrong size', chunk(1, 0, 16, Buffer.alloc(64))),
  late('follows event 0', chunk(1, 0, 128, Buffer.alloc(64)), events(2, 1, good)),
  late('follows event 0', chunk(7, 0, 128, Buffer.alloc(64))),
  late('without a known reason', gap(2, 1, 0)),
  late('without a known reason', gap(1, 2, 77)),
  late('follows event 0', gap(3, 4, 0)),
  late('ping or pong frame of', anyFrame(frameCode.ping, 1)),
  late('subscription: the prefix is no string', subscribe(42)),
  late('bye frame of', anyFrame(frameCode.bye, 1)),
  late('reject: no map of fields', anyFrame(frameCode.reject, 1)),
  late('while up', accept),
  late('while up', hello({ ...right, id: 'worker-2_b' })),
  late('while up', anyFrame(0x7f)),
  late('while up', Buffer.alloc(0)),
];

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

/** Arguments as msgpack, whose only one is `{"__proto__": 1}`, which no honest codec would write. */
function protoArguments(): Buffer {
  return Buffer.concat([Buffer.of(0x91, 0x81, 0xa9), Buffer.from('__proto__'), Buffer.of(1)]);
}
