/**
 * Memory watch: the most resident memory that a process has while it is watched, read from outside, so that a process
 * that does nothing at all is watched too.
 */
import { memoryOf } from './machine.js';

/** ms between two readings. */
const interval = 20;

/** Watches from now on. @returns what ends that, and tells how many MiB the process had more than at first, at most. */
export function watchMemory(pid: number): () => number {
  const { resident: atFirst } = memoryOf(pid);
  let most = atFirst;
  const look = () => {
    most = Math.max(most, memoryOf(pid).resident);
  };
  const timer = setInterval(look, interval).unref();
  return () => {
    clearInterval(timer);
    look();
    return most - atFirst;
  };
}
