/** Specs that share a process: frames and the channel on a simulated network. */
import '../transport/channel.spec.js';
import '../transport/codec.spec.js';
import '../transport/codec-properties.spec.js';
import '../transport/memory.spec.js';
import '../transport/zeromq-lines.spec.js';
