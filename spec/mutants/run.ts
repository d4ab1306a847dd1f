/**
 * `npm run mutants`: breaks the source in each of the ways of `mutants.ts`, one at a time, in a copy of the tree, and says what
 * notices: random schedules (`npm run soak`) for a while, else the tests. Prints a table for `docs/testing.md`.
 *
 *   npm run mutants -- --minutes 1 --only "bye"
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Mutant, mutants } from './mutants.js';

const { values } = parseArgs({
  options: {
    /** How long random schedules may look for each. */
    minutes: { type: 'string', default: '1' },
    /** Part of the words of those that are wanted. */
    only: { type: 'string', default: '' },
    /** Whether those that random schedules do not notice are given to the tests. */
    tests: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

/** Inside the project, so that its packages are found. */
const copy = '.mutants';

function makeCopy(): void {
  rmSync(copy, { recursive: true, force: true });
  const files = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n').filter(existsSync);
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(file, join(copy, file));
  }
  build();
}

/** A mutant may not satisfy the compiler: it builds all the same. */
function build(): void {
  spawnSync('npx', ['tsc', '-p', 'tsconfig.json'], { cwd: copy });
  spawnSync(process.execPath, ['dist/build/main.js'], { cwd: copy });
}

function change({ what, file, find, replace }: Mutant): string {
  const source = readFileSync(file, 'utf8');
  if (source.split(find).length !== 2) throw new Error(`mutant "${what}": its text is not once in ${file}`);
  return source.replace(find, () => replace);
}

/** What notices the mutant; undefined: nothing does. */
function hunt(mutant: Mutant): string | undefined {
  const path = join(copy, mutant.file);
  writeFileSync(path, change(mutant));
  build();
  try {
    return bySchedules() ?? (values.tests ? byTests() : undefined);
  } finally {
    cpSync(mutant.file, path);
  }
}

function bySchedules(): string | undefined {
  const began = performance.now();
  const milliseconds = Number(values.minutes) * 60_000;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['dist/spec/testing/soak.js', '--minutes', values.minutes],
    { cwd: copy, encoding: 'utf8', timeout: milliseconds + 60_000, maxBuffer: 64 * 1_024 * 1_024 },
  );
  if (status === 0) return undefined;
  const seconds = Math.ceil((performance.now() - began) / 1_000);
  const why = status === null ? 'a schedule that does not end' : firstFault(stdout + stderr);
  return `schedules, ${seconds} s: ${why}`;
}

function firstFault(output: string): string {
  const line =
    output.split('\n').find((text) => /^\s*(fault|- |✖|Error|.*Error:)/.test(text)) ?? output.split('\n')[0] ?? '';
  return line.trim().slice(0, 120);
}

function byTests(): string | undefined {
  const { status, stdout } = spawnSync('npx', ['ava', '--tap'], {
    cwd: copy,
    encoding: 'utf8',
    timeout: 600_000,
    maxBuffer: 64 * 1_024 * 1_024,
  });
  if (status === 0) return undefined;
  const failed = stdout.split('\n').filter((line) => line.startsWith('not ok'));
  const [first = 'the tests do not end'] = failed.map((line) => line.replace(/^not ok \d+ - /, ''));
  return `tests (${failed.length}): ${first.slice(0, 120)}`;
}

makeCopy();
let survivors = 0;
process.stdout.write('| what is broken | found by |\n| --- | --- |\n');
for (const mutant of mutants.filter(({ what }) => what.includes(values.only))) {
  const found = hunt(mutant);
  if (found === undefined) survivors += 1;
  process.stdout.write(`| ${mutant.what} | ${(found ?? '**nothing**').replaceAll('|', '\\|')} |\n`);
}
rmSync(copy, { recursive: true, force: true });
process.exitCode = survivors === 0 ? 0 : 1;
