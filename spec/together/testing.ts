/** Specs that share a process: clusters on virtual time. */
import '../testing/logs.spec.js';
import '../testing/reload.spec.js';
import '../testing/schedules.spec.js';
import '../testing/simulated-cluster.spec.js';
import '../testing/stories/coverage.spec.js';
