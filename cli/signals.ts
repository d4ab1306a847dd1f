/**
 * Signals that ask a process to end.
 */

/**
 * The same request may come twice: a Ctrl-C reaches every process of a terminal, and `npm` and `timeout` pass it on. So
 * soon after the first, in ms, a signal is not a second request.
 */
const echo = 500;

/** Calls `first` for the first request to end, and `second` for one that comes later. */
export function onSignals(first: (signal: NodeJS.Signals) => void, second: (signal: NodeJS.Signals) => void): void {
  let firstAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        first(signal);
      } else if (now - firstAt > echo) {
        second(signal);
      }
    });
  }
}
