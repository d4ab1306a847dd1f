/**
 * Sealed payloads: what stands behind the headroom of a sealed frame, for those who write frames by hand.
 */
import type { Seals } from '../../keys/seal.js';
import { frameOf } from '../../keys/secured-link.js';
import { headroom } from '../../transport/zeromq/frame.js';

export function sealPayload({ out }: Seals, payload: Uint8Array): Uint8Array {
  return out.seal(frameOf(headroom, payload), headroom).subarray(headroom);
}

/** Undefined if the other end has not sealed it. */
export function openPayload(seals: Seals, payload: Uint8Array): Uint8Array | undefined {
  return seals.in.open(frameOf(headroom, payload), headroom)?.subarray(headroom);
}
