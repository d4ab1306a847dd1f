/** Specs that share a process: state charts and what is written of them. */
import '../architecture.spec.js';
import '../build/bundle.spec.js';
import '../docs/machines-page.spec.js';
import '../docs/metrics-page.spec.js';
import '../errors.spec.js';
import '../machines/mermaid.spec.js';
import '../machines/reach.spec.js';
import '../machines/transitions.spec.js';
import '../mutants/mutants.spec.js';
