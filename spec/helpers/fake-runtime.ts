/**
 * Fake runtime: a clock that moves only by hand, and chance that repeats itself.
 * Everything runs synchronously inside `advance()` and `flush()`, in the order in which it is due. Promises do not:
 * await something after an advance whose tasks go on in a `then`.
 */
import type { Runtime, TimerHandle } from '../../runtime.js';
import { mulberry32 } from '../../testing/mulberry32.js';

interface Timer {
  readonly task: () => void;
  readonly due: number;
}

export interface FakeRuntime extends Runtime {
  /** Timers that are armed. */
  readonly pendingTimers: number;
  /**
   * Moves both clocks on by `ms`, jumping from one due timer to the next. Each timer is a turn of its own: what it puts
   * off to the end of the turn runs before the next timer.
   */
  advance(ms: number): void;
  /** Runs what waits for the end of this turn, and what that adds. */
  flush(): void;
}

export function createFakeRuntime({ now = 1_700_000_000_000, seed = 1 } = {}): FakeRuntime {
  /** In order of creation, which decides among timers that are due together. */
  const timers = new Set<Timer>();
  const endOfTurn: (() => void)[] = [];
  const random = mulberry32(seed);
  let elapsed = 0;

  function flush(): void {
    for (let tasks = 0; endOfTurn.length > 0; tasks++) {
      if (tasks === 100_000) throw new Error('a task puts off another to the end of the turn, without end');
      endOfTurn.shift()?.();
    }
  }

  function nextDue(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) if (timer.due <= until && (next === undefined || timer.due < next.due)) next = timer;
    return next;
  }

  return {
    now: () => now + elapsed,
    monotonic: () => elapsed,
    setTimeout(task, delay) {
      // As in Node, no timer is due at once: one that re-arms itself lets the clock go on.
      const timer: Timer = { task, due: elapsed + Math.max(1, delay || 0) };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (handle: TimerHandle) => {
      timers.delete(handle as Timer);
    },
    endOfTurn: (task) => {
      endOfTurn.push(task);
    },
    randomBytes: (length) => Uint8Array.from({ length }, () => random() & 0xff),
    get pendingTimers() {
      return timers.size;
    },
    advance(ms) {
      const until = elapsed + ms;
      flush();
      for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
        timers.delete(timer);
        elapsed = timer.due;
        timer.task();
        flush();
      }
      elapsed = until;
    },
    flush,
  };
}
