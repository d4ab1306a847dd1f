/**
 * What the programs without Muster have in common.
 */

/** Marks would drop messages; without a timeout, `send()` completes in the call. */
export const socketOptions = { sendHighWaterMark: 0, receiveHighWaterMark: 0, sendTimeout: 0, linger: 0 };

/** The message by which an XSUB subscribes to everything. */
export const subscriptionToAll = Buffer.of(1);

/** A loop that reads a socket ends when that is closed; whatever else ends it is a fault of the bench. */
export function endsWith(socket: { readonly closed: boolean }): (error: unknown) => void {
  return (error) => {
    if (!socket.closed) throw error;
  };
}
