/**
 * Virtual time: one clock for all hosts of a simulation, which jumps from one due task to the next, and one source of
 * chance. The same seed gives the same run.
 * Every task is a turn of the event loop: what it puts off to the end of the turn, and what its promises bring about, has
 * happened before the next one begins.
 */
import type { Runtime, TimerHandle } from '../runtime.js';
import { Heap } from '../stores/heap.js';
import { mulberry32 } from './mulberry32.js';

/** A runtime of one host, which can stand still or end while time goes on. */
export interface HostRuntime extends Runtime {
  /** Tasks that are armed. */
  readonly pending: number;
  /** From now on nothing happens here, until {@link thaw}. */
  freeze(): void;
  /** What was due meanwhile happens now, in order. */
  thaw(): void;
  /** Nothing happens here any more. */
  stop(): void;
}

interface Task {
  due: number;
  /** Decides among those that are due together. */
  order: number;
  readonly host: HostState;
  readonly run: () => void;
  isCancelled: boolean;
}

interface HostState {
  isFrozen: boolean;
  isStopped: boolean;
  pending: number;
  /** Tasks that were due while it stood still. */
  readonly overdue: Task[];
}

/** ms since 1970 at which a simulation begins: 2025-01-01. */
const beginning = 1_735_689_600_000;

export class VirtualTime {
  #now = 0;
  #order = 0;
  readonly #nextBits: () => number;
  readonly #tasks = new Heap<Task>(isBefore);
  readonly #endOfTurn: { host: HostState; task: () => void }[] = [];

  constructor(seed: number) {
    this.#nextBits = mulberry32(seed);
  }

  /** In ms since the beginning of the simulation. */
  get now(): number {
    return this.#now;
  }

  /** From 0 up to, and without, 1. */
  random(): number {
    return this.#nextBits() / 0x1_0000_0000;
  }

  createRuntime(): HostRuntime {
    const host: HostState = { isFrozen: false, isStopped: false, pending: 0, overdue: [] };
    return {
      now: () => beginning + Math.floor(this.#now),
      monotonic: () => this.#now,
      setTimeout: (run, delay) => this.#arm(host, run, delay),
      clearTimeout: (handle) => cancel(handle),
      endOfTurn: (task) => {
        this.#endOfTurn.push({ host, task });
      },
      randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(this.random() * 256)),
      get pending() {
        return host.pending;
      },
      freeze: () => {
        host.isFrozen = true;
      },
      thaw: () => {
        host.isFrozen = false;
        for (const task of host.overdue.splice(0)) {
          task.due = this.#now;
          task.order = this.#order++;
          this.#tasks.push(task);
        }
      },
      stop: () => {
        host.isStopped = true;
      },
    };
  }

  /** Lets `ms` go by. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.#finishTurn();
    for (let task = this.#tasks.first; task !== undefined && task.due <= until; task = this.#tasks.first) {
      this.#tasks.pop();
      this.#now = Math.max(this.#now, task.due);
      if (this.#run(task)) await this.#finishTurn();
    }
    this.#now = until;
  }

  /** @returns whether it ran now. */
  #run(task: Task): boolean {
    const { host, isCancelled, run } = task;
    if (isCancelled || host.isStopped) return false;
    if (host.isFrozen) {
      host.overdue.push(task);
      return false;
    }
    host.pending -= 1;
    task.isCancelled = true;
    run();
    return true;
  }

  /** What waits for the end of the turn, and promises, until nothing is left. */
  async #finishTurn(): Promise<void> {
    do {
      for (let next = this.#endOfTurn.shift(); next !== undefined; next = this.#endOfTurn.shift()) {
        const { host, task } = next;
        if (host.isStopped) continue;
        if (host.isFrozen) host.overdue.push(this.#taskOf(host, task, this.#now));
        else task();
      }
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#endOfTurn.length > 0);
  }

  #arm(host: HostState, run: () => void, delay: number): TimerHandle {
    // As in Node, no timer is due at once: one that re-arms itself lets the clock go on.
    const task = this.#taskOf(host, run, this.#now + Math.max(1, delay || 0));
    this.#tasks.push(task);
    return task;
  }

  #taskOf(host: HostState, run: () => void, due: number): Task {
    host.pending += 1;
    return { due, order: this.#order++, host, run, isCancelled: false };
  }
}

function isBefore(one: Task, other: Task): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}

function cancel(handle: TimerHandle): void {
  const task = handle as Task | undefined;
  if (task === undefined || task.isCancelled) return;
  task.isCancelled = true;
  task.host.pending -= 1;
}
