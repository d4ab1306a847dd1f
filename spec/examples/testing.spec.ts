import { execFile } from 'node:child_process';
import test from 'ava';

test('the example of a simulated cluster finds the bug of its script, and says which seed shows it', async (t) => {
  const args = ['node_modules/jiti/lib/jiti-cli.mjs', 'examples/testing/tally-test.ts'];
  const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
    execFile(process.execPath, args, (error, stdout) => resolve({ code: error?.code ?? 0, stdout }));
  });
  t.is(code, 1);
  t.regex(stdout, /^seed \d+: \d+ counted, \d+ at the manager\n/);
});
