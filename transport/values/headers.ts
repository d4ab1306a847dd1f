/**
 * Headers: what an event carries besides its arguments, from the node that publishes it to those that handle it. Few events
 * have any. `traceparent` and `tracestate` are those of W3C Trace Context; others are reserved, and kept.
 */

/** Name → value. */
export interface Headers {
  /** Version, trace id, span id and flags: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly [name: string]: string | undefined;
}

/** Whether `text` is a `traceparent` of version 00: its ids are not all zeros. */
export function isTraceparent(text: string): boolean {
  return /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(text);
}
