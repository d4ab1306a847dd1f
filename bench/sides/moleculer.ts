/**
 * The same stream through Moleculer: events between two of its brokers over its TCP transporter, with its defaults.
 */
import { howToInstallPeers, isInstalled, loadPeer } from '../harness/optional.js';
import { freePorts } from '../harness/ports.js';
import { defineRole } from '../harness/role.js';
import { createCreditedSink, createCreditedSource } from './credited.js';
import type { Peer } from './peers.js';
import { type BareEvent, workloads } from './workloads.js';

const packageName = 'moleculer';
const seen = workloads.small.event;
const acknowledged = 'Bench::acknowledged';

interface Input {
  /** Address of each broker, with its name. */
  readonly urls: readonly string[];
}

/** What is used of the package. */
interface Package {
  ServiceBroker: new (options: object) => Broker;
}

interface Broker {
  start(): Promise<void>;
  stop(): Promise<void>;
  createService(service: object): unknown;
  waitForServices(name: string): Promise<unknown>;
  emit(event: string, payload: unknown): unknown;
}

export const moleculer: Peer = {
  title: 'Moleculer, TCP transporter',
  promises: 'at most once; no back-pressure',
  whyMissing: async () =>
    isInstalled(packageName) ? undefined : `${packageName} is not installed: ${howToInstallPeers}`,
  open: async ({ processes }) => {
    const ports = await freePorts(2);
    const urls = ['publisher', 'subscriber'].map((name, i) => `127.0.0.1:${ports[i]}/${name}`);
    const subscriber = await processes.start(moleculerSubscriber, { urls });
    const publisher = await processes.start(moleculerPublisher, { urls });
    return { publisher, subscribers: [subscriber] };
  },
};

/** Handlers call their parameter `ctx`: Moleculer reads their source, and hands a context only to those that do. */
export const moleculerPublisher = defineRole(import.meta.url, 'moleculerPublisher', async ({ urls }: Input) => {
  const broker = createBroker('publisher', urls);
  const source = createCreditedSource((event) => broker.emit(seen, event));
  broker.createService({
    name: 'publisher',
    events: { [acknowledged]: (ctx: { params: number }) => source.acknowledged(ctx.params) },
  });
  await broker.start();
  await broker.waitForServices('subscriber');
  return { ...source, close: () => broker.stop() };
});

export const moleculerSubscriber = defineRole(import.meta.url, 'moleculerSubscriber', async ({ urls }: Input) => {
  const broker = createBroker('subscriber', urls);
  const sink = createCreditedSink((count) => broker.emit(acknowledged, count));
  broker.createService({
    name: 'subscriber',
    events: { [seen]: (ctx: { params: BareEvent }) => sink.take(ctx.params) },
  });
  await broker.start();
  return { ...sink, close: () => broker.stop() };
});

function createBroker(nodeID: string, urls: readonly string[]): Broker {
  const { ServiceBroker } = loadPeer<Package>(packageName);
  return new ServiceBroker({
    nodeID,
    logger: false,
    transporter: { type: 'TCP', options: { udpDiscovery: false, urls } },
  });
}
