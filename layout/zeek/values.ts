/**
 * What the expressions of a `cluster-layout.zeek` stand for. `getenv`, `to_port` and `to_addr` are the only functions.
 */
import { addressRule, isAddress } from '../address.js';
import { parsePort } from '../port.js';
import { show } from '../show.js';
import { type Environment, type NodeType, nodeTypes } from '../types.js';
import type { Expression } from './syntax.js';

type Call = Extract<Expression, { readonly kind: 'call' }>;
type Literal = Exclude<Expression, Call>;

/** The types of the fields of `Cluster::Node`. */
export type ZeekType = 'string' | 'addr' | 'port' | 'Cluster::NodeType';

/** The meaning of an expression, or what is wrong with it. */
export type Meaning =
  | { readonly value: string; readonly variable?: string }
  | { readonly fault: string; readonly offset: number };

/** `Cluster::TIME_MACHINE` → `timeMachine` */
const enumerators: ReadonlyMap<string, NodeType> = new Map(
  nodeTypes.map((type) => [`Cluster::${type.replaceAll(/(?=[A-Z])/g, '_').toUpperCase()}`, type]),
);

const rules: Readonly<Record<ZeekType, string>> = {
  string: 'a string in double quotes',
  addr: 'an address without quotes, such as 127.0.0.1 or [::1]',
  port: 'a port such as 27762/tcp',
  'Cluster::NodeType': `one of ${[...enumerators.keys()].filter((name) => name !== 'Cluster::NONE').join(', ')}`,
};

const literalTypes: Readonly<Partial<Record<Expression['kind'], ZeekType>>> = {
  string: 'string',
  address: 'addr',
  port: 'port',
};

const resultTypes: ReadonlyMap<string, ZeekType> = new Map([
  ['getenv', 'string'],
  ['to_port', 'port'],
  ['to_addr', 'addr'],
]);

/** Evaluates `expression`, which must be of type `type`. */
export function evaluate(expression: Expression, type: ZeekType, env: Environment): Meaning {
  return expression.kind === 'call' ? evaluateCall(expression, type, env) : evaluateLiteral(expression, type);
}

function evaluateLiteral({ kind, value, offset }: Literal, type: ZeekType): Meaning {
  const enumerator = kind === 'name' && type === 'Cluster::NodeType' ? enumerators.get(value) : undefined;
  if (enumerator !== undefined) return { value: enumerator };
  if (literalTypes[kind] === type) return { value };
  return { fault: `got ${kind === 'string' ? show(value) : value}, expected ${rules[type]}`, offset };
}

function evaluateCall({ name, argument, offset }: Call, type: ZeekType, env: Environment): Meaning {
  const result = resultTypes.get(name);
  if (result !== type) {
    const why = result === undefined ? 'is none of getenv(), to_port(), to_addr()' : `gives a ${result}`;
    return { fault: `got ${name}(), which ${why}, expected ${rules[type]}`, offset };
  }
  const given = evaluate(argument, 'string', env);
  if ('fault' in given) return given;
  if (name === 'getenv') return getenv(given.value, offset, env);
  const rule = name === 'to_port' ? portFault(given.value) : addressFault(given.value);
  if (rule === undefined) return { value: given.value };
  const found = given.variable === undefined ? 'got' : `the environment variable ${given.variable} holds`;
  return { fault: `${found} ${show(given.value)}, expected ${rule}`, offset };
}

function getenv(variable: string, offset: number, env: Environment): Meaning {
  const value = Object.hasOwn(env, variable) ? env[variable] : undefined;
  return value === undefined
    ? { fault: `the environment variable ${variable} is not set, expected a value in it`, offset }
    : { value, variable };
}

function portFault(value: string): string | undefined {
  return parsePort(value) === undefined ? 'a TCP port such as "27762/tcp", or "0/unknown" for none' : undefined;
}

function addressFault(value: string): string | undefined {
  return isAddress(value) ? undefined : addressRule(value);
}
