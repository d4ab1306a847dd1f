/**
 * Turns: waiting for the event loop or for a fact, and calling out to others from a loop that has to go on.
 */
import type { Runtime } from '../../runtime.js';

/** Resolves at the end of this turn of the event loop. */
export function turn(runtime: Runtime): Promise<void> {
  return new Promise((resolve) => runtime.endOfTurn(resolve));
}

/** Calls a handler. A fault in it becomes an uncaught exception, and does not end the loop that calls. */
export function callOut<Value>(handler: (value: Value) => void, value: Value): void {
  try {
    handler(value);
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
