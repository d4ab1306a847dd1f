/**
 * Kinds: what messages have in common that differ only in numbers and in what they quote.
 */

/** Longest kind, in characters: it may come from a hostile peer. */
const maxLength = 200;

/** The kind of a message, for a limit on how often each is told. */
export function kindOf(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"|0x[0-9a-f]+|\d+/g, '*').slice(0, maxLength);
}
