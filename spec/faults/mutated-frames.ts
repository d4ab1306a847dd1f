/**
 * Mutated frames: frames of which a few bytes are not what they were.
 */
import { encodeValue } from '../../transport/codec.js';
import { frameCode } from '../../transport/frames/frames.js';
import { repeated } from '../../transport/values/reader.js';
import { ack, anyFrame, bye, chunk, event, events, gap, subscribe } from '../helpers/hostile-peer.js';
import type { Random } from '../helpers/random.js';

const body = event('any/topic', 'Mutated::event', 1, 'two', [3], { four: 4 });
/** With topic and name of the one before. */
const repeating = Buffer.concat([Buffer.of(repeated), body.subarray(event('any/topic', 'Mutated::event').length - 1)]);
/** Each of these would be right as the first frame of a link that is up, or nearly. */
const seeds: readonly Uint8Array[] = [
  events(1, 1, body),
  events(1, 3, body, body, body),
  events(1, 3, body, repeating, repeating),
  chunk(1, 0, body.length, body.subarray(0, 20)),
  ack(0, 2_000_000, 1),
  gap(1, 5, 0),
  subscribe('app/topic'),
  anyFrame(frameCode.unsubscribe, 0, 0, 0, 1, 0xa1, 0x61),
  anyFrame(frameCode.ping, 0, 0, 0, 1),
  anyFrame(frameCode.pong, 0, 0, 0, 1),
  bye(0),
  Buffer.concat([Buffer.of(frameCode.reject), encodeValue({ code: 'refused', reason: 'no' })]),
];

/** One in so many mutated frames is the hello of its link. */
const hellos = 8;

/**
 * What is said on a link that would begin rightly with `hello` and what follows it: a frame of it is mutated, and the last is
 * wrong for certain, so that the link has to end.
 */
export function mutatedWords(random: Random, hello: Uint8Array, ...following: readonly Uint8Array[]): Uint8Array[] {
  const wrong = anyFrame(0x7f);
  if (random.int(0, hellos) === 0) return [mutate(random, hello), ...following, wrong];
  return [hello, ...following, mutate(random, random.pick(seeds)), wrong];
}

/** `frame` cut, lengthened, shortened in its middle, or with other bytes in a few places. It may be what it was. */
export function mutate(random: Random, frame: Uint8Array): Uint8Array {
  const at = random.int(0, frame.length);
  switch (random.int(0, 5)) {
    case 0:
      return frame.subarray(0, at);
    case 1:
      return Buffer.concat([frame.subarray(0, at), randomBytesOf(random, random.int(1, 9)), frame.subarray(at)]);
    case 2:
      return Buffer.concat([frame.subarray(0, at), frame.subarray(random.int(at, frame.length))]);
    default: {
      const mutated = Buffer.from(frame);
      for (let i = random.int(1, 5); i > 0; i--) mutated[random.int(0, mutated.length)] = random.int(0, 256);
      return mutated;
    }
  }
}

/** A mutation that is not what it was. */
export function mutateForCertain(random: Random, frame: Uint8Array): Uint8Array {
  let mutated = frame;
  while (Buffer.compare(mutated, frame) === 0) mutated = mutate(random, frame);
  return mutated;
}

function randomBytesOf(random: Random, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.int(0, 256));
}
