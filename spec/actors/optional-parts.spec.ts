/**
 * What a node does not use, it does not load: looked at in a process of its own.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { freePorts } from '../helpers/ports.js';

const program = fileURLToPath(new URL('../helpers/loaded-modules.js', import.meta.url));

async function loadedBy(t: ExecutionContext, ...args: readonly string[]): Promise<string[]> {
  const stateDir = await mkdtemp(join(tmpdir(), 'muster-'));
  t.teardown(() => rm(stateDir, { recursive: true, force: true }));
  const { stdout } = await promisify(execFile)(process.execPath, [program, stateDir, ...args]);
  return JSON.parse(stdout) as string[];
}

test('without a metrics port neither prom-client nor OpenTelemetry is loaded', async (t) => {
  const packages = await loadedBy(t);
  t.true(packages.includes('zeromq'));
  t.deepEqual(
    packages.filter((name) => name === 'prom-client' || name.startsWith('@opentelemetry/')),
    [],
  );
});

test('with one, prom-client is', async (t) => {
  const [port] = await freePorts(1);
  t.true((await loadedBy(t, String(port))).includes('prom-client'));
});
