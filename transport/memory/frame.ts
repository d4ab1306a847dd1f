/**
 * What frames look like here: as on ZeroMQ, so that what fits there fits here.
 */
import { headroom, maxFrameSize } from '../zeromq/frame.js';

export { headroom, maxFrameSize };

/** @throws `RangeError` for a frame without headroom, or one that is too long. */
export function checkSize(frame: Uint8Array): void {
  if (frame.length < headroom || frame.length > maxFrameSize) {
    throw new RangeError(`frame of ${frame.length} bytes, expected ${headroom} to ${maxFrameSize}`);
  }
}
