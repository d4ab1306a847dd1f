/**
 * Address: what is shown, in the fragment of the page's address, so that a link leads to the same instant and choice.
 * Times are in ms since 1970: a link is good for as long as the trace is there.
 */
import { batch, effect } from '@preact/signals';
import {
  at,
  chosen,
  goTo,
  mode,
  query,
  selection,
  source,
  store,
  type Tab,
  tab,
  tabs,
  version,
  view,
} from './state.js';

/** The address is written at most once in so many ms. */
const writeInterval = 300;

/** What was asked for and is not there yet. */
let wanted: URLSearchParams | undefined = new URLSearchParams(location.hash.slice(1));
let writing: ReturnType<typeof setTimeout> | undefined;

/** Reads the address, and keeps it as the page is. */
export function keepAddress(): void {
  window.addEventListener('hashchange', () => {
    wanted = new URLSearchParams(location.hash.slice(1));
    apply();
  });
  // A recording is there once its end is known, which is when the version goes up.
  effect(() => {
    version.value;
    if (store.value.size > 0) apply();
  });
  effect(() => {
    const text = addressOf();
    clearTimeout(writing);
    writing = setTimeout(() => {
      if (wanted === undefined && location.hash.slice(1) !== text) history.replaceState(null, '', `#${text}`);
    }, writeInterval);
  });
}

function addressOf(): string {
  const { node, actor } = selection.value;
  const address = new URLSearchParams();
  if (mode.value === 'paused' && at.value > 0 && source.value.kind !== 'none') {
    address.set('at', at.value.toFixed(3));
    address.set('view', view.value.map((time) => time.toFixed(3)).join('_'));
  }
  if (node !== undefined) address.set('node', node);
  if (actor !== undefined) address.set('actor', actor);
  if (tab.value !== 'chart') address.set('tab', tab.value);
  if (query.value !== '') address.set('filter', query.value);
  if (chosen.value >= store.value.first && chosen.value !== -1) {
    const row = chosen.value;
    address.set('record', [store.value.node(row), store.value.life(row).id, store.value.sequence(row)].join('/'));
  }
  return address.toString();
}

function apply(): void {
  const address = wanted;
  if (address === undefined) return;
  wanted = undefined;
  const get = (name: string) => address.get(name) ?? undefined;
  batch(() => {
    const [node, actor] = [get('node'), get('actor')];
    if (node !== undefined) selection.value = actor === undefined ? { node } : { node, actor };
    const tabName = get('tab');
    if (tabs.includes(tabName as Tab)) tab.value = tabName as Tab;
    query.value = get('filter') ?? query.value;
    const [recordNode, id, sequence] = get('record')?.split('/') ?? [];
    if (recordNode !== undefined && id !== undefined) {
      chosen.value = store.value.rowOf({ node: recordNode, id, sequence: Number(sequence) });
    }
    const [from, to] = (get('view') ?? '').split('_').map(Number);
    if (from !== undefined && to !== undefined && to > from) view.value = [from, to];
    const time = Number(get('at'));
    if (time > 0) goTo(time);
    else if (chosen.value !== -1) goTo(store.value.time(chosen.value));
  });
}
