/**
 * A ledger of a store in memory: it writes at once, and time stands still.
 */
import { noLimits } from '../../stores/draft.js';
import { Ledger, type LedgerOptions } from '../../stores/ledger.js';
import { MemoryBackend } from '../../stores/memory.js';

export function memoryLedger(given: Partial<LedgerOptions> = {}): Ledger {
  return new Ledger({
    backend: new MemoryBackend(),
    epoch: 'e',
    maxEntrySize: 100_000,
    limits: noLimits,
    now: () => 0,
    endOfTurn() {},
    isHeard: () => false,
    written() {},
    failed() {},
    ...given,
  });
}
