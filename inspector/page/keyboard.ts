/**
 * Keyboard: what the keys do.
 */
import { causeOf } from '../model/causes.js';
import {
  at,
  choose,
  chosen,
  filtered,
  follow,
  goTo,
  isHelpOpen,
  isWide,
  marked,
  playOrPause,
  selectedActor,
  showAll,
  source,
  spanOf,
  store,
  tab,
  tabs,
  toggleTheme,
  zoom,
} from './state.js';

interface Key {
  readonly keys: readonly string[];
  readonly shown: string;
  readonly meaning: string;
  press(event: KeyboardEvent): void;
}

export const keys: readonly Key[] = [
  { keys: [' '], shown: 'space', meaning: 'play or pause', press: playOrPause },
  {
    keys: ['l'],
    shown: 'l',
    meaning: 'follow what happens now',
    press: () => source.value.kind === 'live' && follow(),
  },
  {
    keys: ['ArrowLeft', 'ArrowRight'],
    shown: '← →',
    meaning: 'the record before, or after; with shift, of the selected machine’s changes of state',
    press: (event) => step(event.key === 'ArrowLeft' ? -1 : 1, event.shiftKey),
  },
  { keys: ['Home'], shown: 'home', meaning: 'to the beginning', press: () => goTo(spanOf()[0]) },
  { keys: ['End'], shown: 'end', meaning: 'to the end', press: () => goTo(spanOf()[1]) },
  {
    keys: ['w'],
    shown: 'w',
    meaning: 'to the cause of the chosen record',
    press: () => {
      const cause = chosen.value === -1 ? -1 : causeOf(store.value, chosen.value);
      if (cause !== -1) choose(cause);
    },
  },
  {
    keys: ['m'],
    shown: 'm',
    meaning: 'mark this instant, to compare others with it',
    press: () => {
      marked.value = at.value;
      tab.value = 'difference';
    },
  },
  {
    keys: ['/'],
    shown: '/',
    meaning: 'to the filter',
    press: (event) => {
      event.preventDefault();
      document.querySelector<HTMLInputElement>('input.filter')?.focus();
    },
  },
  { keys: ['+', '='], shown: '+', meaning: 'zoom in', press: () => zoom(0.6) },
  { keys: ['-'], shown: '−', meaning: 'zoom out', press: () => zoom(1.6) },
  { keys: ['0'], shown: '0', meaning: 'show the whole time', press: showAll },
  {
    keys: tabs.map((_, index) => `${index + 1}`),
    shown: '1 – 4',
    meaning: 'chart, sequence, difference, rates',
    press: (event) => {
      tab.value = tabs[Number(event.key) - 1] ?? 'chart';
    },
  },
  {
    keys: ['f'],
    shown: 'f',
    meaning: 'more room for the chart',
    press: () => {
      isWide.value = !isWide.value;
    },
  },
  { keys: ['t'], shown: 't', meaning: 'light or dark', press: toggleTheme },
  {
    keys: ['?'],
    shown: '?',
    meaning: 'this help',
    press: () => {
      isHelpOpen.value = !isHelpOpen.value;
    },
  },
];

export function pressKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.key === 'Escape') {
    isHelpOpen.value = false;
    target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches('input, select')) return;
  // A button that has been clicked keeps the focus: space would press it again.
  if (event.key === ' ' && target.matches('button')) return;
  const key = keys.find(({ keys }) => keys.includes(event.key));
  if (key === undefined) return;
  event.preventDefault();
  key.press(event);
}

function step(way: -1 | 1, isOfActor: boolean): void {
  const list = isOfActor ? selectedActor.value?.changes : (filtered.value?.rows ?? store.value.rows);
  if (list === undefined || list.length === 0) return;
  const here = chosen.value === -1 ? -1 : list.positionOf(chosen.value);
  const count = list.countUntil(at.value);
  const next = here !== -1 ? here + way : way === 1 ? count : count - 1;
  const row = list.at(Math.min(Math.max(next, 0), list.length - 1));
  if (row !== -1) choose(row);
}
