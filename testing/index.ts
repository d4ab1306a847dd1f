/** What users import as `muster/testing`. */

export { toLine } from '../trace/output.js';
export type { Cause, TraceData, TraceKind, TraceRecord, TraceSink } from '../trace/record.js';
export type { Attempt } from './network-faults.js';
export {
  type Line,
  type SimulatedCluster,
  type SimulationOptions,
  type StartOptions,
  simulateCluster,
} from './simulated-cluster.js';
