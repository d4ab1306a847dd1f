/**
 * Dispatch: from a message of a peer to what it means for a master or a clone.
 */
import { MusterError } from '../../errors.js';
import type { Clone } from './clone.js';
import type { Master } from './master.js';
import type { StoreMessageKind, StoreMessages, StorePeer } from './messages.js';

export function takeAtMaster(master: Master, peer: StorePeer, kind: StoreMessageKind, message: unknown[]): void {
  switch (kind) {
    case 'attach':
      master.attach(peer, ...(message as StoreMessages['attach']));
      break;
    case 'mutate':
      master.mutateFor(peer, ...(message as StoreMessages['mutate']));
      break;
    default:
      throw new MusterError('MUSTER_FRAME_INVALID', `a message ${kind} of a store, to its master`);
  }
}

export function takeAtClone(clone: Clone, kind: StoreMessageKind, message: unknown[]): void {
  switch (kind) {
    case 'available':
      clone.available();
      break;
    case 'refused':
      clone.refused(...(message as StoreMessages['refused']));
      break;
    case 'attached':
      clone.attached(...(message as StoreMessages['attached']));
      break;
    case 'entries':
      clone.entries(...(message as StoreMessages['entries']));
      break;
    case 'mutations':
      clone.mutations(...(message as StoreMessages['mutations']));
      break;
    case 'state':
      clone.compare(...(message as StoreMessages['state']));
      break;
    case 'outcomes':
      clone.outcomes(...(message as StoreMessages['outcomes']));
      break;
    default:
      throw new MusterError('MUSTER_FRAME_INVALID', `a message ${kind} of a store, to its clone`);
  }
}
