/**
 * The default of every option. {@link Options} says what each means.
 */
import type { Options } from './options.js';

/** Complete, but for `broadcastTopics`, which follows from the topics. */
export const defaults = Object.freeze({
  loggerTopic: 'zeek/cluster/logger',
  managerTopic: 'zeek/cluster/manager',
  proxyTopic: 'zeek/cluster/proxy',
  workerTopic: 'zeek/cluster/worker',
  timeMachineTopic: 'zeek/cluster/time_machine',
  nodeTopicPrefix: 'zeek/cluster/node/',
  nodeidTopicPrefix: 'zeek/cluster/nodeid/',
  clusterStartedTopic: 'zeek/cluster/experimental/started',
  clusterName: 'muster',
  enableRoundRobinLogging: true,
  managerIsLogger: true,
  logPolicy: undefined,
  connectNode: undefined,

  retryInterval: 60_000,
  connectTimeout: 5_000,
  helloTimeout: 5_000,
  heartbeatInterval: 1_000,
  heartbeatTimeout: 3_000,
  unresponsiveInterval: 4_000,
  silentInterval: 30_000,
  probeTimeout: 1_000,
  resumeInterval: 30_000,
  leaveTimeout: 5_000,

  insecure: false,
  secureLoopback: false,
  keysDir: '',
  handshakeTimeout: 5_000,
  maxConnections: 1_024,
  maxConnectionRate: 200,
  maxHelloRate: 200,
  maxSubscriptions: 4_096,
  maxSubscriptionSize: 1_024,

  maxEventSize: 16 * 1_024 * 1_024,
  maxBufferedEvents: 131_072,
  maxBufferedBytes: 64 * 1_024 * 1_024,
  overflow: 'block',
  overflowFor: Object.freeze({}),
  onPeerRestart: 'drop',
  creditWindow: 1_024 * 1_024,

  defaultMasterNode: '',
  defaultBackend: 'memory',
  defaultPersistentBackend: 'lmdb',
  defaultStoreDir: '',
  stores: Object.freeze({}),
  cloneResyncInterval: 10_000,
  cloneStaleInterval: 300_000,
  cloneMutationBufferInterval: 120_000,

  proxyPoolSpec: Object.freeze({ topic: 'zeek/cluster/pool/proxy', nodeType: 'proxy' }),
  workerPoolSpec: Object.freeze({ topic: 'zeek/cluster/pool/worker', nodeType: 'worker' }),
  loggerPoolSpec: Object.freeze({ topic: 'zeek/cluster/pool/logger', nodeType: 'logger' }),

  /** In the working directory; beside the layout if that is a file. */
  stateDir: '.muster',
  logFormat: 'json',
  metricsAddress: '',
  logRotationInterval: undefined,
  logRotationSize: undefined,
  logCompress: false,
  logExpiry: undefined,
  logSync: false,
  maxBufferedLogBytes: 16 * 1_024 * 1_024,
  logSpillDir: '',
  logLevel: 'info',
  traceFile: '',
  redactTrace: undefined,
}) satisfies Omit<Options, 'broadcastTopics'>;
