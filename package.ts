/**
 * This package: where it is, and its version. What is compiled to `dist/` and what is bundled to `lib/` find it alike: this
 * module is right below it in both.
 */
import { readFileSync } from 'node:fs';

export const packageRoot = new URL('../', import.meta.url);

const { version: ours } = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8'));

export const version: string = ours;
