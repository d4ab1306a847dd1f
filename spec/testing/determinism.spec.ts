import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const program = fileURLToPath(new URL('./one-run.js', import.meta.url));

async function run(seed: number): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(seed)], { maxBuffer: 2 ** 26 });
  return stdout;
}

test('the same seed gives the same run in two processes, byte for byte', async (t) => {
  const [one, again, other] = await Promise.all([run(7), run(7), run(8)]);
  t.true(one.split('\n').length > 200);
  t.is(one, again);
  t.not(one, other);
});
