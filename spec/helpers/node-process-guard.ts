/**
 * Guard: processes that a test starts end with the test's own process, also when that is ended before any teardown,
 * as ava does with tests that take too long.
 */
import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();
let isWatching = false;

/** Kills `child` when this process ends, unless that is killed itself. */
export function guard(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
  if (isWatching) return;
  isWatching = true;
  process.on('exit', killAll);
  process.once('SIGTERM', () => {
    killAll();
    process.kill(process.pid, 'SIGTERM'); // and now without a listener
  });
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
