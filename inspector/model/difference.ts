/**
 * Difference: what of two values is not the same, field by field.
 */

export interface Change {
  /** `up[2]`, `peer.id`. */
  readonly path: string;
  /** Absent: it was added. */
  readonly before?: unknown;
  /** Absent: it was removed. */
  readonly after?: unknown;
}

/** In the order of the fields, those that were removed last. */
export function difference(before: unknown, after: unknown, path = ''): Change[] {
  if (Object.is(before, after)) return [];
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ path, before, after }];
  }
  const join = (key: string) => {
    if (Array.isArray(after)) return `${path}[${key}]`;
    return path === '' ? key : `${path}.${key}`;
  };
  const changed = Object.keys(after).flatMap((key) =>
    Object.hasOwn(before, key)
      ? difference(before[key], after[key], join(key))
      : [{ path: join(key), after: after[key] }],
  );
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return [...changed, ...removed.map((key) => ({ path: join(key), before: before[key] }))];
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
