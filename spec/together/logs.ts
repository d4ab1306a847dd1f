/** Specs that share a process: formats, files and rates of logs. */
import '../logs/columns.spec.js';
import '../logs/diagnostics.spec.js';
import '../logs/formats.spec.js';
import '../logs/json-lines.spec.js';
import '../logs/kept-log.spec.js';
import '../logs/log-files.spec.js';
import '../logs/rate-limit.spec.js';
import '../logs/zeek-tsv.spec.js';
