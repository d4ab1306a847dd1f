/**
 * Records that users write, checked field by field against zod schemas, so that one fault does not hide another.
 * The error text of a schema says what it expects; the rest of the message is made here.
 */
import type { z } from 'zod';
import { type Fault, gotAndExpected } from './problems.js';
import { didYouMean, show } from './show.js';

/** A schema for each field. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** What the schemas make of the fields. Those with faults are absent, as are those that come out as `undefined`. */
export type FieldValues<F extends Fields> = { [K in keyof F]?: Exclude<z.output<F[K]>, undefined> };

export interface CheckedFields<F extends Fields> {
  readonly values: FieldValues<F>;
  readonly faults: readonly Fault[];
}

/**
 * Checks all fields of `given`; a field that is `undefined` counts as absent.
 * @param hints what to expect instead of certain unknown fields; else it is guessed what was meant.
 */
export function checkFields<F extends Fields>(
  fields: F,
  given: object,
  hints: Readonly<Record<string, string>> = {},
): CheckedFields<F> {
  const faults: Fault[] = [];
  const values: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(given)) {
    if (Object.hasOwn(fields, field) || value === undefined) continue;
    const message = Object.hasOwn(hints, field)
      ? gotAndExpected(value, `${hints[field]}`)
      : `unknown, got ${show(value)}${unknownField(field, Object.keys(fields))}`;
    faults.push({ field, value, message });
  }
  for (const [field, schema] of Object.entries(fields)) {
    const value: unknown = (given as Record<string, unknown>)[field];
    const result = schema.safeParse(value);
    if (result.success) {
      if (result.data !== undefined) values[field] = result.data;
      continue;
    }
    for (const { code, path, message } of result.error.issues.slice(0, 10)) {
      const found = code === 'invalid_key' ? path.at(-1) : valueAt(value, path);
      faults.push({ field: [field, ...path].join('.'), value: found, message: gotAndExpected(found, message) });
    }
  }
  return { values: values as FieldValues<F>, faults };
}

/** What may have been meant by `field`: the one that resembles it, else any of a few. */
export function unknownField(field: string, known: readonly string[]): string {
  return didYouMean(field, known) || (known.length <= 12 ? `, expected one of ${known.join(', ')}` : '');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
