/** What users import as `muster/testing`. */
export { type Line, type SimulatedCluster, type SimulationOptions, simulateCluster } from './simulated-cluster.js';
