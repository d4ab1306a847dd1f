/**
 * Node feed: what one node of this process does now, for a page.
 */
import { type ClusterNode, partsOf } from '../../actors/cluster-node.js';
import type { TraceFeed } from './page-server.js';
import { serveFeed } from './serve-feed.js';

export function openNodeFeed(node: ClusterNode): TraceFeed {
  return {
    kind: 'live',
    name: node.name,
    size: 0,
    stream: (response) => serveFeed(partsOf(node).core.tracer, 'control', response),
  };
}
