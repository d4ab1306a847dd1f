import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import test from 'ava';
import { createDiagnostics, type DiagnosticsLevel } from '../../logs/diagnostics.js';

class Screen extends EventEmitter {
  text = '';
  isTTY = false;
  write(text: string): void {
    this.text += text;
  }
  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

function startDiagnostics(level: DiagnosticsLevel = 'debug', screen = new Screen()) {
  const runtime = { now: () => Date.UTC(2026, 10, 21, 10, 0, 0, 123) };
  return { screen, diagnostics: createDiagnostics({ level, name: 'worker-1', runtime, stream: screen }) };
}

test('a message is one line: time, level, node, message, details', (t) => {
  const { screen, diagnostics } = startDiagnostics();
  diagnostics.info('listening on 127.0.0.1:27762');
  diagnostics.warn('peer is slow', { peer: 'proxy-1', waiting: 3, since: { at: 1n } });
  t.deepEqual(screen.lines, [
    '2026-11-21T10:00:00.123Z INFO worker-1 listening on 127.0.0.1:27762',
    "2026-11-21T10:00:00.123Z WARN worker-1 peer is slow { peer: 'proxy-1', waiting: 3, since: { at: 1n } }",
  ]);
});

const levels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
for (const [severity, level] of levels.entries()) {
  test(`at level ${level}, what is less severe is left out`, (t) => {
    const { screen, diagnostics } = startDiagnostics(level);
    for (const name of ['error', 'warn', 'info', 'debug'] as const) diagnostics[name](name);
    t.deepEqual(
      screen.lines.map((line) => line.split(' ')[1]?.toLowerCase()),
      levels.slice(1, severity + 1),
    );
  });
}

test('nothing of a hostile message reaches the terminal raw', (t) => {
  const { screen, diagnostics } = startDiagnostics();
  diagnostics.error('a\nb\r\t\x1b[2J\x07\x7f\u009b31m\u2028\u202eevil\ud800 %s %d {{name}}', { peer: '\x1b]0;x\x07' });
  t.deepEqual(screen.lines, [
    '2026-11-21T10:00:00.123Z ERROR worker-1 a\\nb\\x0d\\x09\\x1b[2J\\x07\\x7f\\x9b31m\\u2028\\u202eevil\\ud800 ' +
      "%s %d {{name}} { peer: '\\x1B]0;x\\x07' }",
  ]);
});

test('messages and details without end are cut', (t) => {
  const { screen, diagnostics } = startDiagnostics();
  diagnostics.error('x'.repeat(1_000_000), { y: 'y'.repeat(1_000_000) });
  t.is(screen.lines.length, 1);
  t.true(screen.text.length < 10_000);
  t.regex(screen.text, /x… \(\d+ more\)/);
});

test('details can be anything: errors with their stack, cycles, what throws when it is shown', (t) => {
  const { screen, diagnostics } = startDiagnostics();
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  diagnostics.error('a', { error: new TypeError('boom') });
  diagnostics.error('b', cycle);
  diagnostics.error('c', {
    [Symbol.for('nodejs.util.inspect.custom')]() {
      throw new Error('not me');
    },
  });
  t.is(screen.lines.length, 3);
  t.regex(screen.lines[0] ?? '', /TypeError: boom\\n +at /);
  t.regex(screen.lines[1] ?? '', /\[Circular \*1\]/);
  t.regex(screen.lines[2] ?? '', /cannot be shown.*not me/);
});

test('lines are coloured on a terminal only', (t) => {
  const screen = new Screen();
  screen.isTTY = true;
  const { diagnostics } = startDiagnostics('info', screen);
  diagnostics.error('red');
  t.true(screen.text.includes('\x1b['));
  t.is(screen.lines.length, 1);
});

test('a stream that fails ends nothing, and many diagnostics share one listener', (t) => {
  const screen = new Screen();
  for (let i = 0; i < 20; i++) startDiagnostics('info', screen);
  t.is(screen.listenerCount('error'), 1);
  t.notThrows(() => screen.emit('error', new Error('EPIPE')));
  screen.write = () => {
    throw new Error('gone');
  };
  t.notThrows(() => startDiagnostics('info', screen).diagnostics.info('into the void'));
});

test('they go to stderr, and nothing goes to stdout', (t) => {
  const module = new URL('../../logs/diagnostics.js', import.meta.url).href;
  const script = `import { createDiagnostics } from '${module}';
    createDiagnostics({ level: 'info', name: 'n' }).info('hello');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  t.is(stdout, '');
  t.regex(stderr, /^\d{4}-\d\d-\d\dT[\d:.]+Z INFO n hello\n$/);
});
