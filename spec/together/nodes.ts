/** Specs that share a process: nodes of this process that join clusters over real sockets. */
import '../actors/control/control.spec.js';
import '../actors/control/process.spec.js';
import '../actors/events.spec.js';
import '../actors/names.spec.js';
import '../actors/trace-context.spec.js';
