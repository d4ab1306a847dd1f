/**
 * Event spans: what a node needs of whoever traces the handling of events. Named apart from OpenTelemetry, whose types not every
 * user of Muster has.
 */
import type { Headers } from '../transport/codec.js';

/** An event of a peer that has headers. */
export interface HeadedEvent {
  readonly topic: string;
  readonly event: string;
  /** Name of the peer. */
  readonly from: string;
  readonly headers: Headers;
}

export interface EventSpans {
  /** Runs the handlers of an event in a span of their own, if its headers say so. */
  handle(event: HeadedEvent, run: () => Promise<unknown> | undefined): Promise<unknown> | undefined;
}
