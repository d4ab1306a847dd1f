/**
 * State: what the page shows: of which trace, at which instant, and what is chosen. All panels read it; only the functions
 * here change it.
 */
import { batch, computed, effect, signal } from '@preact/signals';
import { FilteredRows, parseFilter } from '../model/filter.js';
import { TraceStore } from '../model/trace-store.js';
import type { TracedActor } from '../model/traced.js';

export const tabs = ['chart', 'sequence', 'difference', 'rates'] as const;
export type Tab = (typeof tabs)[number];

/** Where the trace comes from. */
export interface Source {
  readonly kind: 'live' | 'recording' | 'none';
  readonly name: string;
}

export interface Progress {
  readonly done: number;
  /** 0: not known. */
  readonly total: number;
}

export interface Selection {
  readonly node?: string;
  /** Name of an actor of the node. */
  readonly actor?: string;
}

export const source = signal<Source>({ kind: 'none', name: '' });
export const progress = signal<Progress | undefined>(undefined);
/** Why nothing more comes; empty: all is well. */
export const trouble = signal('');
export const store = signal(new TraceStore());
/** Goes up when the store has got more. */
export const version = signal(0);

/** The instant that all panels show. */
export const at = signal(0);
/** `live`: the instant is now. `playing`: it moves at `speed`. */
export const mode = signal<'live' | 'playing' | 'paused'>('paused');
export const speed = signal(1);
/** What the timeline shows. */
export const view = signal<readonly [number, number]>([0, 1]);
export const selection = signal<Selection>({});
/** Number of the chosen record; -1: none. */
export const chosen = signal(-1);
/** The other instant of a comparison. */
export const marked = signal<number | undefined>(undefined);
export const tab = signal<Tab>('chart');
export const query = signal('');
export const openNodes = signal<ReadonlySet<string>>(new Set());
export const theme = signal<'light' | 'dark' | ''>('');
export const isHelpOpen = signal(false);
/** Whether the panel of the machine has the room of the topology, too. */
export const isWide = signal(false);

/** How many records there are up to the instant: what panels depend on, since nothing else changes what they show. */
export const position = computed(() => {
  version.value;
  return store.value.rows.countUntil(at.value);
});

/** First and last moment of the trace; of a live one, the last is now. */
export function spanOf(): readonly [number, number] {
  const [from, to] = store.value.span;
  if (source.value.kind === 'live' && trouble.value === '') return [from || Date.now(), Math.max(to, Date.now())];
  return [from, Math.max(to, from + 1)];
}

export const filtered = computed(() => {
  const holds = parseFilter(store.value, query.value);
  return holds === undefined ? undefined : new FilteredRows(store.value, holds);
});

export const selectedActor = computed((): TracedActor | undefined => {
  version.value;
  const { node, actor } = selection.value;
  return node === undefined ? undefined : store.value.nodes.get(node)?.actors.get(actor ?? 'node');
});

/** How much of the past a live timeline shows, in ms. */
const liveWindow = 30_000;

export function openTrace(from: Source): void {
  batch(() => {
    source.value = from;
    store.value = new TraceStore();
    version.value += 1;
    chosen.value = -1;
    marked.value = undefined;
    trouble.value = '';
    selection.value = {};
    openNodes.value = new Set();
    mode.value = from.kind === 'live' ? 'live' : 'paused';
    at.value = 0;
    view.value = from.kind === 'live' ? [Date.now() - liveWindow, Date.now()] : [0, 1];
  });
}

/** Goes to an instant, and stays there. */
export function goTo(time: number): void {
  const [from, to] = spanOf();
  batch(() => {
    mode.value = 'paused';
    at.value = Math.min(Math.max(time, from), to);
    reveal(at.value);
  });
}

/** Moves the timeline so that an instant is on it. */
export function reveal(time: number): void {
  const [from, to] = view.value;
  if (time >= from && time <= to) return;
  const width = to - from;
  view.value = [time - width / 2, time + width / 2];
}

/** Chooses a record and goes to its instant. */
export function choose(row: number): void {
  if (row < store.value.first) return;
  const actor = store.value.actor(row);
  const node = store.value.node(row);
  batch(() => {
    chosen.value = row;
    goTo(store.value.time(row));
    if (actor !== undefined && actor.machine !== '') selection.value = { node, actor: actor.name };
    else if (node !== '' && selection.value.node !== node) selection.value = { node };
  });
}

export function select(chosenNow: Selection): void {
  selection.value = chosenNow;
}

export function follow(): void {
  batch(() => {
    const width = Math.min(view.value[1] - view.value[0], 10 * 60_000);
    mode.value = 'live';
    const now = spanOf()[1];
    view.value = [now - width, now];
    at.value = now;
  });
}

export function playOrPause(): void {
  if (mode.value !== 'paused') {
    mode.value = 'paused';
    return;
  }
  const [from, to] = spanOf();
  batch(() => {
    if (at.value >= to - 1) at.value = from;
    reveal(at.value);
    mode.value = 'playing';
  });
}

export function zoom(factor: number, around = at.value): void {
  const [from, to] = view.value;
  const [first, last] = spanOf();
  const width = Math.min(Math.max((to - from) * factor, 0.05), Math.max(60_000, (last - first) * 1.1));
  const share = (around - from) / (to - from);
  const inside = share >= 0 && share <= 1 ? share : 0.5;
  const centre = share >= 0 && share <= 1 ? around : (from + to) / 2;
  view.value = [centre - width * inside, centre + width * (1 - inside)];
}

export function showAll(): void {
  const [from, to] = spanOf();
  const margin = Math.max((to - from) * 0.01, 0.5);
  view.value = [from - margin, to + margin];
}

export function toggleNode(name: string): void {
  const open = new Set(openNodes.value);
  if (!open.delete(name)) open.add(name);
  openNodes.value = open;
}

export function toggleTheme(): void {
  const isDark = theme.value === '' ? matchMedia('(prefers-color-scheme: dark)').matches : theme.value === 'dark';
  theme.value = isDark ? 'light' : 'dark';
}

/** Called for each frame of the screen, with the ms since the last one. */
export function tick(elapsed: number): void {
  if (mode.value === 'paused') return;
  const [, to] = spanOf();
  const [from, until] = view.value;
  const width = until - from;
  batch(() => {
    if (mode.value === 'live') {
      at.value = to;
      view.value = [to - width * 0.97, to + width * 0.03];
      return;
    }
    at.value = Math.min(at.value + elapsed * speed.value, to);
    if (at.value >= to) mode.value = source.value.kind === 'live' ? 'live' : 'paused';
    // Keeps the cursor where it can be seen, and what is to come before it.
    if (at.value > from + width * 0.8 && until < to) view.value = [at.value - width * 0.8, at.value + width * 0.2];
  });
}

effect(() => {
  if (theme.value === '') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});
