/**
 * Structured values: arrays, objects, Maps, Sets, Dates. They are checked and written in one walk: every
 * member is read once, so a getter or a proxy can't give one value to the check and another to the wire.
 *
 *   undefined, function, symbol, class instance, cycle, … → TypeError that names the path, such as `args[1].callback`
 */
import { types } from 'node:util';
import type { ByteWriter } from './byte-writer.js';
import { extensions, maxDepth, maxElements } from './limits.js';

/** From a container to one of its members: an index, a key, or where in a Map or Set. */
type Step = number | string | MapStep | SetStep;
type MapStep = { readonly entry: number; readonly part: 'key' | 'value'; readonly key: unknown };
type SetStep = { readonly entry: number; readonly part: 'member' };

const identifier = /^[A-Za-z_$][\w$]*$/;
/** Longer keys are cut in messages. */
const shownKey = 64;

// The state of the one value that is being copied. `refuseReentry()` sees to it that there is no second.

/** Set while getters, proxies and iterators of the user may run. What is half written must not be touched by them. */
let walking = false;
/** What the value is called in messages: the index of an argument, or a name. */
let root: number | string = 0;
/** How many values the event has so far. */
let elements = 0;
/** The containers that are open, the outermost first, and in each the member that is looked at. */
const containers: (object | undefined)[] = [];
const steps: Step[] = [];
let depth = 0;

/** @throws {TypeError} if called from a getter of a value that is being sent. */
export function refuseReentry(): void {
  if (walking) throw new TypeError('a getter of a value that is being sent cannot send values itself');
}

/**
 * Appends `value` to `into`.
 * @param called - What it is called in messages; a number is the index of an argument.
 * @param before - Elements that the same event has already.
 * @returns The elements that the event has now.
 * @throws {TypeError} if something in it cannot be sent; `into` is then as it was.
 */
export function writeStructured(into: ByteWriter, value: unknown, called: number | string, before: number): number {
  walking = true;
  root = called;
  elements = before;
  try {
    writeMember(into, value);
  } finally {
    while (depth > 0) leave();
    walking = false;
  }
  return elements;
}

function writeMember(into: ByteWriter, value: unknown): void {
  if (into.flat(value)) return;
  if (typeof value === 'object') writeObject(into, value as object);
  else refuseFlat(value);
}

/** What has no members, and could not be written. */
function refuseFlat(value: unknown): never {
  switch (typeof value) {
    case 'string':
      return refuse('a string with a lone surrogate');
    case 'bigint':
      return refuse('a bigint of more than 64 bits');
    case 'undefined':
      return refuse('undefined', 'send null, or leave it out');
    default:
      return refuse(`a ${typeof value}`);
  }
}

function writeObject(into: ByteWriter, value: object): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) writePlain(into, value as Record<string, unknown>);
  else if (Array.isArray(value) && prototype === Array.prototype) writeArray(into, value);
  else if (types.isDate(value) && prototype === Date.prototype) writeDate(into, value);
  else if (types.isMap(value) && prototype === Map.prototype) writeMap(into, value);
  else if (types.isSet(value) && prototype === Set.prototype) writeSet(into, value);
  else {
    refuse(
      `an instance of ${nameOfClass(prototype)}`,
      ArrayBuffer.isView(value) ? 'send its bytes as a Uint8Array' : 'send its data as a plain object',
    );
  }
}

function writePlain(into: ByteWriter, value: Record<string, unknown>): void {
  if (Object.getOwnPropertySymbols(value).length > 0) refuse('an object with a symbol as a key');
  const keys = Object.keys(value);
  enter(value, keys.length * 2);
  into.map(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    steps[depth - 1] = key;
    if (key === '__proto__') refuse('a key of this name');
    if (!into.string(key)) refuse('a key with a lone surrogate');
    writeMember(into, value[key]);
  }
  leave();
}

function writeArray(into: ByteWriter, value: readonly unknown[]): void {
  const { length } = value;
  enter(value, length);
  into.array(length);
  for (let i = 0; i < length; i++) {
    steps[depth - 1] = i;
    if (value[i] === undefined && !(i in value)) refuse('a hole in an array');
    writeMember(into, value[i]);
  }
  leave();
}

function writeDate(into: ByteWriter, value: Date): void {
  const time = value.getTime();
  if (Number.isNaN(time)) refuse('an invalid Date');
  into.date(time);
}

function writeMap(into: ByteWriter, value: ReadonlyMap<unknown, unknown>): void {
  const { size } = value;
  enter(value, size * 2);
  const start = into.beginExtension();
  into.array(size * 2);
  let entry = 0;
  for (const [key, member] of value) {
    steps[depth - 1] = { entry, part: 'key', key };
    writeMember(into, key);
    steps[depth - 1] = { entry, part: 'value', key };
    writeMember(into, member);
    entry++;
  }
  if (entry !== size) refuse('a Map that a getter in it changes');
  into.endExtension(extensions.map, start);
  leave();
}

function writeSet(into: ByteWriter, value: ReadonlySet<unknown>): void {
  const { size } = value;
  enter(value, size);
  const start = into.beginExtension();
  into.array(size);
  let entry = 0;
  for (const member of value) {
    steps[depth - 1] = { entry, part: 'member' };
    writeMember(into, member);
    entry++;
  }
  if (entry !== size) refuse('a Set that a getter in it changes');
  into.endExtension(extensions.set, start);
  leave();
}

function enter(container: object, members: number): void {
  for (let i = 0; i < depth; i++) if (containers[i] === container) refuse(`a cycle (back to ${pathTo(i)})`);
  if (depth === maxDepth) refuse(`a value nested deeper than ${maxDepth} levels`);
  elements += members;
  if (elements > maxElements) refuse(`an event or value of more than ${maxElements} elements`);
  containers[depth++] = container;
}

/** Forgets the container that is open, too: it is the user's. */
function leave(): void {
  depth--;
  containers[depth] = undefined;
  steps[depth] = 0;
}

function refuse(what: string, instead?: string): never {
  throw new TypeError(`${pathTo(depth)}: ${what} cannot be sent${instead === undefined ? '' : `: ${instead}`}`);
}

function pathTo(level: number): string {
  const name = typeof root === 'number' ? `args[${root}]` : root;
  return name + steps.slice(0, level).map(nameOfStep).join('');
}

/** `.name`, `["a name"]`, `[3]`; in a Map `.get("key")` or, where the key is no such thing, `.entry[2].key`. */
function nameOfStep(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'string')
    return identifier.test(step) && step.length <= shownKey ? `.${step}` : `[${quote(step)}]`;
  if (step.part === 'member') return `.member[${step.entry}]`;
  if (step.part === 'value' && typeof step.key === 'string') return `.get(${quote(step.key)})`;
  if (step.part === 'value' && typeof step.key === 'number') return `.get(${step.key})`;
  return `.entry[${step.entry}].${step.part}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length <= shownKey ? text : `${text.slice(0, shownKey)}…`);
}

function nameOfClass(prototype: unknown): string {
  const name: unknown = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'a nameless class';
}
