/**
 * Export: what is shown, as files.
 */
import { filtered, store, view } from './state.js';

/** Of these, an exported chart keeps what the page's style says. */
const kept = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'font-style',
  'text-anchor',
];

export function saveText(name: string, text: string, type: string): void {
  save(name, new Blob([text], { type }));
}

/** The records that are on the timeline and pass the filter, as NDJSON. */
export function saveVisible(): void {
  const rows = filtered.value?.rows ?? store.value.rows;
  const [from, to] = view.value;
  const end = rows.countUntil(to);
  const lines: string[] = [];
  for (let position = rows.countUntil(from); position < end; position += 1) {
    lines.push(`${store.value.line(rows.at(position))}\n`);
  }
  save('trace.ndjson', new Blob(lines, { type: 'application/x-ndjson' }));
}

/** A drawing as a file of its own: whole, with its style in it. */
export function svgText(svg: SVGElement): string {
  const copy = svg.cloneNode(true) as SVGElement;
  const [originals, copies] = [svg.querySelectorAll('*'), copy.querySelectorAll('*')];
  originals.forEach((original, index) => {
    const style = getComputedStyle(original);
    const target = copies[index] as Element;
    for (const name of kept) target.setAttribute(name, style.getPropertyValue(name));
    target.removeAttribute('class');
  });
  const [width, height] = [svg.dataset.width ?? '800', svg.dataset.height ?? '600'];
  copy.removeAttribute('class');
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('viewBox', `0 0 ${width} ${height}`);
  copy.setAttribute('width', width);
  copy.setAttribute('height', height);
  copy.querySelector(':scope > g')?.removeAttribute('style');
  const background = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  background.setAttribute('width', width);
  background.setAttribute('height', height);
  background.setAttribute('fill', getComputedStyle(document.body).backgroundColor);
  copy.insertBefore(background, copy.querySelector(':scope > g'));
  return new XMLSerializer().serializeToString(copy);
}

function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
