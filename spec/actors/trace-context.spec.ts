/**
 * The context of a trace goes from a span at one node to those of handlers at others, with the real SDK, its spans in memory.
 * Alone in its file: what is registered with OpenTelemetry holds for the whole process.
 */
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import test from 'ava';
import type { ClusterNode } from '../../index.js';
import { TestCluster } from '../helpers/test-cluster.js';

const spans = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
const tracer = trace.getTracer('test');

/** The spans that have ended of one trace. */
const ended = (traceId: string) => spans.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);

test('handlers run in a child of the span in which an event was published, over two hops', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'logger-1', 'worker-1']);
  const seen: (string | undefined)[] = [];
  let goOn: (() => void) | undefined;
  const nodes = await cluster.startAll({
    manager: {
      setup: (node) => {
        node.on('App::first', async () => {
          await new Promise<void>((resolve) => {
            goOn = resolve;
            cluster.changed();
          });
          node.publish(node.options.loggerTopic, 'App::second', 'on');
        });
      },
    },
    'logger-1': {
      setup: (node) => {
        node.on('App::second', () => {
          seen.push(trace.getActiveSpan()?.spanContext().traceId);
          node.raise('App::third');
          cluster.changed();
        });
        node.on('App::third', () => seen.push(trace.getActiveSpan()?.spanContext().traceId));
      },
    },
  });
  const worker = nodes['worker-1']?.node as ClusterNode;
  const traceId = tracer.startActiveSpan('request', (span) => {
    worker.publish(worker.options.managerTopic, 'App::first', 1);
    span.end();
    return span.spanContext().traceId;
  });
  await cluster.until(() => goOn !== undefined);
  // The span of an asynchronous handler ends when that has settled.
  await new Promise(setImmediate);
  t.deepEqual(
    ended(traceId).map(({ name }) => name),
    ['request'],
  );
  goOn?.();
  await cluster.until(() => seen.length === 2);
  t.deepEqual(seen, [traceId, traceId]);
  while (ended(traceId).length < 3) await new Promise(setImmediate);

  const [request, first, second] = ['request', 'process App::first', 'process App::second'].map((name) =>
    ended(traceId).find((span) => span.name === name),
  );
  t.is(first?.parentSpanContext?.spanId, request?.spanContext().spanId);
  t.is(second?.parentSpanContext?.spanId, first?.spanContext().spanId);
  t.true(first?.parentSpanContext?.isRemote);
  t.is(first?.kind, SpanKind.CONSUMER);
  t.deepEqual(first?.attributes, {
    'messaging.system': 'muster',
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'App::first',
    'messaging.destination.name': 'zeek/cluster/manager',
    'muster.sender': 'worker-1',
  });
});

test('without an active span nothing is carried, not even that in which a node joined', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const seen: unknown[] = [];
  const setup = (node: ClusterNode) => {
    node.on('App::event', (text: string) => {
      seen.push([text, trace.getActiveSpan()?.spanContext().traceId]);
      if (text === 'to') node.publish(node.options.workerTopic, 'App::event', 'fro');
      cluster.changed();
    });
  };
  await tracer.startActiveSpan('start of the program', async (span) => {
    await cluster.startAll({ manager: { setup }, 'worker-1': { setup } });
    span.end();
  });
  const worker = cluster.nodes['worker-1'] as ClusterNode;
  worker.publish(worker.options.managerTopic, 'App::event', 'to');
  await cluster.until(() => seen.length === 2);
  t.deepEqual(seen, [
    ['to', undefined],
    ['fro', undefined],
  ]);
});

test('what a handler throws is told in the span of its event, be it thrown at once or later', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  let runs = 0;
  const nodes = await cluster.startAll({
    manager: {
      setup: (node) => {
        node.on('App::throws', () => {
          throw new Error('at once');
        });
        node.on('App::throws', async () => {
          await null;
          runs += 1;
          cluster.changed();
          throw new Error('later');
        });
      },
    },
  });
  const worker = nodes['worker-1']?.node as ClusterNode;
  const traceId = tracer.startActiveSpan('request', (span) => {
    worker.publish(worker.options.managerTopic, 'App::throws');
    span.end();
    return span.spanContext().traceId;
  });
  await cluster.until(() => runs === 1);
  while (ended(traceId).length < 2) await new Promise(setImmediate);
  const handled = ended(traceId).find(({ name }) => name === 'process App::throws');
  t.is(handled?.status.code, SpanStatusCode.ERROR);
  t.deepEqual(
    handled?.events.map(({ attributes }) => attributes?.['exception.message']),
    ['at once', 'later'],
  );
  t.is(ended(traceId).find(({ name }) => name === 'request')?.status.code, SpanStatusCode.UNSET);
});

test('flags and state of a trace go along, to all peers and in pieces', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1', 'worker-2']);
  const contexts: unknown[] = [];
  const setup = (node: ClusterNode) => {
    node.on('App::large', (bytes: Uint8Array) => {
      const active = trace.getActiveSpan();
      contexts.push([bytes.length, active?.spanContext().traceId, active?.spanContext().traceState?.get('vendor')]);
      cluster.changed();
    });
  };
  const nodes = await cluster.startAll({ 'worker-1': { setup }, 'worker-2': { setup } });
  const manager = nodes.manager?.node as ClusterNode;
  const { createTraceState } = await import('@opentelemetry/api');
  const parent = {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    traceFlags: 1,
    traceState: createTraceState('vendor=value'),
  };
  context.with(trace.setSpanContext(context.active(), parent), () => {
    for (const size of [10, 200_000]) manager.publish(manager.options.workerTopic, 'App::large', new Uint8Array(size));
  });
  await cluster.until(() => contexts.length === 4);
  const expected = (size: number) => [size, parent.traceId, 'value'];
  t.deepEqual(contexts.sort(), [expected(10), expected(10), expected(200_000), expected(200_000)]);

  // One that is not sampled is not recorded at the other end either.
  context.with(trace.setSpanContext(context.active(), { ...parent, spanId: '00f067aa0ba902b8', traceFlags: 0 }), () => {
    manager.publish(manager.options.workerTopic, 'App::large', new Uint8Array(1));
  });
  await cluster.until(() => contexts.length === 6);
  t.deepEqual(
    ended(parent.traceId).map(({ parentSpanContext }) => parentSpanContext?.spanId),
    Array(4).fill(parent.spanId),
  );
});
