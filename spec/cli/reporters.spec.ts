import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import test from 'ava';
import type { NodeStatus, SupervisorEvent } from '../../cli/messages.js';
import { jsonReporter, plainReporter, terminalReporter } from '../../cli/reporters.js';

const ts = 1_700_000_000_000;

function nodeStatus(name: string, state: NodeStatus['state'] = 'loading'): NodeStatus {
  const peers = { peersUp: state === 'ready' ? 3 : 0, peersExpected: state === 'loading' ? 0 : 3 };
  return {
    name,
    nodeType: 'worker',
    address: null,
    state,
    id: null,
    pid: 1,
    since: ts,
    ...peers,
    restarts: 0,
    lastExit: null,
  };
}

function changed(
  name: string,
  state: NodeStatus['state'],
  previous: NodeStatus['state'] | null = null,
): SupervisorEvent {
  return { ts, type: 'state', node: nodeStatus(name, state), previous };
}

/** A stream that remembers what was written to it. */
function fakeStream(columns = 80, rows = 24) {
  const written: string[] = [];
  const write = (text: string) => {
    written.push(text);
    return true;
  };
  return { stream: { write, columns, rows } as unknown as WriteStream, written, text: () => written.join('') };
}

const csi = '\u001b\\[';
const controls = new RegExp(`(${csi}\\d+A|${csi}J|\n)`);
const up = new RegExp(`^${csi}(\\d+)A$`);

/** What a terminal shows that understands only what the reporter uses: lines, up, clear to the end. */
function screenOf(text: string): string[] {
  const lines = [''];
  let row = 0;
  for (const part of text.split(controls)) {
    const rows = up.exec(part)?.[1];
    if (rows !== undefined) row -= Number(rows);
    else if (part === '\u001b[J') lines.splice(row, lines.length, '');
    else if (part === '\n') lines[++row] ??= '';
    else lines[row] += stripVTControlCharacters(part);
  }
  return lines.slice(0, -1);
}

test('plain: what went well is on stdout, what did not on stderr', (t) => {
  const [out, err] = [fakeStream(), fakeStream()];
  const report = plainReporter({ stdout: out.stream, stderr: err.stream });
  report(changed('worker-1', 'loading'));
  report(changed('worker-1', 'connecting', 'starting'));
  report(changed('worker-1', 'ready', 'connecting'));
  report({ ts, type: 'started', seconds: 0.94 });
  report({ ts, type: 'output', name: 'worker-1', stream: 'stdout', line: 'counting' });
  report({ ts, type: 'output', name: 'worker-1', stream: 'stderr', line: 'careful' });
  report({ ts, type: 'died', name: 'worker-1', reason: 'exit code 3', restartDelay: 16_000 });
  report({ ts, type: 'lost', name: 'worker-1', unacknowledged: { manager: 3, 'logger-1': 1 } });
  t.is(out.text(), 'worker-1: joined\nworker-1: ready\ncluster started in 0.9 s\nworker-1 | counting\n');
  t.is(
    err.text(),
    'worker-1 | careful\n' +
      'worker-1: exit code 3; restarts in 16 s\n' +
      'worker-1: it left with events that were not acknowledged: 3 by manager, 1 by logger-1\n',
  );
});

test('plain: a change of peers alone is no line, nor is a node that loses its peers while all are stopped', (t) => {
  const [out, err] = [fakeStream(), fakeStream()];
  const report = plainReporter({ stdout: out.stream, stderr: err.stream });
  report(changed('manager', 'ready', 'ready'));
  report(changed('manager', 'degraded', 'ready'));
  t.is(err.text(), 'manager: degraded, 0 of 3 peers up\n');
  report({ ts, type: 'stopping', reason: 'SIGTERM' });
  report(changed('manager', 'degraded', 'ready'));
  report(changed('manager', 'stopped', 'stopping'));
  t.is(err.text(), 'manager: degraded, 0 of 3 peers up\n');
  t.is(out.text(), 'stopping: SIGTERM\nmanager: stopped\n');
});

test('json: every event is a line', (t) => {
  const { stream, written } = fakeStream();
  const report = jsonReporter({ stdout: stream, stderr: stream });
  const events: SupervisorEvent[] = [changed('manager', 'ready'), { ts, type: 'killed', name: 'manager' }];
  for (const event of events) report(event);
  t.deepEqual(
    written.map((line) => JSON.parse(line)),
    events,
  );
});

test('terminal: a line per node is redrawn in place, below what nodes write, until the cluster has started', (t) => {
  const { stream, text } = fakeStream();
  const nodes = [nodeStatus('worker-1'), nodeStatus('worker-2')];
  const report = terminalReporter(stream, stream, () => nodes);
  report(changed('worker-1', 'loading'));
  t.deepEqual(screenOf(text()), ['loading  -  worker-1  worker  -', 'loading  -  worker-2  worker  -']);

  nodes[0] = nodeStatus('worker-1', 'ready');
  report(changed('worker-1', 'ready', 'connecting'));
  report({ ts, type: 'output', name: 'worker-1', stream: 'stdout', line: 'counting' });
  t.deepEqual(screenOf(text()), [
    'worker-1 | counting',
    'ready    3/3  worker-1  worker  -',
    'loading  -    worker-2  worker  -',
  ]);

  nodes[1] = nodeStatus('worker-2', 'ready');
  report({ ts, type: 'started', seconds: 0.9 });
  report(changed('worker-1', 'ready', 'ready'));
  report({ ts, type: 'died', name: 'worker-2', reason: 'killed by SIGKILL', restartDelay: 1_000 });
  t.deepEqual(screenOf(text()), [
    'worker-1 | counting',
    'ready  3/3  worker-1  worker  -',
    'ready  3/3  worker-2  worker  -',
    'cluster started in 0.9 s',
    'worker-2: killed by SIGKILL; restarts in 1 s',
  ]);
});

test('terminal: what does not fit is left out, so that it can be redrawn', (t) => {
  const { stream, text } = fakeStream(24, 7);
  const nodes = Array.from({ length: 12 }, (_, i) => nodeStatus(`worker-${i + 1}`, i < 6 ? 'ready' : 'loading'));
  const report = terminalReporter(stream, stream, () => nodes);
  report(changed('worker-1', 'ready'));
  report(changed('worker-2', 'ready'));
  const screen = screenOf(text());
  t.is(screen.length, 5);
  t.true(screen.every((line) => line.length < 24));
  t.is(screen.at(-1), '… and 8 more, 2 ready'.slice(0, 23));
});
