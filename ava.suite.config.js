/**
 * All specs, as `npm test` runs them. To start a process costs a third of a second of a core, so specs that start hardly
 * any themselves, take no notice of a busy process, and have no snapshots, share one: a file in spec/together/ imports them. All others have one each.
 * The compiled files are named here: what finds them from the sources would be loaded by each process.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import base from './ava.config.js';

const sources = readdirSync('spec', { recursive: true }).map((path) => path.replaceAll('\\', '/'));
const rooms = sources.filter((path) => /^together\/.*\.ts$/.test(path));
const together = rooms.flatMap((room) =>
  [...readFileSync(join('spec', room), 'utf8').matchAll(/^import '\.\.\/(.*)\.js';$/gm)].map(
    ([, path]) => `${path}.ts`,
  ),
);
const alone = sources.filter((path) => path.endsWith('.spec.ts') && !together.includes(path));
const { typescript, ...rest } = base;

export default { ...rest, files: [...rooms, ...alone].map((path) => `dist/spec/${path.replace(/\.ts$/, '.js')}`) };
