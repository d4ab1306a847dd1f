/**
 * Bench: what a file of `benches/` exports, what it is handed, and what it gives back.
 */
import type { ProcessPool } from './processes.js';
import type { Table } from './table.js';

export interface Bench {
  /** One line for `--list`. */
  readonly title: string;
  /** Its place in a run of all. */
  readonly order: number;
  run(setting: Setting): Promise<Result>;
}

/** What a bench is handed. */
export interface Setting {
  /** `--seconds`: how long each measurement takes. A bench has a default of its own. */
  readonly seconds: number | undefined;
  /** `--rounds`: how often each side is measured. */
  readonly rounds: number | undefined;
  readonly processes: ProcessPool;
  /** An empty directory for what nodes keep. */
  readonly stateDir: string;
  /** Tells how far it has come. */
  say(line: string): void;
}

export interface Result {
  /** How near to the ceiling: 1 is reached, less is below it, in whatever unit. Absent if there was nothing to compare with. */
  readonly ratio?: number;
  readonly table: Table;
  /** What one has to know to read the table. */
  readonly notes: readonly string[];
  /** What the line of JSON has besides name and ratio. */
  readonly figures: Readonly<Record<string, unknown>>;
}
