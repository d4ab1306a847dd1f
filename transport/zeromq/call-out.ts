/**
 * Calling out: to others from a loop that has to go on.
 */

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
