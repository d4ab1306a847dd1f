/** Specs that share a process: traces, and the clock of tests. */
import '../helpers/fake-runtime.spec.js';
import '../trace/chart-recorder.spec.js';
import '../trace/live.spec.js';
import '../trace/redaction.spec.js';
import '../trace/simulated.spec.js';
import '../trace/tracer.spec.js';
