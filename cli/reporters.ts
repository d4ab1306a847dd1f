/**
 * Reporters: show what a supervisor tells, on a terminal, as plain lines, or as NDJSON.
 */
import type { WriteStream } from 'node:tty';
import type { NodeStatus, SupervisorEvent } from './messages.js';
import { alignColumns, colourState, peersOf, type Word, wordFor } from './words.js';

export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

export type Report = (event: SupervisorEvent) => void;

/** One JSON object per line, on stdout. */
export function jsonReporter({ stdout }: Streams): Report {
  return (event) => void stdout.write(`${JSON.stringify(event)}\n`);
}

/** One line per event; what went wrong on stderr. */
export function plainReporter({ stdout, stderr }: Streams): Report {
  const lineFor = createLines();
  return (event) => {
    const line = lineFor(event);
    if (line !== undefined) (line.isBad ? stderr : stdout).write(`${line.text}\n`);
  };
}

/**
 * A line per node with its state, redrawn in place below everything else until the cluster has started; then lines, as
 * things change.
 */
export function terminalReporter(
  terminal: WriteStream,
  stderr: NodeJS.WritableStream,
  nodes: () => NodeStatus[],
): Report {
  const lineFor = createLines();
  let drawn = 0;
  let isDrawing = true;
  const erase = () => {
    // Up to the first line of the block, then clear to the end of the screen.
    if (drawn > 0) terminal.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = () => {
    const lines = block(nodes(), terminal.columns ?? 80, terminal.rows ?? 24);
    terminal.write(lines.map((line) => `${line}\n`).join(''));
    drawn = lines.length;
  };

  return (event) => {
    const line = isDrawing && event.type === 'state' ? undefined : lineFor(event);
    if (line === undefined && !isDrawing) return;
    erase();
    if (event.type === 'started' || event.type === 'stopping' || event.type === 'ended') {
      if (isDrawing) draw();
      isDrawing = false;
      drawn = 0;
    }
    if (line !== undefined) (line.isBad ? stderr : terminal).write(`${line.text}\n`);
    if (isDrawing) draw();
  };
}

function createLines(): (event: SupervisorEvent) => Word | undefined {
  let isStopping = false;
  /** Nodes that leave by themselves, just now. */
  const leaving = new Set<string>();
  return (event) => {
    isStopping ||= event.type === 'stopping';
    if (event.type === 'state') {
      const { name, state } = event.node;
      if (state === 'leaving') leaving.add(name);
      else leaving.delete(name);
    }
    if (event.type !== 'output') return wordFor(event, isStopping || leaving.size > 0);
    return { text: `${event.name} | ${event.line}`, isBad: event.stream === 'stderr' };
  };
}

/** The nodes as lines that fit the terminal: a line that wraps, or scrolls away, could not be redrawn. */
function block(nodes: readonly NodeStatus[], columns: number, rows: number): string[] {
  const room = Math.max(1, rows - 2);
  const shown = nodes.length > room ? nodes.slice(0, room - 1) : nodes;
  const rest = nodes.slice(shown.length);
  const cells = shown.map((node) => [node.state, peersOf(node), node.name, node.nodeType, node.address ?? '-']);
  const lines = alignColumns(cells).map(([state = '', ...others], i) => {
    const line = others.join('  ').slice(0, Math.max(0, columns - state.length - 3));
    return `${colourState((shown[i] as NodeStatus).state, state)}  ${line}`;
  });
  if (rest.length === 0) return lines;
  return [...lines, `… and ${rest.length} more, ${rest.filter(({ state }) => state === 'ready').length} ready`];
}
