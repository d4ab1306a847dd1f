/**
 * Trace store: the records of a trace, found by time, node and actor. Holds a bounded number of them: when there are more,
 * the oldest are forgotten, and counted.
 */
import type { Cause, TraceKind, TraceRecord } from '../../trace/record.js';
import { Columns } from './columns.js';
import { Lives } from './lives.js';
import { kindNumbers, kinds, parse, tellOf, word } from './read-record.js';
import { RowList } from './row-list.js';
import type { Context, Life, TracedActor, TracedNode } from './traced.js';
import { Words } from './words.js';

export interface StoreLimits {
  readonly maxRecords: number;
  /** Characters of their lines. */
  readonly maxText: number;
}

const defaultLimits: StoreLimits = { maxRecords: 2_000_000, maxText: 1_000_000_000 };

/** Lines of levels that are marks. */
const alarming: ReadonlySet<string> = new Set(['error', 'warn']);

export class TraceStore {
  readonly nodes = new Map<string, TracedNode>();
  readonly actors: TracedActor[] = [];
  /** Faults of a simulation. */
  readonly faults: RowList;
  /** Every record. */
  readonly rows: RowList;
  readonly words = new Words();
  /** Lines that were no records of this version. */
  malformed = 0;
  /** Records of kinds that are not known here. */
  unknown = 0;
  /** Records that were forgotten here. */
  forgotten = 0;
  /** Records that a node, or who gathers, has left out. */
  leftOut = 0;
  readonly #limits: StoreLimits;
  readonly #columns = new Columns();
  readonly #lives = new Lives({ list: () => this.#list(), nodeOf: (name) => this.nodeOf(name) });
  readonly #parsed = new Map<number, TraceRecord>();
  #text = 0;

  constructor(limits: Partial<StoreLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
    this.rows = this.#list();
    this.faults = this.#list();
  }

  /** Lifetimes of nodes, in the order in which they were seen. */
  get lives(): readonly Life[] {
    return this.#lives.all;
  }

  /** How many records are held. */
  get size(): number {
    return this.rows.length;
  }

  /** Number of the oldest record that is held: others keep theirs when it is forgotten. */
  get first(): number {
    return this.#columns.first;
  }

  /** Time of the first and of the last record; 0 without any. */
  get span(): readonly [from: number, to: number] {
    if (this.size === 0) return [0, 0];
    return [this.time(this.rows.at(0)), this.time(this.rows.at(this.size - 1))];
  }

  /** Takes lines of a trace, whole ones, nearly in order. */
  append(lines: readonly string[]): void {
    const records: { readonly record: TraceRecord; readonly line: string }[] = [];
    for (const line of lines) {
      if (line === '') continue;
      const record = parse(line);
      if (record === undefined) this.malformed += 1;
      else if (!kindNumbers.has(record.kind)) this.unknown += 1;
      else records.push({ record, line });
    }
    this.#lives.begin(records.map(({ record }) => record));
    for (const { record, line } of records) this.#add(record, line);
    this.#forget();
  }

  kind(row: number): TraceKind {
    return kinds[this.#columns.get('kind', row)] as TraceKind;
  }

  time = (row: number): number => this.#columns.time(row);

  life(row: number): Life {
    return this.lives[this.#columns.get('life', row)] as Life;
  }

  node(row: number): string {
    return this.life(row)?.node ?? '';
  }

  sequence(row: number): number {
    return this.#columns.get('sequence', row);
  }

  /** Of an event, transition, timer, frame; undefined if none has a part in it. */
  actor(row: number): TracedActor | undefined {
    return this.actors[this.#columns.get('actor', row)];
  }

  /** The event, the frame, the level of a line, the fault, a reason: what a record is about. */
  label(row: number): string {
    return this.words.text(this.#columns.get('label', row));
  }

  /** State after a change; empty: it was none. */
  state(row: number): string {
    return this.words.text(this.#columns.get('state', row));
  }

  /** Names of the transitions that were taken, each on a line. */
  taken(row: number): string {
    return this.words.text(this.#columns.get('taken', row));
  }

  /** Its line, as it came. */
  line(row: number): string {
    return this.#columns.line(row);
  }

  record(row: number): TraceRecord {
    const known = this.#parsed.get(row);
    if (known !== undefined) return known;
    const record = JSON.parse(this.line(row)) as TraceRecord;
    if (this.#parsed.size > 1_000) this.#parsed.clear();
    this.#parsed.set(row, record);
    return record;
  }

  /** The record that led to it, as its node knows; -1: there is none, or it is not here. */
  cause(row: number): number {
    const life = this.lives[this.#columns.get('causeLife', row)];
    return life === undefined ? -1 : this.#find(life, this.#columns.get('causeSequence', row));
  }

  /** The record of this name; -1 if it is not here. */
  rowOf({ node, id, sequence }: Cause): number {
    const life = this.#lives.get(node, id);
    return life === undefined ? -1 : this.#find(life, sequence);
  }

  /** Context of an actor's machine after its `position`th change, from 0; below that, before all that is held. */
  context(actor: TracedActor, position: number): Context {
    let start = position;
    while (start >= 0 && this.kind(actor.changes.at(start)) !== 'actor') start -= 1;
    let context: Context = start < 0 ? (actor.base?.context ?? {}) : {};
    for (let at = Math.max(0, start); at <= position; at += 1) {
      const { kind, data } = this.record(actor.changes.at(at));
      if (kind === 'actor') context = { ...data.context };
      if (kind === 'transition') context = { ...context, ...data.changes };
    }
    return context;
  }

  /** Ends what is known of a node: its process is over. */
  endLife(node: string, time: number): void {
    // The next one may have begun at the same moment: nothing has been told of it yet.
    const life = this.nodes.get(node)?.lives.findLast(({ from, rows }) => from <= time && rows.length > 0);
    if (life !== undefined && life.until > time) life.until = time;
  }

  /** The node of this name, made if it has not been seen. */
  nodeOf(name: string): TracedNode {
    const known = this.nodes.get(name);
    if (known !== undefined) return known;
    const node: TracedNode = {
      name,
      lives: [],
      actors: new Map(),
      marks: this.#list(),
      counters: this.#list(),
      about: undefined,
    };
    this.nodes.set(name, node);
    return node;
  }

  #list(): RowList {
    return new RowList(this.time);
  }

  #add(record: TraceRecord, line: string): void {
    const { node: name, id, sequence, monotonic, kind, cause } = record;
    const life = this.#lives.get(name, id) as Life;
    const node = this.nodeOf(name);
    const told = tellOf(record);
    const actor = told.actor === undefined ? undefined : this.#actorOf(node, told.actor);
    const causing = cause === undefined ? undefined : this.#lives.get(cause.node, cause.id);
    const row = this.#columns.add(
      {
        time: monotonic + life.offset,
        kind: kindNumbers.get(kind) as number,
        life: life.index,
        sequence,
        actor: actor?.index ?? -1,
        label: this.words.number(told.label),
        state: told.state === undefined ? -1 : this.words.number(told.state),
        taken: told.taken === undefined ? -1 : this.words.number(told.taken),
        causeLife: causing?.index ?? -1,
        causeSequence: cause?.sequence ?? -1,
      },
      line,
    );
    this.#text += line.length;
    this.rows.push(row);
    life.rows.push(row);
    this.#file(record, row, node, actor);
  }

  /** Notes a record where it will be looked for. */
  #file(record: TraceRecord, row: number, node: TracedNode, actor: TracedActor | undefined): void {
    const { kind, data } = record;
    if (kind === 'sent' || kind === 'received') {
      actor?.frames.push(row);
      if (data.frame === 'hello') actor?.marks.push(row);
      return;
    }
    if (kind !== 'lost') actor?.rows.push(row);
    switch (kind) {
      case 'node':
        node.about = data;
        break;
      case 'actor':
      case 'transition':
        if (actor !== undefined) actor.machine = word(data.machine);
        actor?.changes.push(row);
        break;
      case 'stopped':
        actor?.changes.push(row);
        break;
      case 'event':
        if (actor?.machine === 'child' && data.event.type === 'process.exited')
          this.endLife(data.actor, this.time(row));
        break;
      case 'fault':
        this.faults.push(row);
        if (data.fault === 'crash') this.endLife(word(data.args[0]), this.time(row));
        break;
      case 'counters':
        node.counters.push(row);
        break;
      case 'dropped':
        this.leftOut += Number(data.count) || 0;
        node.marks.push(row);
        break;
      case 'line':
        if (alarming.has(data.level)) node.marks.push(row);
        break;
      case 'refused':
        node.marks.push(row);
        break;
      case 'lost':
        node.marks.push(row);
        actor?.marks.push(row);
        break;
    }
  }

  #actorOf(node: TracedNode, name: string): TracedActor {
    const known = node.actors.get(name);
    if (known !== undefined) return known;
    const actor: TracedActor = {
      index: this.actors.length,
      node: node.name,
      name,
      machine: '',
      rows: this.#list(),
      changes: this.#list(),
      frames: this.#list(),
      marks: this.#list(),
      base: undefined,
    };
    node.actors.set(name, actor);
    this.actors.push(actor);
    return actor;
  }

  #find(life: Life, sequence: number): number {
    let low = 0;
    let high = life.rows.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const row = life.rows.at(middle);
      const found = this.sequence(row);
      if (found === sequence) return row;
      if (found < sequence) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Forgets an eighth, so that it is seldom done. Of each actor the last state before stays known. */
  #forget(): void {
    const { maxRecords, maxText } = this.#limits;
    while (this.size > maxRecords || (this.#text > maxText && this.size > 1)) {
      const count = Math.max(1, this.size - maxRecords, Math.ceil(this.size / 8));
      const first = this.first + count;
      for (const actor of this.actors) this.#keepBase(actor, first);
      for (let row = this.first; row < first; row += 1) this.#text -= this.line(row).length;
      const lists = [
        this.rows,
        this.faults,
        ...this.lives.map(({ rows }) => rows),
        ...[...this.nodes.values()].flatMap(({ marks, counters }) => [marks, counters]),
        ...this.actors.flatMap(({ rows, changes, frames, marks }) => [rows, changes, frames, marks]),
      ];
      for (const list of lists) list.dropBefore(first);
      this.#columns.drop(count);
      this.#parsed.clear();
      this.forgotten += count;
    }
  }

  #keepBase(actor: TracedActor, first: number): void {
    let last = -1;
    while (last + 1 < actor.changes.length && actor.changes.at(last + 1) < first) last += 1;
    if (last < 0) return;
    const row = actor.changes.at(last);
    actor.base = {
      state: this.state(row),
      isOver: this.kind(row) === 'stopped',
      context: this.context(actor, last),
    };
  }
}
