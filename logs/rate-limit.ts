/**
 * Rate limit: keeps what repeats from flooding a log.
 * The first message of a key goes out at once; further ones within the interval are counted, and at its end one line
 * says how many there were. Keys that came in a flood of their own share one bucket, so memory is bounded too.
 */
import type { Runtime, TimerHandle } from '../runtime.js';

/** The key under which messages are told whose own key found no room. */
export const otherKeys = '(others)';

export interface RateLimitSetup {
  readonly runtime: Pick<Runtime, 'monotonic' | 'setTimeout' | 'clearTimeout'>;
  /** How long a key is quiet after it was told, in ms, > 0. */
  readonly interval: number;
  /** Keys that are told apart within an interval, ≥ 1. @defaultValue 256 */
  readonly maxKeys?: number;
  /**
   * Tells a message. `suppressed` is 0 for one that goes out at once; else it is how many came since the last that was
   * told, and `message` is the latest of them.
   */
  report(key: string, message: string, suppressed: number): void;
}

export interface RateLimit {
  /** Tells `message` now, or counts it. Nothing happens after `close()`. */
  tell(key: string, message: string): void;
  /** What the key was about is over: what is still counted is not told any more. It is quiet as long as it would have been. */
  forget(key: string): void;
  /** Tells what is still counted, and ends all timers. Safe to call twice. */
  close(): void;
}

interface Burst {
  /** When it was last told, on the monotonic clock. */
  toldAt: number;
  suppressed: number;
  latest: string;
  /** Set while something is counted. */
  timer: TimerHandle | undefined;
}

export function createRateLimit({ runtime, interval, maxKeys = 256, report }: RateLimitSetup): RateLimit {
  /** In the order in which they were last told. */
  const bursts = new Map<string, Burst>();
  let isClosed = false;

  function begin(key: string): void {
    bursts.delete(key);
    bursts.set(key, { toldAt: runtime.monotonic(), suppressed: 0, latest: '', timer: undefined });
  }

  function isOver(burst: Burst): boolean {
    return burst.suppressed === 0 && runtime.monotonic() - burst.toldAt >= interval;
  }

  function forgetOver(): void {
    for (const [key, burst] of bursts) {
      if (!isOver(burst)) return;
      bursts.delete(key);
    }
  }

  function tellSuppressed(key: string, { suppressed, latest }: Burst): void {
    begin(key);
    report(key, latest, suppressed);
  }

  /** The key itself, if there is room for it. */
  function admit(key: string): string {
    if (bursts.has(key)) return key;
    forgetOver();
    return bursts.size < maxKeys ? key : otherKeys;
  }

  function count(key: string, burst: Burst, message: string): void {
    burst.suppressed++;
    burst.latest = message;
    const rest = Math.max(0, burst.toldAt + interval - runtime.monotonic());
    burst.timer ??= runtime.setTimeout(() => tellSuppressed(key, burst), rest);
  }

  return {
    tell(givenKey, message) {
      if (isClosed) return;
      const key = admit(givenKey);
      const burst = bursts.get(key);
      if (burst !== undefined && !isOver(burst)) {
        count(key, burst, message);
        return;
      }
      begin(key);
      report(key, message, 0);
    },
    forget(key) {
      const burst = bursts.get(key);
      if (burst === undefined) return;
      runtime.clearTimeout(burst.timer);
      burst.timer = undefined;
      burst.suppressed = 0;
    },
    close() {
      isClosed = true;
      for (const [key, { timer, suppressed, latest }] of bursts) {
        if (timer === undefined) continue;
        runtime.clearTimeout(timer);
        report(key, latest, suppressed);
      }
      bursts.clear();
    },
  };
}
