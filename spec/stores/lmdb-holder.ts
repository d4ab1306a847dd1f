/** A process that opens the store it is given, says so, and holds it until it is killed. */
import { openLmdbBackend } from '../../stores/lmdb/open.js';
import { Scribe } from './workbench.js';

const backend = await openLmdbBackend({ path: process.argv[2] as string });
await backend.write(new Scribe().batch([{ key: 'held', value: true }]));
process.on('message', () => {});
process.send?.('open');
