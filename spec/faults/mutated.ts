/**
 * Mutated frames: an admitted member sends frames of which a few bytes are not what they were, each on a link of its own.
 * Each link has to end in words that the member gets, and nobody else may notice anything.
 */
import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { decodeValue, encodeValue } from '../../transport/codec.js';
import { frameCode } from '../../transport/frames/frames.js';
import { headroom } from '../../transport/zeromq/frame.js';
import { HostileMember } from '../helpers/hostile-member.js';
import { accept, ack, anyFrame, bye, chunk, event, events, gap, hello, subscribe } from '../helpers/hostile-peer.js';
import { Random } from '../helpers/random.js';
import { TestCluster } from '../helpers/test-cluster.js';
import { checkNumbers, flowing, LocalMember, times } from './members.js';

const guise = { from: 'worker-2', to: 'manager', nodeType: 'worker' };
/** Links that may wait for their end. */
const atOnce = 256;

const body = event('any/topic', 'Mutated::event', 1, 'two', [3], { four: 4 });
/** What is mutated: each of these would be right as the first frame of a link that is up, or nearly. */
const seeds: readonly Uint8Array[] = [
  events(1, 1, body),
  events(1, 3, body, body, body),
  chunk(1, 0, body.length, body.subarray(0, 20)),
  ack(0, 2_000_000, 1),
  gap(1, 5, 0),
  subscribe('app/topic'),
  anyFrame(frameCode.unsubscribe, 0, 0, 0, 1, 0xa1, 0x61),
  anyFrame(frameCode.ping, 0, 0, 0, 1),
  anyFrame(frameCode.pong, 0, 0, 0, 1),
  bye(0),
  Buffer.concat([Buffer.of(frameCode.reject), encodeValue({ code: 'refused', reason: 'no' })]),
  hello({ ...guise, id: 'worker-2_again' }),
];

function mutate(random: Random): Uint8Array {
  const frame = Buffer.from(random.pick(seeds));
  const at = random.int(0, frame.length);
  switch (random.int(0, 5)) {
    case 0:
      return frame.subarray(0, at);
    case 1:
      return Buffer.concat([frame.subarray(0, at), randomBytesOf(random, random.int(1, 9)), frame.subarray(at)]);
    case 2:
      return Buffer.concat([frame.subarray(0, at), frame.subarray(random.int(at, frame.length))]);
    default:
      for (let i = random.int(1, 5); i > 0; i--) frame[random.int(0, frame.length)] = random.int(0, 256);
      return frame;
  }
}

function randomBytesOf(random: Random, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.int(0, 256));
}

/** Lets a member send `count` mutated frames to a manager that exchanges numbers with another worker meanwhile. */
export async function attackWithMutants(t: ExecutionContext, count: number, seed: number): Promise<void> {
  t.log(`seed ${seed}`);
  const random = new Random(seed);
  const cluster = await TestCluster.create(t, ['manager', 'worker-1', 'worker-2'], {
    maxHelloRate: 1_000_000,
    logLevel: 'silent',
  });
  const manager = await LocalMember.start(cluster, 'manager', ['worker-1']);
  const worker = await LocalMember.start(cluster, 'worker-1', ['manager']);
  await flowing([manager, worker]);

  const member = HostileMember.open(t, cluster.layout.manager?.port as number);
  const open = new Set<string>();
  let ended = () => {};
  member.take = (part) => {
    if (part[headroom] !== frameCode.reject) return;
    const id = part.toString('hex', 1, headroom);
    if (!open.delete(id)) return;
    const { reason } = decodeValue(part.subarray(headroom + 1)) as { reason: string };
    if (reason.length < 5) t.fail(`link ${id} has ended without words`);
    ended();
  };
  await member.send(Buffer.of(1));
  for (let i = 0; i < count; i++) {
    const id = randomBytes(headroom - 1);
    const topic = Buffer.concat([Buffer.of(2), id]);
    open.add(id.toString('hex'));
    // The last of them is wrong for certain, so that the link has to end.
    for (const payload of [hello({ ...guise, id: `worker-2_${i}` }), accept, mutate(random), anyFrame(0x7f)]) {
      await member.send(Buffer.concat([topic, payload]));
    }
    while (open.size >= atOnce || (i === count - 1 && open.size > 0)) {
      await new Promise<void>((resolve) => {
        ended = resolve;
      });
    }
  }
  await flowing([manager, worker]);
  await checkNumbers(t, [manager, worker], (id) => id.startsWith('worker-2'));
  t.is(times(manager, 'node_down', worker.id), 0);
  t.is(times(worker, 'node_down', manager.id), 0);
}
