/**
 * The fields of a pool's spec, as zod schemas, and its check.
 */
import { z } from 'zod';
import { MusterError } from '../errors.js';
import { checkFields } from './check-fields.js';
import { type PoolSpec, poolNodeTypes } from './pool-spec.js';
import { showChoice } from './show.js';

const topic = { error: 'a topic: a string that is not empty' };
const number = { error: 'a whole number of nodes, at least 0' };
const fields = {
  topic: z.string(topic).min(1, topic),
  nodeType: z.enum(poolNodeTypes, { error: `a node type of pools: ${showChoice(poolNodeTypes)}` }),
  maxNodes: z.int(number).min(0, number).optional(),
  exclusive: z.boolean({ error: 'true or false' }).optional(),
} satisfies { readonly [K in keyof PoolSpec]-?: z.ZodType<PoolSpec[K]> };

/** Makes a frozen copy. */
export const poolSpec = z
  .strictObject(fields, { error: `an object with nothing but ${Object.keys(fields).join(', ')}` })
  .refine(({ exclusive, maxNodes }) => exclusive !== true || maxNodes !== undefined, {
    path: ['maxNodes'],
    error: 'a whole number of nodes, since the pool is exclusive',
  })
  .readonly();

/**
 * Checks the spec of a pool.
 * @throws {@link MusterError} `MUSTER_POOL_INVALID`, naming every bad field, its value and what is allowed.
 */
export function readPoolSpec(given: unknown): PoolSpec {
  const { values, faults } = checkFields({ pool: poolSpec }, { pool: given });
  if (values.pool !== undefined) return values.pool;
  const lines = faults.map(({ field, message }) => `${field}: ${message}`);
  throw new MusterError('MUSTER_POOL_INVALID', lines.join('; '), { cause: faults });
}
