/** Specs that share a process: commands that end soon, and start no cluster. */
import '../cli/charts.spec.js';
import '../cli/check.spec.js';
import '../cli/control-socket.spec.js';
import '../cli/logs.spec.js';
import '../cli/program.spec.js';
