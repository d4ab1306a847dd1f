import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { askStatus, askStop } from '../../cli/control-client.js';
import { type AnswerRequest, openControlSocket } from '../../cli/control-socket.js';
import type { ClusterStatus } from '../../cli/messages.js';
import { connectControl, socketTarget, supervisorFiles } from '../../cli/state-dir.js';
import { emptyDirectory } from './workbench.js';

const status: ClusterStatus = {
  pid: 1,
  state: 'running',
  layout: null,
  stateDir: '/x',
  startedAt: 0,
  nodes: [],
  elsewhere: [],
};
const answerStatus: AnswerRequest = (_, answer) => answer({ type: 'status', ...status });

async function open(t: ExecutionContext, stateDir: string, answer = answerStatus) {
  const control = await openControlSocket(stateDir, answer);
  t.teardown(() => control.close());
  return control;
}

/** A socket file on which nobody answers, as a supervisor leaves it that was killed. */
async function leaveStale(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
}

test('a supervisor is asked through a socket that only its user may use', async (t) => {
  const stateDir = join(emptyDirectory(t), '.muster');
  await open(t, stateDir);
  const files = supervisorFiles(stateDir);
  t.is(statSync(stateDir).mode & 0o777, 0o700);
  t.is(statSync(files.socket).mode & 0o777, 0o600);
  t.is(statSync(files.pid).mode & 0o777, 0o600);
  t.is(readFileSync(files.pid, 'utf8'), `${process.pid}\n`);
  t.deepEqual(await askStatus(stateDir), { type: 'status', ...status } as ClusterStatus);
});

test('a state directory has one supervisor; the second one is told its pid', async (t) => {
  const stateDir = emptyDirectory(t);
  await open(t, stateDir);
  const error = await t.throwsAsync(open(t, stateDir), { code: 'MUSTER_SUPERVISOR_RUNNING' });
  t.true(error.message.includes(`pid ${process.pid}`));
  t.true(error.message.includes(stateDir));
  await t.notThrowsAsync(askStatus(stateDir));
});

test('of many that start at once, one gets the state directory, also where a dead one has left its socket', async (t) => {
  const stateDir = emptyDirectory(t);
  await leaveStale(supervisorFiles(stateDir).socket);
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => open(t, stateDir)));
  t.is(all.filter(({ status }) => status === 'fulfilled').length, 1);
  await t.notThrowsAsync(askStatus(stateDir));
});

test('what a dead supervisor has left is replaced', async (t) => {
  const stateDir = emptyDirectory(t);
  const files = supervisorFiles(stateDir);
  await leaveStale(files.socket);
  writeFileSync(files.pid, '4194304\n');
  const error = await t.throwsAsync(askStatus(stateDir), { code: 'MUSTER_SUPERVISOR_ABSENT' });
  t.regex(error.message, /pid 4194304, did not end in peace/);
  await open(t, stateDir);
  await t.notThrowsAsync(askStatus(stateDir));
  t.is(readFileSync(files.pid, 'utf8'), `${process.pid}\n`);
  t.deepEqual(readdirSync(stateDir).sort(), ['supervisor.pid', 'supervisor.sock']);
});

test('a pid that another process has by now proves nothing', async (t) => {
  const stateDir = emptyDirectory(t);
  writeFileSync(supervisorFiles(stateDir).pid, `${process.ppid}\n`);
  await t.throwsAsync(askStatus(stateDir), { code: 'MUSTER_SUPERVISOR_ABSENT' });
  await t.notThrowsAsync(open(t, stateDir));
});

test('closed, nothing is left but the directory', async (t) => {
  const stateDir = emptyDirectory(t);
  (await open(t, stateDir)).close();
  t.deepEqual(readdirSync(stateDir), []);
  await t.throwsAsync(askStop(stateDir, undefined), { code: 'MUSTER_SUPERVISOR_ABSENT' });
});

test('where the path is too long for a socket, it is a link to one', async (t) => {
  const stateDir = join(emptyDirectory(t), 'd'.repeat(120));
  const { socket } = supervisorFiles(stateDir);
  const control = await open(t, stateDir);
  t.true(lstatSync(socket).isSymbolicLink());
  const target = socketTarget(socket);
  t.is(statSync(target).mode & 0o777, 0o600);
  await t.notThrowsAsync(askStatus(stateDir));
  await t.throwsAsync(open(t, stateDir), { code: 'MUSTER_SUPERVISOR_RUNNING' });
  control.close();
  t.false(existsSync(target));
  t.deepEqual(readdirSync(stateDir), []);
});

test('a link to the socket of a dead supervisor is replaced, too', async (t) => {
  const stateDir = join(emptyDirectory(t), 'd'.repeat(120));
  mkdirSync(stateDir);
  symlinkSync(join(emptyDirectory(t), 'gone', 'supervisor.sock'), supervisorFiles(stateDir).socket);
  await open(t, stateDir);
  await t.notThrowsAsync(askStatus(stateDir));
});

test('a request that is none is answered with what is wrong with it', async (t) => {
  const stateDir = emptyDirectory(t);
  await open(t, stateDir);
  for (const [request, answer] of [
    ['{', /not JSON/],
    ['null', /unknown request/],
    ['{"type":"dance"}', /unknown request/],
    ['{"type":"store","operation":"keys"}', /"store" must be its name/],
    ['{"type":"stop","timeout":"soon"}', /"timeout" must be a number/],
    ['{"type":"stop","timeout":-1}', /"timeout" must be a number/],
  ] as const) {
    const socket = await connectControl(supervisorFiles(stateDir).socket);
    socket?.write(`${request}\n`);
    const [data] = await once(socket as NodeJS.EventEmitter, 'data');
    t.regex(JSON.parse(`${data}`).message, answer);
    socket?.destroy();
  }
});
