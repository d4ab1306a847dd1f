/** Specs that share a process: parts of a node. */
import '../actors/control/parts.spec.js';
import '../actors/overflow.spec.js';
import '../actors/pools/assignment.spec.js';
import '../actors/pools/key-hash.spec.js';
import '../actors/pools/pool.spec.js';
import '../actors/pools/pools.spec.js';
import '../actors/pools/rendezvous.spec.js';
import '../actors/traffic.spec.js';
