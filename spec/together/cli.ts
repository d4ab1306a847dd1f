/** Specs that share a process: parts of the command without a process. */
import '../cli/child-coverage.spec.js';
import '../cli/lines.spec.js';
import '../cli/local-nodes.spec.js';
import '../cli/notation.spec.js';
import '../cli/page-server.spec.js';
import '../cli/reporters.spec.js';
import '../cli/serve-feed.spec.js';
import '../cli/stages.spec.js';
import '../cli/store-lines.spec.js';
import '../cli/store-overview.spec.js';
import '../cli/supervisor.spec.js';
import '../cli/supervisor-reload.spec.js';
