/**
 * Help: options that several commands take, and what `--help` says after them.
 */
import { InvalidArgumentError, Option } from 'commander';
import { exitCodes, exitMeanings } from './exit-codes.js';
import { type Json, readWord } from './stores/notation.js';

export function jsonOption(): Option {
  return new Option('--json', 'print JSON, one object per line');
}

export function stateDirOption(description: string): Option {
  return new Option('--state-dir <dir>', `${description} (default: .muster beside the layout)`);
}

export function loadOption(description: string): Option {
  return new Option('--load <script>', description)
    .default([], 'none')
    .argParser((path: string, all: readonly string[]) => [...all, path]);
}

/** The largest delay of a timer is 2³¹ − 1 ms. */
export function milliseconds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0 && value < 2 ** 31) return value;
  throw new InvalidArgumentError('Expected a number of milliseconds, 1–2147483647.');
}

/** A whole number, at least 1. */
export function count(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number, 1 or more.');
}

/** A word of the command line, in the notation of stores. */
export function word(text: string): Json {
  try {
    return readWord(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

export function codes(...names: readonly (keyof typeof exitCodes)[]): string {
  const width = Math.max(...names.map((name) => `${exitCodes[name]}`.length));
  const lines = names.map((name) => `  ${`${exitCodes[name]}`.padEnd(width)}  ${exitMeanings[name]}`);
  return `\nExit codes:\n${lines.join('\n')}`;
}
