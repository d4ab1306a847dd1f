/**
 * Table: figures in columns, for people; and how numbers are written in them.
 */
import type { Summary } from './statistics.js';

/** The first row names the columns. The first column is text, the others are numbers and stand to the right. */
export type Table = readonly (readonly string[])[];

export function renderTable(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    widths
      .map((width, column) => (row[column] ?? '')[column === 0 ? 'padEnd' : 'padStart'](width))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const [head = [], ...rows] = table;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** `2.48 M`, `816 k`, `77.3` */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 1e6) return `${threeDigits(value / 1e6)} M`;
  if (value >= 1e4) return `${threeDigits(value / 1e3)} k`;
  return threeDigits(value);
}

export function range({ min, max }: Summary): string {
  return `${short(min)} – ${short(max)}`;
}

function threeDigits(value: number): string {
  if (value === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 3));
}
