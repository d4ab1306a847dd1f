/**
 * Exposition: reads Prometheus' text format 0.0.4 and OpenMetrics 1.0, as their specifications have it and without a look at
 * what writes them. Whatever they do not allow is an error that names the line.
 */

export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly ReadSample[];
}

type Writable = { -readonly [K in keyof ReadFamily]: K extends 'samples' ? ReadSample[] : ReadFamily[K] };

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const number = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** @throws `Error` */
export function readExposition(text: string, format: 'text' | 'openmetrics'): Map<string, ReadFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const lines = text.slice(0, -1).split('\n');
  const isOpen = format === 'openmetrics';
  if (isOpen && lines.pop() !== '# EOF') throw new Error('no # EOF at the end');
  const families = new Map<string, Writable>();
  const seen = new Set<string>();
  let family: Writable | undefined;
  for (const [at, line] of lines.entries()) {
    const fail = (what: string): never => {
      throw new Error(`line ${at + 1}: ${what}: ${line}`);
    };
    if (line === '') {
      if (isOpen) fail('an empty line');
      continue;
    }
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE|UNIT) (\S+) ?(.*)$/.exec(line) ?? [];
    if (keyword !== undefined) {
      if (family?.name !== name) {
        if (families.has(name) || !metricName.test(name)) fail('a family that begins twice, or has no name');
        family = { name, help: '', type: '', samples: [] };
        families.set(name, family);
      }
      if (family === undefined || family.samples.length > 0) throw fail('a description behind samples');
      if (keyword === 'TYPE') {
        if (family.type !== '' || !/^(counter|gauge|histogram|summary)$/.test(rest)) fail('a type that is none');
        family.type = rest;
      } else {
        if (family.help !== '') fail('described twice');
        family.help = unescapeText(rest, fail);
      }
      continue;
    }
    if (line.startsWith('#')) fail('a comment');
    const sample = readSample(line, fail);
    if (family === undefined || !belongs(sample.name, family, isOpen)) throw fail('a sample outside its family');
    const key = `${sample.name} ${keyOf(sample.labels)}`;
    if (seen.has(key)) fail('the same sample twice');
    seen.add(key);
    family.samples.push(sample);
  }
  for (const one of families.values()) if (one.type === 'histogram') checkHistogram(one);
  for (const { name, type, samples } of families.values()) {
    if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} is below 0`);
  }
  return families;
}

function readSample(line: string, fail: (what: string) => never): ReadSample {
  const [head = ''] = /^[^\s{]+/.exec(line) ?? [];
  if (!metricName.test(head)) fail('a name that is none');
  const labels: Record<string, string> = {};
  let at = head.length;
  if (line[at] === '{') {
    at += 1;
    while (line[at] !== '}') {
      const [whole, name = '', value = ''] = /^([^=]+)="((?:[^"\\]|\\.)*)"/.exec(line.slice(at)) ?? [];
      if (whole === undefined || !labelName.test(name) || name in labels) throw fail('a label that is none');
      labels[name] = unescapeText(value, fail);
      at += whole.length;
      if (line[at] === ',' && line[at + 1] !== '}') at += 1;
      else if (line[at] !== '}') fail('labels that do not end');
    }
    at += 1;
  }
  if (line[at] !== ' ') fail('no space before the value');
  return { name: head, labels, value: readValue(line.slice(at + 1), fail) };
}

function readValue(text: string, fail: (what: string) => never): number {
  if (text === 'NaN') return Number.NaN;
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (!number.test(text)) fail('a value that is no number');
  return Number(text);
}

function unescapeText(text: string, fail: (what: string) => never): string {
  return text.replace(/\\(.)/g, (_, character: string) => {
    if (character === 'n') return '\n';
    if (character === '\\' || character === '"') return character;
    return fail('an escape that is none');
  });
}

function belongs(sample: string, { name, type }: ReadFamily, isOpen: boolean): boolean {
  if (type === 'histogram') return [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(sample);
  if (type === 'summary') return [name, `${name}_sum`, `${name}_count`].includes(sample);
  // In OpenMetrics the family is called without the suffix of its samples.
  return type === 'counter' && isOpen ? sample === `${name}_total` && !name.endsWith('_total') : sample === name;
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort());
}

/** Buckets are cumulative and end with all values. */
function checkHistogram({ name, samples }: ReadFamily): void {
  const groups = new Map<string, ReadSample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    groups.set(keyOf(labels), [...(groups.get(keyOf(labels)) ?? []), sample]);
  }
  for (const [key, group] of groups) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => readValue(labels.le ?? '', fail));
    const counts = buckets.map(({ value }) => value);
    const count = group.find((sample) => sample.name === `${name}_count`)?.value;
    if (group.filter((sample) => sample.name === `${name}_sum`).length !== 1) fail('no sum');
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== count) fail('no last bucket with all values');
    if (bounds.some((bound, i) => i > 0 && bound <= (bounds[i - 1] as number))) fail('bounds that do not grow');
    if (counts.some((own, i) => i > 0 && own < (counts[i - 1] as number))) fail('buckets that are not cumulative');
    function fail(what: string): never {
      throw new Error(`${name} ${key}: ${what}`);
    }
  }
}

/** The value of the one sample with these labels, whatever others it has. */
export function sampled(
  families: ReadonlyMap<string, ReadFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  for (const { samples } of families.values()) {
    for (const sample of samples) {
      if (sample.name !== name) continue;
      if (Object.entries(labels).every(([label, value]) => sample.labels[label] === value)) return sample.value;
    }
  }
  return undefined;
}
