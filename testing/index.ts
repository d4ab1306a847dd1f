/** What users import as `muster/testing`. */

export { toLine } from '../trace/output.js';
export type { Cause, TraceData, TraceKind, TraceRecord, TraceSink } from '../trace/record.js';
export { type Line, type SimulatedCluster, type SimulationOptions, simulateCluster } from './simulated-cluster.js';
