/**
 * Keeper: what a logger does. Keeps the batches that come, of whatever stream, in the log of their path, and tells who sent
 * them once they are kept.
 */
import { join } from 'node:path';
import type { LogFiles } from '../../logs/files.js';
import { KeptLog } from '../../logs/kept-log.js';
import type { NodeCore } from '../node-core.js';
import { readBatch } from './messages.js';

export class Keeper {
  readonly #core: NodeCore;
  readonly #files: LogFiles;
  readonly #logs = new Map<string, KeptLog>();

  constructor(core: NodeCore, files: LogFiles) {
    this.#core = core;
    this.#files = files;
  }

  /**
   * Keeps a batch; `kept` is called with its writer and number once that is done.
   * @throws {@link MusterError} `MUSTER_FRAME_INVALID` for what is none.
   */
  keep(message: readonly unknown[], kept: (writer: string, number: number) => void): void {
    const { path, batch } = readBatch(message);
    this.#logOf(path).keep(batch, () => kept(batch.writer, batch.number));
  }

  rotate(): void {
    for (const log of this.#logs.values()) log.rotate();
  }

  reopen(): void {
    for (const log of this.#logs.values()) log.reopen();
  }

  /** Resolves once nothing waits to be kept. */
  async idle(): Promise<void> {
    await Promise.all([...this.#logs.values()].map((log) => log.idle()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#logs.values()].map((log) => log.close()));
  }

  #logOf(path: string): KeptLog {
    const known = this.#logs.get(path);
    if (known !== undefined) return known;
    const { name, options, runtime, diagnostics } = this.#core;
    const log = new KeptLog({
      files: this.#files,
      directory: join(options.stateDir, 'logs', name || 'none'),
      path,
      node: name || 'none',
      format: options.logFormat,
      rotation: {
        interval: options.logRotationInterval,
        size: options.logRotationSize,
        isCompressed: options.logCompress,
        expiry: options.logExpiry,
      },
      isSynced: options.logSync,
      runtime,
      onError: (message) => diagnostics.error(message),
      onRecovery: (message) => diagnostics.warn(message),
    });
    this.#logs.set(path, log);
    return log;
  }
}
