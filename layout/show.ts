/**
 * Values and suggestions in messages.
 */
import { inspect } from 'node:util';

const maxLength = 80;

/** `value` as a message shows it: short, on one line, strings in double quotes. */
export function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value.slice(0, maxLength))
      : inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true, customInspect: false, depth: 1 });
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
}

/** `"a", "b" or "c"`, cut short when there are many. */
export function showChoice(values: readonly string[]): string {
  const shown = values.slice(0, 20).map(show);
  if (values.length > shown.length) return `${shown.join(', ')} … (${values.length} in all)`;
  const last = shown.pop() ?? 'nothing';
  return shown.length > 0 ? `${shown.join(', ')} or ${last}` : last;
}

/** `; did you mean "x"?` when one of `candidates` resembles `word`, else nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const best = mostSimilar(word, candidates);
  return best === undefined ? '' : `; did you mean ${show(best)}?`;
}

/** Spelling apart (`node_type` for `nodeType`), a third of the letters may differ. */
function mostSimilar(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 100) return undefined;
  const plain = plainLetters(word);
  let best: string | undefined;
  let bestDistance = Math.floor(plain.length / 3) + 0.5;
  for (const candidate of candidates) {
    const distance = editDistance(plain, plainLetters(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function plainLetters(word: string): string {
  return word.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** Levenshtein's distance, by rows. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
