/**
 * The options as zod schemas, on values as {@link Options} has them. The error text of each says what it expects.
 */
import { z } from 'zod';
import { isAddress } from './address.js';
import { isValidName, nameRule } from './names.js';
import type { BackendOptions, Options, StoreOptions } from './options.js';
import { poolSpec } from './pool-fields.js';
import { showChoice } from './show.js';

const maxDelay = 2_147_483_647; // a longer one would make Node's timers fire at once

const text = z.string({ error: 'a string' });
const flag = z.boolean({ error: 'true or false' });
const topic = z
  .string({ error: 'a topic: a string that is not empty' })
  .min(1, { error: 'a topic: a string that is not empty' });
const delay = whole(1, maxDelay, 'ms');
const delayOrNone = whole(0, maxDelay, 'ms');
const delayOrNever = whole(-maxDelay, maxDelay, 'ms');
const heartbeat = whole(1, 65_535, 'ms'); // in ZMTP's heartbeats 16 bits
const backend = choice(['memory', 'lmdb']);
const overflow = choice(['block', 'disconnect', 'dropOldest', 'dropNewest']);
const clusterName = z
  .string({ error: 'a string of 1 to 255 characters' })
  .min(1, { error: 'a string of 1 to 255 characters' })
  .max(255, { error: 'a string of 1 to 255 characters' });

const backendOptionFields = {
  path: z.string({ error: 'the path of a directory' }).min(1, { error: 'the path of a directory' }).optional(),
  durability: choice(['flushed', 'committed']).optional(),
  mapSize: whole(2 ** 20, Number.MAX_SAFE_INTEGER, 'bytes').optional(),
  failureMode: choice(['fail', 'delete']).optional(),
  integrityCheck: flag.optional(),
  reserve: whole(0, Number.MAX_SAFE_INTEGER, 'bytes').optional(),
} satisfies { readonly [K in keyof BackendOptions]-?: z.ZodType<BackendOptions[K]> };
const storeOptionFields = {
  masterNode: text.optional(),
  backend: backend.optional(),
  options: z
    .strictObject(backendOptionFields, {
      error: `an object with nothing but ${Object.keys(backendOptionFields).join(', ')}`,
    })
    .optional(),
  maxEntries: whole(1, Number.MAX_SAFE_INTEGER, 'entries').optional(),
  maxBytes: whole(1, Number.MAX_SAFE_INTEGER, 'bytes').optional(),
  cloneResyncInterval: delay.optional(),
  cloneStaleInterval: delayOrNever.optional(),
  cloneMutationBufferInterval: delayOrNone.optional(),
} satisfies { readonly [K in keyof StoreOptions]-?: z.ZodType<StoreOptions[K]> };
const storeOptions = z.strictObject(storeOptionFields, {
  error: `an object with nothing but ${Object.keys(storeOptionFields).join(', ')}`,
});
const stores = z.record(z.string().refine(isValidName), storeOptions, {
  error: (issue) =>
    issue.code === 'invalid_key' ? `a name of ${nameRule}` : 'an object of options by the name of a store',
});

/** A schema for each option that may be given. */
export const optionFields = {
  loggerTopic: topic,
  managerTopic: topic,
  proxyTopic: topic,
  workerTopic: topic,
  timeMachineTopic: topic,
  nodeTopicPrefix: topic,
  nodeidTopicPrefix: topic,
  clusterStartedTopic: topic,
  clusterName,
  enableRoundRobinLogging: flag,
  managerIsLogger: flag,
  logPolicy: hook<'logPolicy'>(),
  connectNode: hook<'connectNode'>(),
  retryInterval: delay,
  connectTimeout: delay,
  helloTimeout: delay,
  heartbeatInterval: heartbeat,
  heartbeatTimeout: heartbeat,
  unresponsiveInterval: delay,
  silentInterval: delay,
  probeTimeout: delay,
  resumeInterval: delayOrNone,
  leaveTimeout: delayOrNone,
  insecure: flag,
  secureLoopback: flag,
  keysDir: text,
  handshakeTimeout: delay,
  maxConnections: whole(1, Number.MAX_SAFE_INTEGER, 'connections'),
  maxConnectionRate: whole(1, Number.MAX_SAFE_INTEGER, 'connections'),
  maxHelloRate: whole(1, Number.MAX_SAFE_INTEGER, 'links'),
  maxSubscriptions: whole(1, Number.MAX_SAFE_INTEGER, 'subscriptions'),
  maxSubscriptionSize: whole(1, Number.MAX_SAFE_INTEGER, 'bytes'),
  maxEventSize: whole(1, Number.MAX_SAFE_INTEGER, 'bytes'),
  maxBufferedEvents: whole(1, Number.MAX_SAFE_INTEGER, 'events'),
  maxBufferedBytes: whole(1, Number.MAX_SAFE_INTEGER, 'bytes'),
  overflow,
  overflowFor: z.record(z.string(), overflow, { error: 'an object of policies by name of a peer or node type' }),
  onPeerRestart: choice(['drop', 'redeliver']),
  creditWindow: whole(128 * 1_024, Number.MAX_SAFE_INTEGER, 'bytes'),
  defaultMasterNode: text,
  defaultBackend: backend,
  defaultPersistentBackend: backend,
  defaultStoreDir: text,
  stores,
  cloneResyncInterval: delay,
  cloneStaleInterval: delayOrNever,
  cloneMutationBufferInterval: delayOrNone,
  proxyPoolSpec: poolSpec,
  workerPoolSpec: poolSpec,
  loggerPoolSpec: poolSpec,
  stateDir: z.string({ error: 'the path of a directory' }).min(1, { error: 'the path of a directory' }),
  logFormat: choice(['json', 'tsv']),
  metricsAddress: text.refine((given) => given === '' || isAddress(given), {
    error: 'an IPv4 or IPv6 address, or an empty string',
  }),
  logRotationInterval: delay.optional(),
  logRotationSize: whole(1, Number.MAX_SAFE_INTEGER, 'bytes').optional(),
  logCompress: flag,
  logExpiry: whole(1, Number.MAX_SAFE_INTEGER, 'ms').optional(),
  logSync: flag,
  maxBufferedLogBytes: whole(64 * 1_024, Number.MAX_SAFE_INTEGER, 'bytes'),
  logSpillDir: text,
  logLevel: choice(['silent', 'error', 'warn', 'info', 'debug']),
  traceFile: text,
  redactTrace: hook<'redactTrace'>(),
} satisfies { readonly [K in Exclude<keyof Options, 'broadcastTopics'>]: z.ZodType<Options[K]> };

function whole(min: number, max: number, unit: string) {
  const error =
    max === Number.MAX_SAFE_INTEGER
      ? `a whole number of ${unit}, at least ${min}`
      : `a whole number of ${unit} from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

function hook<K extends 'logPolicy' | 'connectNode' | 'redactTrace'>() {
  return z.custom<Options[K]>((given) => given === undefined || typeof given === 'function', { error: 'a function' });
}

function choice<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: showChoice(values) });
}
