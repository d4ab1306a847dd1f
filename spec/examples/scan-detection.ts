/**
 * The modules of examples/scan-detection, as far as tests use them. They are no part of the build: they are loaded as
 * Muster loads the scripts of its users.
 */
import { resolve } from 'node:path';
import { importModule } from '../../layout/import-module.js';

export interface Connection {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
}

export interface Piece {
  readonly connections: readonly Connection[];
  readonly badLines: readonly { readonly line: number; readonly reason: string }[];
}

export interface Result {
  readonly connections: number;
  readonly scanners: ReadonlyMap<string, number>;
  readonly badLines: number;
}

export interface Job {
  readonly input: string;
  readonly threshold: number;
  readonly staysUp: boolean;
}

interface Example {
  readJob(args: readonly string[]): Promise<Job>;
  readConnLog(file: string, share?: { readonly index: number; readonly of: number }): AsyncIterable<Piece>;
  generateConnLog(options?: { readonly records?: number; readonly seed?: number }): Iterable<string>;
  countScanners(job: Pick<Job, 'input' | 'threshold'>): Promise<Result>;
  formatResult(result: Result, threshold: number): string[];
}

/** The path of a file of the example. */
export function pathOf(file: string): string {
  return resolve('examples/scan-detection', file);
}

export async function loadExample(): Promise<Example> {
  const modules: Record<string, unknown>[] = [];
  for (const file of ['conn-log.ts', 'job.ts', 'generate.ts', 'count.ts', 'report.ts']) {
    modules.push(await importModule(pathOf(file)));
  }
  return Object.assign({}, ...modules);
}
