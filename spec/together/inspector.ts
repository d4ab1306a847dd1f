/** Specs that share a process: models of the inspector's page. */
import '../inspector/causes.spec.js';
import '../inspector/difference.spec.js';
import '../inspector/filter.spec.js';
import '../inspector/lanes.spec.js';
import '../inspector/rates.spec.js';
import '../inspector/row-list.spec.js';
import '../inspector/sequence.spec.js';
import '../inspector/trace-store.spec.js';
