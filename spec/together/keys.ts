/** Specs that share a process: nodes with keys, and their files. */
import '../keys/rekeying.spec.js';
import '../keys/reload.spec.js';
import '../keys/starting.spec.js';
import '../keys/unfinished-proof.spec.js';
import '../keys/wire.spec.js';
