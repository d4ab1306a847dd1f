/** Specs that share a process: what the user writes: readers, validation. */
import '../layout/difference.spec.js';
import '../layout/docs.spec.js';
import '../layout/import-module.spec.js';
import '../layout/json.spec.js';
import '../layout/options.spec.js';
import '../layout/read-layout.spec.js';
import '../layout/topology.spec.js';
import '../layout/validation.spec.js';
import '../layout/zeek.spec.js';
