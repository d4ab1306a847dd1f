/**
 * Own topics: what a node subscribes to by itself, for its name, its lifetime and what it does in a layout.
 */
import type { Layout, NodeType } from '../layout/types.js';
import type { NodeCore } from './node-core.js';

export function ownTopics({ name, id, nodeType, options }: NodeCore, layout: Layout): string[] {
  if (name === '') return [];
  const ofType: Partial<Record<NodeType, string>> = {
    logger: options.loggerTopic,
    manager: options.managerTopic,
    proxy: options.proxyTopic,
    worker: options.workerTopic,
    timeMachine: options.timeMachineTopic,
  };
  const typeTopic = ofType[nodeType];
  const hasLogger = Object.values(layout).some((node) => node.nodeType === 'logger');
  const isLoggerInstead = nodeType === 'manager' && options.managerIsLogger && !hasLogger;
  return [
    ...(typeTopic === undefined ? [] : [typeTopic]),
    ...(isLoggerInstead ? [options.loggerTopic] : []),
    `${options.nodeTopicPrefix}${name}/`,
    `${options.nodeidTopicPrefix}${id}/`,
    options.clusterStartedTopic,
  ];
}
