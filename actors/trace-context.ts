/**
 * Trace context: ties the spans of OpenTelemetry together across nodes. An event that is published while a span is active
 * bears its context as `traceparent` (W3C Trace Context), and its handlers run in a child of that span at each node.
 * The API is loaded only where somebody has registered a provider of tracers, since without one there are no spans.
 */
import type * as api from '@opentelemetry/api';
import { messageOf } from '../errors.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { Headers } from '../transport/codec.js';
import type { EventSpans, HeadedEvent } from './event-spans.js';
import type { NodeParts } from './node-parts.js';

type Api = typeof api;

/** Where every copy of the API, of whatever version 1, keeps what is registered. */
const registered = Symbol.for('opentelemetry.js.api.1');
/** Longest `tracestate`, in characters: W3C lets a longer one be left out. */
const maxTraceState = 512;

/**
 * Has a node carry contexts, if there are any in this process.
 * @returns what runs a task outside of all spans: else all that a node ever does would belong to the span in which it joined.
 */
export async function carryTraceContext(parts: NodeParts): Promise<<T>(task: () => T) => T> {
  const loaded = hasProvider() ? await load(parts.core.diagnostics) : undefined;
  if (loaded === undefined) return (task) => task();
  const spans = new Spans(loaded);
  parts.delivery.spans = spans;
  parts.router.headers = () => spans.headers();
  parts.bus.onFailure = (thrown) => spans.failed(thrown);
  return (task) => loaded.context.with(loaded.ROOT_CONTEXT, task);
}

function hasProvider(): boolean {
  const shared = (globalThis as Record<symbol, unknown>)[registered] as { readonly trace?: unknown } | undefined;
  return shared?.trace !== undefined;
}

async function load(diagnostics: Diagnostics): Promise<Api | undefined> {
  try {
    return await import('@opentelemetry/api');
  } catch (thrown) {
    diagnostics.warn(`events carry no trace context: @opentelemetry/api cannot be loaded: ${messageOf(thrown)}`);
    return undefined;
  }
}

class Spans implements EventSpans {
  readonly #api: Api;
  readonly #tracer: api.Tracer;
  /** Under which a context has the span in which handlers run. */
  readonly #key: symbol;

  constructor(loaded: Api) {
    this.#api = loaded;
    this.#key = loaded.createContextKey('span of the event that muster handles');
    this.#tracer = loaded.trace.getTracer('muster');
  }

  /** What an event bears that is published now: the context of the active span, if there is one. */
  headers(): Headers | undefined {
    const context = this.#api.trace.getActiveSpan()?.spanContext();
    if (context === undefined || !this.#api.isSpanContextValid(context)) return undefined;
    const { traceId, spanId, traceFlags, traceState } = context;
    const traceparent = `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;
    const tracestate = traceState?.serialize() ?? '';
    return tracestate === '' || tracestate.length > maxTraceState ? { traceparent } : { traceparent, tracestate };
  }

  /** Runs the handlers of an event in a span of their own; it ends when they have all settled. */
  handle(
    { topic, event, from, headers }: HeadedEvent,
    run: () => Promise<unknown> | undefined,
  ): Promise<unknown> | undefined {
    const parent = this.#contextOf(headers);
    if (parent === undefined) return run();
    const { SpanKind, context, trace } = this.#api;
    const attributes = {
      'messaging.system': 'muster',
      'messaging.operation.type': 'process',
      'messaging.operation.name': event,
      'messaging.destination.name': topic,
      'muster.sender': from,
    };
    const span = this.#tracer.startSpan(`process ${event}`, { kind: SpanKind.CONSUMER, attributes }, parent);
    const handling = context.with(trace.setSpan(parent, span).setValue(this.#key, span), run);
    if (handling === undefined) span.end();
    else void handling.finally(() => span.end());
    return handling;
  }

  /** A handler has thrown. */
  failed(thrown: unknown): void {
    const span = this.#api.context.active().getValue(this.#key) as api.Span | undefined;
    span?.recordException(thrown instanceof Error ? thrown : String(thrown));
    span?.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: messageOf(thrown) });
  }

  #contextOf({ traceparent, tracestate }: Headers): api.Context | undefined {
    if (traceparent === undefined) return undefined;
    const { ROOT_CONTEXT, createTraceState, trace } = this.#api;
    const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
    return trace.setSpanContext(ROOT_CONTEXT, {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16),
      isRemote: true,
      ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
    });
  }
}
