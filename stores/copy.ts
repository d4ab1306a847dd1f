/**
 * Copies of values: what a store gives out, and what it takes in, shares no memory with it.
 */

/** A deep copy of a value that a store holds. */
export function copyValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyValue);
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof Date) return new Date(value);
  if (value instanceof Set) return new Set([...value].map(copyValue));
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [copyValue(key), copyValue(member)]));
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) copy[name] = copyValue((value as Record<string, unknown>)[name]);
  return copy;
}
