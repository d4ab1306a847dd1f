/**
 * Finding nodes in a layout. A layout is a plain object, so `layout[name]` finds `constructor` too; these do not.
 */
import { MusterError } from '../errors.js';
import { didYouMean, show } from './show.js';
import type { Layout, Node } from './types.js';

/** The node of that name; `undefined` if the layout has none. For names that come from elsewhere. */
export function findNode(layout: Layout, name: string): Node | undefined {
  return Object.hasOwn(layout, name) ? layout[name] : undefined;
}

/** @throws {@link MusterError} `MUSTER_NODE_UNKNOWN` if the layout has no node of that name. */
export function requireNode(layout: Layout, name: string): Node {
  const node = findNode(layout, name);
  if (node !== undefined) return node;
  const names = Object.keys(layout);
  const hint = didYouMean(name, names) || `; it has ${names.slice(0, 20).join(', ')}${names.length > 20 ? ' …' : ''}`;
  throw new MusterError('MUSTER_NODE_UNKNOWN', `the layout has no node ${show(name)}${hint}`);
}
