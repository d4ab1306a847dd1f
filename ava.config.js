/** Specs are compiled by `npm run build`; ava runs the compiled files and reports the sources. */
import { buildBundle } from './dist/build/bundle.js';

// Processes that specs start run the bundle: it has to be of the sources as they are.
await buildBundle();

export default {
  files: ['spec/**/*.spec.ts'],
  typescript: { rewritePaths: { 'spec/': 'dist/spec/' }, compile: false },
  // XState warns about lost events and mistakes only under this condition. Much of what specs make is garbage soon.
  nodeArguments: ['--conditions=development', '--enable-source-maps', '--max-semi-space-size=64'],
  // ZeroMQ sockets live on the main thread.
  workerThreads: false,
  // Many specs wait for other processes: more of them than cores run at once.
  concurrency: 3,
  // When nothing has happened for so long. A test's own `t.timeout()` must not be longer: ava would then wait for ever.
  timeout: '2m',
};
