/**
 * Drawing the timeline: the lanes in view, the axis above them, the cursors and what is said under the pointer.
 */
import { standingAt } from '../../model/instant.js';
import { type Lane, lanesOf, marksOf } from '../../model/lanes.js';
import { colours } from '../colours.js';
import { clock, duration, since } from '../format.js';
import { signs } from '../moods.js';
import { at, marked, openNodes, store, view } from '../state.js';
import { drawLane } from './draw-lane.js';
import { axisHeight, clip, type Ground, gutter, laneHeight, markSigns } from './ground.js';

export function drawAll(
  canvas: HTMLCanvasElement,
  { width, height }: { readonly width: number; readonly height: number },
  scrolled: number,
  hover: { readonly x: number; readonly y: number } | undefined,
): void {
  const ratio = window.devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    // It stays in view; the lanes that scroll lie behind it.
    canvas.style.marginBottom = `${-height}px`;
  }
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const colour = colours();
  const [from, to] = view.value;
  const perPixel = (to - from) / (width - gutter);
  const xOf = (time: number) => gutter + (time - from) / perPixel;
  const lanes = lanesOf(store.value, openNodes.value);
  const ground: Ground = { width, height, from, to, perPixel, xOf, colour };
  pen.textBaseline = 'middle';

  const first = Math.max(0, Math.floor(scrolled / laneHeight));
  const last = Math.min(lanes.length, Math.ceil((scrolled + height - axisHeight) / laneHeight));
  for (let index = first; index < last; index += 1) {
    const lane = lanes[index] as Lane;
    const top = axisHeight + index * laneHeight - scrolled;
    drawLane(pen, lane, top, ground);
  }

  drawAxis(pen, ground);
  drawCursor(pen, at.value, xOf, height, colour('accent'), true);
  if (marked.value !== undefined) drawCursor(pen, marked.value, xOf, height, colour('mood-doubt'), false);
  if (hover !== undefined) drawHover(pen, hover, lanes, scrolled, ground);
}

/** Times, and how much happened when. */
function drawAxis(pen: CanvasRenderingContext2D, ground: Ground): void {
  const { width, height, from, to, perPixel, xOf, colour } = ground;
  pen.fillStyle = colour('ground');
  pen.fillRect(0, 0, width, axisHeight);
  drawDensity(pen, ground);
  const begin = store.value.span[0];
  const step = niceStep(perPixel * 110);
  pen.font = '10.5px system-ui, sans-serif';
  for (let time = begin + Math.ceil((from - begin) / step) * step; time < to; time += step) {
    const x = xOf(time);
    pen.fillStyle = colour('line');
    pen.fillRect(x, axisHeight - 6, 1, height);
    pen.fillStyle = colour('quiet');
    pen.fillText(to - from < 100 ? `${(time - begin).toFixed(step < 1 ? 1 : 0)} ms` : since(time - begin), x + 3, 8);
  }
  pen.fillStyle = colour('ground');
  pen.fillRect(0, 0, gutter - 1, axisHeight);
  pen.fillStyle = colour('quiet');
  pen.fillText(`${duration(to - from)} shown`, 7, 10);
  pen.fillText(clock(at.value), 7, 24);
  pen.fillStyle = colour('line');
  pen.fillRect(0, axisHeight - 1, width, 1);
  pen.fillRect(gutter - 1, 0, 1, height);
}

function drawDensity(pen: CanvasRenderingContext2D, { width, from, perPixel, colour }: Ground): void {
  const bar = 3;
  const { rows } = store.value;
  let before = rows.countUntil(from);
  const counts: number[] = [];
  for (let x = gutter; x < width; x += bar) {
    const until = rows.countUntil(from + (x - gutter + bar) * perPixel);
    counts.push(until - before);
    before = until;
  }
  const most = Math.max(...counts, 1);
  pen.fillStyle = colour('density');
  counts.forEach((count, index) => {
    if (count === 0) return;
    const tall = 1 + (Math.log1p(count) / Math.log1p(most)) * 15;
    pen.fillRect(gutter + index * bar, axisHeight - 1 - tall, bar - 0.5, tall);
  });
}

function drawCursor(
  pen: CanvasRenderingContext2D,
  time: number,
  xOf: (time: number) => number,
  height: number,
  colour: string,
  hasHead: boolean,
): void {
  const x = xOf(time);
  if (x < gutter - 1) return;
  pen.fillStyle = colour;
  pen.fillRect(x - 0.75, hasHead ? 14 : axisHeight, 1.5, height);
  if (!hasHead) return;
  pen.beginPath();
  pen.moveTo(x - 5, 13);
  pen.lineTo(x + 5, 13);
  pen.lineTo(x, 21);
  pen.fill();
}

function drawHover(
  pen: CanvasRenderingContext2D,
  { x, y }: { readonly x: number; readonly y: number },
  lanes: readonly Lane[],
  scrolled: number,
  { width, height, from, perPixel, colour }: Ground,
): void {
  if (x < gutter || y < axisHeight) return;
  const lane = lanes[Math.floor((y - axisHeight + scrolled) / laneHeight)];
  const time = from + (x - gutter) * perPixel;
  const texts = [`${since(time - store.value.span[0])}  ${clock(time)}`];
  if (lane !== undefined) {
    const { state, mood } = standingAt(store.value, lane.actor, time);
    texts.push(`${lane.node}${lane.isNode ? '' : ` · ${lane.label}`}`);
    if (state !== '') texts.push(`${signs[mood]} ${state}`);
    const marks = marksOf(store.value, lane, [time - perPixel * 5, time + perPixel * 5], perPixel * 10);
    for (const { kind, count, row } of marks.slice(0, 4)) {
      const what = row === -1 ? 'process gone' : `${kind} ${store.value.label(row)}`;
      texts.push(`${markSigns[kind]} ${what}${count > 1 ? ` ×${count}` : ''}`);
    }
  }
  pen.font = '11px system-ui, sans-serif';
  const wide = Math.min(420, Math.max(...texts.map((text) => pen.measureText(text).width)) + 16);
  const tall = texts.length * 15 + 8;
  const left = x + 12 + wide > width ? x - wide - 12 : x + 12;
  const top = Math.max(2, Math.min(y + 12, height - tall - 4));
  pen.fillStyle = colour('raised');
  pen.strokeStyle = colour('line-strong');
  pen.lineWidth = 1;
  pen.beginPath();
  pen.roundRect(left, top, wide, tall, 5);
  pen.fill();
  pen.stroke();
  texts.forEach((text, index) => {
    pen.fillStyle = colour(index === 0 ? 'quiet' : 'text');
    pen.fillText(clip(pen, text, wide - 14), left + 8, top + 12 + index * 15);
  });
}

/** 1, 2 or 5 of some power of ten, and at least `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10;
  return factor * power;
}
