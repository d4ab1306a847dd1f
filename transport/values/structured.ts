/**
 * Structured values: arrays, objects, Maps, Sets, Dates. They are checked and copied here, then written by msgpackr.
 * The copy holds what was checked and nothing else: a getter or a proxy is read once, so it can't give one value to
 * the check and another to the wire, and what msgpackr would write otherwise than we promise has a stand-in.
 *
 *   undefined, function, symbol, class instance, cycle, … → TypeError that names the path, such as `args[1].callback`
 */
import { types } from 'node:util';
import { addExtension, Packr, RESET_BUFFER_MODE } from 'msgpackr';
import { ByteWriter, fitsInt64 } from './byte-writer.js';
import { extensions, maxDepth, maxElements } from './limits.js';

/** Stands for a value whose bytes are already known. */
class Encoded {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** From a container to one of its members: an index, a key, or where in a Map or Set. */
type Step = number | string | MapStep | SetStep;
type MapStep = { readonly entry: number; readonly part: 'key' | 'value'; readonly key: unknown };
type SetStep = { readonly entry: number; readonly part: 'member' };

/** What msgpackr gives an extension to write with. Its declarations know only those that return a buffer. */
type Allocate = (size: number) => { readonly target: Uint8Array; readonly position: number };

// Types of extensions end at 255. This one is beyond, because msgpackr has one table for the whole process: a number
// that can occur on a wire would change how the user's own code reads.
addExtension({
  Class: Encoded,
  type: 0x100,
  pack(encoded: Encoded, allocate: Allocate) {
    const { target, position } = allocate(encoded.bytes.length);
    target.set(encoded.bytes, position);
  },
} as unknown as Parameters<typeof addExtension>[0]);

const packr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false });
const negativeZero = new Encoded(Uint8Array.of(0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0));
const head = new ByteWriter(8);
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
    const copy = copyOf(value);
    into.raw(copy instanceof Encoded ? copy.bytes : pack(copy));
  } finally {
    while (depth > 0) leave();
    walking = false;
  }
  return elements;
}

/** The bytes stay valid until the next call. */
function pack(copy: unknown): Uint8Array {
  return packr.pack(copy, RESET_BUFFER_MODE);
}

function copyOf(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : refuse('a string with a lone surrogate');
    case 'number':
      return Object.is(value, -0) ? negativeZero : value;
    case 'boolean':
      return value;
    case 'bigint':
      return fitsInt64(value) ? value : refuse('a bigint of more than 64 bits');
    case 'object':
      return value === null ? null : copyObject(value);
    case 'undefined':
      return refuse('undefined', 'send null, or leave it out');
    default:
      return refuse(`a ${typeof value}`);
  }
}

function copyObject(value: object): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return copyPlain(value as Record<string, unknown>);
  if (Array.isArray(value) && prototype === Array.prototype) return copyArray(value);
  if (types.isUint8Array(value)) return value;
  if (types.isDate(value) && prototype === Date.prototype) return copyDate(value);
  if (types.isMap(value) && prototype === Map.prototype) return encodeMap(value);
  if (types.isSet(value) && prototype === Set.prototype) return encodeSet(value);
  return refuse(
    `an instance of ${nameOfClass(prototype)}`,
    ArrayBuffer.isView(value) ? 'send its bytes as a Uint8Array' : 'send its data as a plain object',
  );
}

function copyPlain(value: Record<string, unknown>): Record<string, unknown> {
  const copy = { ...value };
  const keys = Object.keys(copy);
  const members = Object.values(copy);
  if (Object.getOwnPropertySymbols(copy).length > 0) refuse('an object with a symbol as a key');
  enter(value, keys.length * 2);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    steps[depth - 1] = key;
    if (key === '__proto__') refuse('a key of this name');
    if (!key.isWellFormed()) refuse('a key with a lone surrogate');
    const member = copyOf(members[i]);
    if (member !== members[i]) copy[key] = member;
  }
  leave();
  return copy;
}

function copyArray(value: readonly unknown[]): unknown[] {
  const copy = [...value];
  enter(value, copy.length);
  for (let i = 0; i < copy.length; i++) {
    steps[depth - 1] = i;
    if (copy[i] === undefined && !(i in value)) refuse('a hole in an array');
    copy[i] = copyOf(copy[i]);
  }
  leave();
  return copy;
}

function copyDate(value: Date): Date {
  const time = value.getTime();
  return Number.isNaN(time) ? refuse('an invalid Date') : new Date(time);
}

function encodeMap(value: ReadonlyMap<unknown, unknown>): Encoded {
  const list: unknown[] = [];
  enter(value, value.size * 2);
  for (const [key, member] of value) {
    const entry = list.length / 2;
    steps[depth - 1] = { entry, part: 'key', key };
    list.push(copyOf(key));
    steps[depth - 1] = { entry, part: 'value', key };
    list.push(copyOf(member));
  }
  leave();
  return encodeList(extensions.map, list);
}

function encodeSet(value: ReadonlySet<unknown>): Encoded {
  const list: unknown[] = [];
  enter(value, value.size);
  for (const member of value) {
    steps[depth - 1] = { entry: list.length, part: 'member' };
    list.push(copyOf(member));
  }
  leave();
  return encodeList(extensions.set, list);
}

/** An extension whose content is an array of msgpack. */
function encodeList(type: number, list: readonly unknown[]): Encoded {
  const content = pack(list);
  head.length = 0;
  head.extension(type, content.length);
  const bytes = Buffer.allocUnsafe(head.length + content.length);
  bytes.set(head.bytes.subarray(0, head.length));
  bytes.set(content, head.length);
  return new Encoded(bytes);
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
