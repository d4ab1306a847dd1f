/**
 * Feed: brings a trace into the store: from the server, which sends a recording or what happens now, or from a file that
 * was dropped onto the page.
 */
import { batch } from '@preact/signals';
import { nodeNames } from '../model/lanes.js';
import { at, openTrace, progress, selection, showAll, source, spanOf, store, trouble, version } from './state.js';

/** What the server says of what it has. */
interface About {
  readonly kind: 'live' | 'recording';
  readonly name: string;
  /** Bytes of a recording. */
  readonly size: number;
}

/** A page that loads lets the screen be drawn so often, in ms. */
const slice = 40;
/** The server is asked again after so long, in ms. */
const retryInterval = 1_000;

/** Ends what is being read, when something else is opened. */
let reading = new AbortController();

export async function openServed(): Promise<void> {
  const { signal } = restart();
  const about = (await (await fetch('./about')).json()) as About;
  // Something else has been dropped onto the page meanwhile.
  if (signal.aborted) return;
  openTrace({ kind: about.kind, name: about.name });
  for (;;) {
    try {
      const response = await fetch('./feed', { signal });
      if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
      trouble.value = '';
      await read(response.body, about.size, signal);
      if (about.kind === 'live') trouble.value = 'the feed has ended';
    } catch (error) {
      trouble.value = error instanceof Error ? error.message : String(error);
    }
    if (signal.aborted || about.kind === 'recording') return;
    await new Promise((resolve) => setTimeout(resolve, retryInterval));
  }
}

export async function openFile(file: File): Promise<void> {
  const { signal } = restart();
  openTrace({ kind: 'recording', name: file.name });
  await read(file.stream(), file.size, signal);
}

function restart(): AbortController {
  reading.abort();
  reading = new AbortController();
  return reading;
}

async function read(stream: ReadableStream<Uint8Array>, total: number, signal: AbortSignal): Promise<void> {
  const isLive = source.value.kind === 'live';
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  signal.addEventListener('abort', () => void reader.cancel().catch(() => {}));
  let rest = '';
  let done = 0;
  let drawn = performance.now();
  for (;;) {
    const { value, done: isOver } = await reader.read();
    if (signal.aborted) return;
    const text = rest + decoder.decode(value ?? new Uint8Array(), { stream: !isOver });
    const lines = text.split('\n');
    rest = isOver ? '' : (lines.pop() ?? '');
    store.value.append(lines);
    done += value?.length ?? 0;
    if (isLive) schedule();
    else if (isOver || performance.now() - drawn > slice) {
      progress.value = isOver ? undefined : { done, total };
      await nextTask();
      drawn = performance.now();
    }
    if (isOver) break;
  }
  if (!isLive) show();
}

/** A recording is shown as a whole, at its end, once it is there: what is asked for in the address comes first. */
function show(): void {
  batch(() => {
    version.value += 1;
    if (at.value === 0) {
      at.value = spanOf()[1];
      showAll();
    }
    preselect();
  });
}

/** Something is selected from the start, so that the page shows what it can. */
function preselect(): void {
  const node = nodeNames(store.value).find((name) => store.value.nodes.get(name)?.actors.has('node'));
  if (selection.value.node === undefined && node !== undefined) selection.value = { node, actor: 'node' };
}

let isScheduled = false;

/** What came is shown with the next frame of the screen. */
function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    batch(() => {
      version.value += 1;
      preselect();
    });
  });
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(undefined);
  });
}
