/** The public surface of Muster. */
export { ClusterNode } from './actors/cluster-node.js';
export type { AskOptions, ControlReport, NodeControl } from './actors/control/control.js';
export type {
  ControlAnswer,
  ControlCounters,
  ControlKind,
  ControlRequest,
  NodeReport,
  Sample,
} from './actors/control/messages.js';
export type { AllEvents, AnyEvents, EventHandler, FrameworkEvents } from './actors/events.js';
export { type JoinOptions, joinCluster } from './actors/join-cluster.js';
export type { LeaveReport } from './actors/leaving.js';
export type { LogStream, LogStreamInfo, LogStreamStats } from './actors/logging/log-stream.js';
export type { LogStreamDefinition } from './actors/logging/log-streams.js';
export type { NodeState } from './actors/membership.js';
export type { PeerCounters, PeerInfo, PeerState } from './actors/peer-info.js';
export type { Pool, PoolMember } from './actors/pools/pool.js';
export type { StandardSchema } from './actors/standard-schema.js';
export type { BatchPart, MutationOptions, Store } from './actors/stores/store.js';
export type { StoreInfo } from './actors/stores/store-info.js';
export { MusterError, type MusterErrorCode } from './errors.js';
export type { ClusterLogRecord, Options, OptionsInput } from './layout/options.js';
export type { PoolNodeType, PoolSpec } from './layout/pool-spec.js';
export { readLayout } from './layout/read-layout.js';
export type { Layout, LayoutDefinition, NamedNode, Node, NodeDefinition, NodeType } from './layout/types.js';
export type { ColumnsInput, RecordOf } from './logs/columns.js';
export type { Column, ColumnType } from './logs/format.js';
