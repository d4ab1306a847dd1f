/**
 * Endings: a node keeps its process alive until it has left, and in no other way gets in the way of its end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { guard } from '../helpers/node-process-guard.js';
import { TestCluster } from '../helpers/test-cluster.js';
import { LocalMember, times } from './members.js';

const program = fileURLToPath(new URL('../helpers/node-process-endings.js', import.meta.url));

interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a node that ends in this way once numbers flow to and from `flows`; without any, at once. */
async function runToItsEnd(
  t: ExecutionContext,
  cluster: TestCluster,
  ending: string,
  name: string,
  flows: string[],
): Promise<End> {
  const options = { stateDir: cluster.stateDir, retryInterval: 50, logLevel: 'warn' };
  const assignment = JSON.stringify({ name, layout: cluster.layout, options, flows });
  const child: ChildProcess = spawn(process.execPath, ['--conditions=development', program, ending, assignment], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  guard(child);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) child[stream]?.on('data', (text) => (output[stream] += text));
  const [code] = await once(child, 'close');
  return { code, ...output };
}

const endings = {
  leave: { code: 0, stdout: 'left\n', stderr: /^$/ },
  exit: { code: 7, stdout: '', stderr: /^$/ },
  throw: { code: 1, stdout: '', stderr: /Error: thrown on purpose/ },
  reject: { code: 1, stdout: '', stderr: /Error: rejected on purpose/ },
} as const;
for (const [name, other, how] of [
  ['worker-1', 'manager', ['leave', 'exit', 'throw', 'reject']],
  ['manager', 'worker-1', ['leave', 'exit']],
] as const) {
  for (const ending of how) {
    test(`the process of a ${name} under load ends as it should: ${ending}`, async (t) => {
      const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
      const peer = await LocalMember.start(cluster, other, [name]);
      const expected = endings[ending];
      const { code, stdout, stderr } = await runToItsEnd(t, cluster, ending, name, [other]);
      t.deepEqual({ code, stdout }, { code: expected.code, stdout: expected.stdout });
      t.regex(stderr, expected.stderr);
      await cluster.until(() => peer.facts.some(([kind]) => kind === 'node_down'));
      t.is(times(peer, 'node_up', String(peer.facts.find(([kind]) => kind === 'node_up')?.[2])), 1);
    });
  }
}

for (const name of ['manager', 'worker-1']) {
  test(`a ${name} that leaves while nobody is there ends too`, async (t) => {
    const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
    const { code, stdout } = await runToItsEnd(t, cluster, 'leave', name, []);
    t.deepEqual({ code, stdout }, { code: 0, stdout: 'left\n' });
  });
}
