/**
 * The fields of a node, as zod schemas. Each takes what a user may write and gives what {@link Node} holds; its error
 * text says what it expects. Rules between nodes are in `cross-rules.ts`.
 */
import { z } from 'zod';
import { addressRule, isAddress } from './address.js';
import { parsePort, portRule } from './port.js';
import { didYouMean, showChoice } from './show.js';
import { type Node, nodeTypes } from './types.js';

/** Types that a node of a layout may have: `none` is for nodes outside any cluster. */
const types = nodeTypes.filter((type) => type !== 'none');

const text = z.string({ error: 'a string' });
const nodeName = z.string({ error: 'the name of a node' });
const address = z.string({ error: (issue) => addressRule(issue.input) }).refine(isAddress, {
  error: (issue) => addressRule(issue.input),
});
const port = z
  .unknown()
  .refine((given) => given === undefined || parsePort(given) !== undefined, { error: (issue) => portRule(issue.input) })
  // Zeek's `0/unknown` and 0 mean that there is no port.
  .transform((given) => parsePort(given) || undefined);

/** A schema for each field of {@link Node} that a layout may give. */
export const nodeFields = {
  nodeType: z.enum(types, { error: (issue) => typeRule(issue.input) }),
  ip: address,
  // Zeek's default is the empty string.
  zoneId: z
    .string({ error: 'the zone of a link-local address, such as "eth0"' })
    .regex(/^[^\s%/\]]{0,64}$/, { error: 'the zone of a link-local address, such as "eth0"' })
    .transform((zone) => zone || undefined)
    .optional(),
  port,
  manager: nodeName.optional(),
  metricsPort: port,
  listenAddress: address.optional(),
  timeMachine: nodeName.optional(),
  interface: text.optional(),
  lbFilter: text.optional(),
} satisfies { readonly [K in Exclude<keyof Node, 'id'>]-?: z.ZodType<Node[K] | undefined> };

/** What to say about fields that are not ours but likely to be tried. */
export const foreignFields: Readonly<Record<string, string>> = {
  id: 'nothing: a node gets its id when it starts',
  p: 'nothing: the field is called "port"',
  type: 'nothing: the field is called "nodeType"',
  host: 'nothing: the field is called "ip"',
  address: 'nothing: the field is called "ip"',
  zone: 'nothing: the field is called "zoneId"',
};

function typeRule(given: unknown): string {
  const rule = showChoice(types);
  if (given === 'none') return `${rule} (a node of a layout is part of a cluster)`;
  return typeof given === 'string' ? `${rule}${didYouMean(given.replace(/^Cluster::/, ''), types)}` : rule;
}
