/**
 * States: values of states as text, and what kind of state one is, for its colour and its sign.
 */
import type { StateValue } from '../../trace/record.js';

/** Paths of the innermost active states: `up.doubted.probing`; of regions, joined by ` + `. */
export function stateText(value: StateValue | undefined): string {
  return leavesOf(value).join(' + ');
}

function leavesOf(value: StateValue | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [''];
  return Object.entries(value).flatMap(([name, inner]) =>
    leavesOf(inner).map((leaf) => (leaf === '' ? name : `${name}.${leaf}`)),
  );
}

/** Paths of all states that are active: of `up.responsive`, `up` and `up.responsive`. */
export function activePaths(text: string): string[] {
  const paths = new Set<string>();
  for (const leaf of text.split(' + ')) {
    const names = leaf.split('.');
    names.forEach((_, depth) => {
      paths.add(names.slice(0, depth + 1).join('.'));
    });
  }
  paths.delete('');
  return [...paths];
}

/** `gone`: nothing is known of it any more. `none`: it has not been seen yet. */
export const moods = ['good', 'busy', 'doubt', 'bad', 'over', 'gone', 'none'] as const;
export type Mood = (typeof moods)[number];

/** Of the names of states in Muster's machines; the innermost one that is listed counts. */
const moodOfName: Readonly<Record<string, Mood>> = {
  connecting: 'busy',
  hello: 'busy',
  starting: 'busy',
  loading: 'busy',
  waiting: 'busy',
  syncing: 'busy',
  counting: 'busy',
  up: 'good',
  ready: 'good',
  live: 'good',
  current: 'good',
  started: 'good',
  unresponsive: 'doubt',
  doubted: 'doubt',
  degraded: 'doubt',
  ageing: 'doubt',
  refused: 'doubt',
  restarting: 'doubt',
  leaving: 'busy',
  stopping: 'busy',
  empty: 'busy',
  down: 'bad',
  stale: 'bad',
  failed: 'bad',
  killing: 'bad',
  killed: 'bad',
  closed: 'over',
  left: 'over',
  stopped: 'over',
};

const badness: readonly Mood[] = ['good', 'over', 'busy', 'doubt', 'bad'];

/** What kind of state it is; of several regions, the worst. */
export function moodOf(text: string): Mood {
  const found = text.split(' + ').map((leaf) => {
    const known = leaf.split('.').findLast((name) => Object.hasOwn(moodOfName, name));
    return known === undefined ? 'busy' : (moodOfName[known] as Mood);
  });
  return found.reduce((worst, mood) => (badness.indexOf(mood) > badness.indexOf(worst) ? mood : worst));
}
