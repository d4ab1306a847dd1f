/**
 * Names of nodes and stores. They become topics, directories and log fields, hence the narrow alphabet.
 */
const pattern = /^[A-Za-z0-9._-]{1,64}$/;

/** What a name may be, for messages. */
export const nameRule = '1 to 64 letters, digits, ".", "_" or "-", and not ".", ".." or "__proto__"';

/** Whether `name` may name a node or a store. */
export function isValidName(name: string): boolean {
  return pattern.test(name) && name !== '.' && name !== '..' && name !== '__proto__';
}
