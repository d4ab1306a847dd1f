/**
 * Moods: how a state looks. Colours of Okabe and Ito, which colour-blind people tell apart, and a sign for each.
 */
import type { Mood } from '../model/states.js';

export const signs: Readonly<Record<Mood, string>> = {
  good: '●',
  busy: '◐',
  doubt: '▲',
  bad: '✕',
  over: '■',
  gone: '⊘',
  none: '◌',
};

export const moodWords: Readonly<Record<Mood, string>> = {
  good: 'well',
  busy: 'on its way',
  doubt: 'in doubt',
  bad: 'down',
  over: 'ended',
  gone: 'its process is gone',
  none: 'not seen',
};

/** Of an edge on the topology. */
export const dashes: Readonly<Record<Mood, string>> = {
  good: 'none',
  busy: '5 3',
  doubt: '9 3 2 3',
  bad: '2 4',
  over: '1 5',
  gone: '1 5',
  none: '1 5',
};
