/** Reads what `zeekTsv` writes, escapes undone, to show that nothing gets lost on the way. */

export type ReadValue = string | string[] | undefined;

export interface ReadLog {
  /** Lines that begin with `#`, without it. */
  readonly headers: string[];
  readonly records: Record<string, ReadValue>[];
}

export function readZeekTsv(text: string): ReadLog {
  const headers: string[] = [];
  const records: Record<string, ReadValue>[] = [];
  let names: string[] = [];
  let types: string[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (line.startsWith('#')) {
      headers.push(line.slice(1));
      if (line.startsWith('#fields\t')) names = line.split('\t').slice(1);
      if (line.startsWith('#types\t')) types = line.split('\t').slice(1);
      continue;
    }
    const fields = line.split('\t');
    if (fields.length !== names.length) throw new Error(`${fields.length} fields, not ${names.length}: ${line}`);
    records.push(Object.fromEntries(names.map((name, i) => [name, readField(fields[i] ?? '', types[i] ?? '')])));
  }
  return { headers, records };
}

function readField(field: string, type: string): ReadValue {
  if (field === '-') return undefined;
  if (!/^(set|vector)\[/.test(type)) return readScalar(field);
  return field === '(empty)' ? [] : field.split(',').map(readScalar);
}

function readScalar(field: string): string {
  if (field === '(empty)') return '';
  const bytes = field.split(/(\\x[0-9a-f]{2})/).map((part) => {
    return /^\\x/.test(part) ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part);
  });
  return Buffer.concat(bytes).toString();
}
