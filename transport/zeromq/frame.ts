/**
 * Frame: what the frames of a link look like on ZeroMQ, in both directions.
 * Each is one message part: a mark, the id of its link, the payload. Mark and id together are the topic to which the
 * initiator has subscribed, so the acceptor's XPUB finds a link's connection by the frame alone. XPUB and XSUB take
 * a part that begins with 0 or 1 for a subscription that comes or goes; the mark sets frames apart from those.
 */

const frameMark = 2;

/** Bytes of a link's id. */
export const idSize = 16;

/** First byte of a notice that somebody unsubscribed, and of one that somebody subscribed. */
export const unsubscriptionMark = 0;
export const subscriptionMark = 1;

/** Bytes before the payload: the mark and the link's id. */
export const headroom = 1 + idSize;

/**
 * Bytes a frame may have, headroom included: 64 KiB and some room for headers. Larger ones would hold up the
 * heartbeats on a slow line. A longer one that comes from outside ends its connection.
 */
export const maxFrameSize = 64 * 1024 + 256;

/** What all frames of the link with this id begin with. */
export function topicOf(id: Uint8Array): Uint8Array {
  return marked(frameMark, id);
}

/** The message by which an XSUB subscribes to `topic`. */
export function subscriptionTo(topic: Uint8Array): Uint8Array {
  return marked(subscriptionMark, topic);
}

/** Id of the link with this topic, as `Link.id` wants it. */
export function idOf(topic: Uint8Array): string {
  return Buffer.from(topic.subarray(1)).toString('hex');
}

/** @throws `RangeError` for a frame without headroom, or so long that it would end the connection. */
export function checkSize(frame: Uint8Array): void {
  if (frame.length < headroom || frame.length > maxFrameSize) {
    throw new RangeError(`frame of ${frame.length} bytes, expected ${headroom} to ${maxFrameSize}`);
  }
}

/** Makes `frame` one of the link with this topic. @throws `RangeError` as {@link checkSize}. */
export function stamp(frame: Uint8Array, topic: Uint8Array): void {
  checkSize(frame);
  frame.set(topic);
}

/** Whether `part` is a frame of the link with this topic. */
export function hasTopic(part: Uint8Array, topic: Uint8Array): boolean {
  if (part.length < headroom) return false;
  for (let at = 0; at < headroom; at++) if (part[at] !== topic[at]) return false;
  return true;
}

/** Topic of a frame, as a key of a map; `undefined` if `part` is no frame of a link. */
export function topicOfFrame(part: Buffer): string | undefined {
  return part.length >= headroom && part[0] === frameMark ? part.toString('latin1', 0, headroom) : undefined;
}

/** Topic that a notice is about, as a key of a map; `undefined` if it can be no link's. */
export function topicOfNotice(part: Buffer): string | undefined {
  return part.length === 1 + headroom && part[1] === frameMark ? part.toString('latin1', 1) : undefined;
}

function marked(mark: number, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(1 + bytes.length);
  all[0] = mark;
  all.set(bytes, 1);
  return all;
}
