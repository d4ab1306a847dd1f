/** `npm run docs`: writes the pages that are made from the source. */
import { writeFile } from 'node:fs/promises';
import { machinesPage, path as machinesPath } from './machines-page.js';
import { metricsPage, path as metricsPath } from './metrics-page.js';

await writeFile(machinesPath, machinesPage());
await writeFile(metricsPath, metricsPage());
