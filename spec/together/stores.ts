/** Specs that share a process: where values rest. */
import '../actors/store-sync.spec.js';
import '../stores/backend-contract.spec.js';
import '../stores/entry-table.spec.js';
import '../stores/expiries.spec.js';
import '../stores/key.spec.js';
import '../stores/ledger.spec.js';
import '../stores/log.spec.js';
import '../stores/replica.spec.js';
import '../stores/store-limits.spec.js';
