/**
 * Log families: what becomes of the records that a node writes.
 */
import type { LogStreamStats } from '../logging/log-stream.js';
import { type Family, only } from './family.js';

export const logFamilies: readonly Family[] = [
  ofStats('muster_log_records_written_total', 'Records taken, to be kept by a logger', ({ written }) => written),
  ofStats('muster_log_records_kept_total', 'Records that a logger has acknowledged', ({ kept }) => kept),
  ofStats(
    'muster_log_records_lost_total',
    'Records not kept, those for which there was no room included',
    ({ lost }) => lost,
  ),
  {
    name: 'muster_log_records_buffered',
    help: 'Records of this node that no logger has acknowledged yet, those of earlier lifetimes included',
    type: 'gauge',
    labels: [],
    read: ({ logs }) => only(logs.buffered),
  },
];

function ofStats(name: string, help: string, value: (stats: LogStreamStats) => number): Family {
  return {
    name,
    help,
    type: 'counter',
    labels: ['stream'],
    read: ({ logs }) => logs.infos.map(({ id, stats }) => ({ labels: { stream: id }, value: value(stats) })),
  };
}
