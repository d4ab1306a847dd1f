/**
 * From the options that a user gives to the complete ones: defaults, the environment, checks. Done once, at the edge.
 */
import { isAbsolute, resolve } from 'node:path';
import { MusterError } from '../errors.js';
import { checkFields } from './check-fields.js';
import { defaults } from './defaults.js';
import { optionFields } from './option-fields.js';
import type { Options, OptionsInput } from './options.js';
import { type Fault, gotAndExpected } from './problems.js';
import type { Environment } from './types.js';

const retryVariable = 'ZEEK_DEFAULT_CONNECT_RETRY';

/** Defaults that come with a layout, such as a `LoadedLayout`. */
export type LayoutDefaults = Partial<Pick<Options, 'managerIsLogger' | 'stateDir' | 'keysDir'>>;

/**
 * Completes and checks options. In order of precedence: the environment, what is given, what comes with the layout,
 * the defaults.
 * @param env where `ZEEK_DEFAULT_CONNECT_RETRY` (seconds) comes from, which overrides `retryInterval`.
 * @throws {@link MusterError} `MUSTER_OPTION_INVALID`, naming every bad option, its value and what is allowed.
 */
export function resolveOptions(
  given: OptionsInput = {},
  env: Environment = process.env,
  layoutDefaults: LayoutDefaults = {},
): Readonly<Options> {
  if (typeof given !== 'object' || given === null)
    throw optionsInvalid([{ message: gotAndExpected(given, 'an object') }]);
  const { values, faults } = checkFields(optionFields, withDefaults(given, layoutDefaults), {
    broadcastTopics: 'nothing: it is read-only and follows from the topics of the node types',
  });
  const retry = retryFromEnvironment(env);
  const all = [...faults, ...crossFaults(values, given), ...retry.faults];
  if (all.length > 0) throw optionsInvalid(all);
  const options = { ...defaults, ...values, ...retry.values }; // complete, because the defaults are
  return Object.freeze({
    ...options,
    stores: freezeStores(options.stores),
    stateDir: isAbsolute(options.stateDir) ? options.stateDir : resolve(options.stateDir),
    broadcastTopics: Object.freeze([
      options.managerTopic,
      options.loggerTopic,
      options.proxyTopic,
      options.workerTopic,
      options.timeMachineTopic,
    ]),
  });
}

/** What is given, on top of what comes with the layout, on top of the defaults. `undefined` counts as not given. */
function withDefaults(given: OptionsInput, { managerIsLogger, stateDir, keysDir }: LayoutDefaults): object {
  const layers = [{ managerIsLogger, stateDir, keysDir }, given].map((layer) =>
    Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== undefined)),
  );
  return Object.assign({}, defaults, ...layers);
}

/** Rules between options, each of which is sound by itself. */
function crossFaults(options: Partial<Options>, given: OptionsInput): Fault[] {
  return [
    ...orderFaults(options, given, 'unresponsiveInterval', 'silentInterval'),
    ...orderFaults(options, given, 'maxEventSize', 'maxBufferedBytes'),
    ...poolFaults(options),
  ];
}

/** `smaller` must be less than `larger`; the one that is given is to blame. */
function orderFaults<K extends 'unresponsiveInterval' | 'silentInterval' | 'maxEventSize' | 'maxBufferedBytes'>(
  options: Partial<Options>,
  given: OptionsInput,
  smaller: K,
  larger: K,
): Fault[] {
  const [low, high] = [options[smaller], options[larger]];
  if (low === undefined || high === undefined || low < high) return [];
  return given[smaller] === undefined
    ? [{ field: larger, value: high, message: gotAndExpected(high, `more than ${smaller}, which is ${low}`) }]
    : [{ field: smaller, value: low, message: gotAndExpected(low, `less than ${larger}, which is ${high}`) }];
}

/** Two pools with one topic could not be told apart. */
function poolFaults(options: Partial<Options>): Fault[] {
  const topics = new Set<string>();
  const faults: Fault[] = [];
  for (const name of ['proxyPoolSpec', 'workerPoolSpec', 'loggerPoolSpec'] as const) {
    const topic = options[name]?.topic;
    if (topic === undefined) continue;
    const message = gotAndExpected(topic, 'another topic than that of the other pools');
    if (topics.has(topic)) faults.push({ field: `${name}.topic`, value: topic, message });
    topics.add(topic);
  }
  return faults;
}

/** The retry interval that the environment asks for. An empty variable counts as unset. */
function retryFromEnvironment(env: Environment): { values: Partial<Options>; faults: Fault[] } {
  const text = env[retryVariable]?.trim() ?? '';
  if (text === '') return { values: {}, faults: [] };
  const retryInterval = /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1_000) : Number.NaN;
  if (optionFields.retryInterval.safeParse(retryInterval).success) return { values: { retryInterval }, faults: [] };
  const message = gotAndExpected(text, 'a number of seconds from 0.001 to 2147483.647');
  return { values: {}, faults: [{ field: `environment variable ${retryVariable}`, value: text, message }] };
}

function optionsInvalid(faults: readonly Fault[]): MusterError {
  const lines = faults.map(({ field, message }) =>
    field === undefined ? `options: ${message}` : `${labelOf(field)}: ${message}`,
  );
  const message = lines.length === 1 ? lines.join() : `${lines.length} options are invalid:\n  ${lines.join('\n  ')}`;
  return new MusterError('MUSTER_OPTION_INVALID', message, { cause: faults });
}

function labelOf(field: string): string {
  return field.includes(' ') ? field : `option ${field}`;
}

/** The schemas have made copies down to here; what is in the options of a backend is the user's. */
function freezeStores(stores: Options['stores']): Options['stores'] {
  for (const store of Object.values(stores)) Object.freeze(Object.freeze(store).options);
  return Object.freeze(stores);
}
