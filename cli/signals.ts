/**
 * Signals that ask a process to end, or to open its log files anew.
 */

/**
 * The same request may come twice: a Ctrl-C reaches every process of a terminal, and `npm` and `timeout` pass it on. So
 * soon after the first, in ms, a signal is not a second request.
 */
const echo = 500;

/**
 * Calls `first` for the first request to end, and `second` for one that comes later. A hang-up is such a request where there
 * is a terminal; else it asks to open log files anew, and `reopen` is called.
 */
export function onSignals(
  first: (signal: NodeJS.Signals) => void,
  second: (signal: NodeJS.Signals) => void,
  reopen: () => void,
): void {
  let firstAt: number | undefined;
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  if (!hasTerminal) process.on('SIGHUP', reopen);
  for (const signal of ['SIGINT', 'SIGTERM', ...(hasTerminal ? (['SIGHUP'] as const) : [])] as const) {
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
