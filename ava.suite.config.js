/**
 * All specs, as `npm test` runs them. To start a process costs a third of a second of a core, so specs that start none
 * themselves, and have no snapshots, share one: a file in spec/together/ imports them. All others have one each.
 */
import { readdirSync, readFileSync } from 'node:fs';
import base from './ava.config.js';

const folder = new URL('spec/together/', import.meta.url);
const together = readdirSync(folder).flatMap((file) =>
  [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^import '\.\.\/(.*)\.js';$/gm)].map(([, path]) => path),
);

export default { ...base, files: ['spec/together/*.ts', ...base.files, ...together.map((path) => `!spec/${path}.ts`)] };
