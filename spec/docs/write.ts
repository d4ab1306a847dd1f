/** `npm run docs`: writes the pages that are made from the source. */
import { writeFile } from 'node:fs/promises';
import { machinesPage, path } from './machines-page.js';

await writeFile(path, machinesPage());
