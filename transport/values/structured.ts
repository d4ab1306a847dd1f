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
  constructor(readonly bytes: Uint8Array) {}
}

/** One step from a value to one of its members: an index, a key, or where in a Map or Set. */
type Step =
  | number
  | string
  | { readonly entry: number; readonly part: 'key' | 'value' | 'member'; readonly key: unknown };

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
/** msgpackr keeps its buffer for ever; one that grew larger than this is given up. */
const keptBuffer = 1 << 20;
const negativeZero = new Encoded(Uint8Array.of(0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0));
const identifier = /^[A-Za-z_$][\w$]*$/;

/** Set while the user's getters, proxies and iterators may run. What is half written must not be touched by them. */
let walking = false;

/** @throws {TypeError} if called from a getter of a value that is being sent. */
export function refuseReentry(): void {
  if (walking) throw new TypeError('a getter of a value that is being sent cannot send values itself');
}

/**
 * Appends `value` to `into`.
 * @param root - What `value` is called in messages, such as `args[1]`.
 * @param elements - Values that the same event has already.
 * @returns `elements` and those of `value`.
 * @throws {TypeError} if something in it cannot be sent; `into` is then as it was.
 */
export function writeStructured(into: ByteWriter, value: unknown, root: string, elements: number): number {
  const walk = new Walk(root, elements);
  walking = true;
  try {
    const copy = walk.copy(value);
    into.raw(copy instanceof Encoded ? copy.bytes : pack(copy));
  } finally {
    walking = false;
  }
  return walk.elements;
}

/** The bytes stay valid until the next call. */
function pack(copy: unknown): Uint8Array {
  const bytes = packr.pack(copy, RESET_BUFFER_MODE);
  if (bytes.length > keptBuffer) packr.useBuffer(Buffer.allocUnsafeSlow(0x2000));
  return bytes;
}

/** An extension whose content is an array of msgpack. */
function encodeList(type: number, list: readonly unknown[]): Encoded {
  const content = pack(list);
  const writer = new ByteWriter(content.length + 6);
  writer.extension(type, content.length);
  writer.raw(content);
  return new Encoded(writer.bytes.subarray(0, writer.length));
}

/** One look at a value from its root to its leaves. Remembers the way, to name it when something is refused. */
class Walk {
  elements: number;
  readonly #root: string;
  /** The containers that are open, the outermost first, and in each the member that is looked at. */
  readonly #open: object[] = [];
  readonly #steps: Step[] = [];

  constructor(root: string, elements: number) {
    this.#root = root;
    this.elements = elements;
  }

  copy(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return value.isWellFormed() ? value : this.#refuse('a string with a lone surrogate');
      case 'number':
        return Object.is(value, -0) ? negativeZero : value;
      case 'boolean':
        return value;
      case 'bigint':
        return fitsInt64(value) ? value : this.#refuse('a bigint of more than 64 bits');
      case 'object':
        return value === null ? null : this.#object(value);
      case 'undefined':
        return this.#refuse('undefined', 'send null or leave it out');
      default:
        return this.#refuse(`a ${typeof value}`);
    }
  }

  #object(value: object): unknown {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#plain(value as Record<string, unknown>);
    if (Array.isArray(value) && prototype === Array.prototype) return this.#array(value);
    if (types.isUint8Array(value)) return value;
    if (types.isDate(value) && prototype === Date.prototype) return this.#date(value);
    if (types.isMap(value) && prototype === Map.prototype) return this.#map(value);
    if (types.isSet(value) && prototype === Set.prototype) return this.#set(value);
    return this.#refuse(
      `an instance of ${nameOfClass(prototype)}`,
      ArrayBuffer.isView(value) ? 'send its bytes as a Uint8Array' : 'send its data as a plain object',
    );
  }

  #plain(value: Record<string, unknown>): unknown {
    const copy = { ...value };
    const keys = Object.keys(copy);
    this.#enter(value, keys.length * 2);
    const [symbol] = Object.getOwnPropertySymbols(copy);
    if (symbol !== undefined) this.#refuse(`the key ${String(symbol)}`);
    for (const key of keys) {
      this.#step(key);
      if (key === '__proto__') this.#refuse('a key of this name');
      if (!key.isWellFormed()) this.#refuse('a key with a lone surrogate');
      const member = copy[key];
      const sendable = this.copy(member);
      if (sendable !== member) copy[key] = sendable;
    }
    this.#leave();
    return copy;
  }

  #array(value: readonly unknown[]): unknown {
    const copy = [...value];
    this.#enter(value, copy.length);
    for (let i = 0; i < copy.length; i++) {
      this.#step(i);
      if (copy[i] === undefined && !(i in value)) this.#refuse('a hole in an array');
      copy[i] = this.copy(copy[i]);
    }
    this.#leave();
    return copy;
  }

  #date(value: Date): Date {
    const time = value.getTime();
    return Number.isNaN(time) ? this.#refuse('an invalid Date') : new Date(time);
  }

  #map(value: ReadonlyMap<unknown, unknown>): Encoded {
    const list: unknown[] = [];
    this.#enter(value, value.size * 2);
    for (const [key, member] of value) {
      const entry = list.length / 2;
      this.#step({ entry, part: 'key', key });
      list.push(this.copy(key));
      this.#step({ entry, part: 'value', key });
      list.push(this.copy(member));
    }
    this.#leave();
    return encodeList(extensions.map, list);
  }

  #set(value: ReadonlySet<unknown>): Encoded {
    const list: unknown[] = [];
    this.#enter(value, value.size);
    for (const member of value) {
      this.#step({ entry: list.length, part: 'member', key: member });
      list.push(this.copy(member));
    }
    this.#leave();
    return encodeList(extensions.set, list);
  }

  #enter(container: object, elements: number): void {
    const depth = this.#open.indexOf(container);
    if (depth >= 0) this.#refuse(`a cycle (back to ${this.#path(depth)})`);
    if (this.#open.length === maxDepth) this.#refuse(`a value nested deeper than ${maxDepth} levels`);
    this.elements += elements;
    if (this.elements > maxElements) this.#refuse(`an event or value of more than ${maxElements} elements`);
    this.#open.push(container);
  }

  #step(step: Step): void {
    this.#steps[this.#open.length - 1] = step;
  }

  #leave(): void {
    this.#open.pop();
  }

  #refuse(what: string, hint?: string): never {
    const path = this.#path(this.#open.length);
    throw new TypeError(`${path}: ${what} cannot be sent${hint === undefined ? '' : `: ${hint}`}`);
  }

  #path(depth: number): string {
    return this.#root + this.#steps.slice(0, depth).map(nameOfStep).join('');
  }
}

function nameOfClass(prototype: unknown): string {
  const name: unknown = (prototype as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'a nameless class';
}

/** `.name`, `["a name"]`, `[3]`; in a Map `.get("key")` or, where the key is no such thing, `.entry[2].key`. */
function nameOfStep(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'string') return identifier.test(step) && step.length <= 64 ? `.${step}` : `[${quote(step)}]`;
  if (step.part === 'member') return `.member[${step.entry}]`;
  if (step.part === 'value' && typeof step.key === 'string') return `.get(${quote(step.key)})`;
  if (step.part === 'value' && typeof step.key === 'number') return `.get(${step.key})`;
  return `.entry[${step.entry}].${step.part}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length <= 64 ? text : `${text.slice(0, 64)}…`);
}
