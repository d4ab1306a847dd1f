/**
 * Build: makes what the compiler does not, of the same sources.
 */
import { buildBundle } from './bundle.js';
import { buildPage } from './page.js';

await buildBundle();
await buildPage();
