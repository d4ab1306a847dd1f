/**
 * Timeline: a lane for each node, and for each peering of those that are open, with what state it was in when and what
 * happened to it. Drawn on a canvas; what is in it is told by `model/lanes.ts`.
 */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { standingAt } from '../model/instant.js';
import { type Interval, intervalsOf, type Lane, lanesOf, type Mark, type MarkKind, marksOf } from '../model/lanes.js';
import { clock, duration, since } from './format.js';
import { signs } from './moods.js';
import {
  at,
  choose,
  goTo,
  marked,
  mode,
  openNodes,
  position,
  select,
  selectedActor,
  selection,
  showAll,
  spanOf,
  store,
  theme,
  toggleNode,
  version,
  view,
  zoom,
} from './state.js';

const laneHeight = 20;
const gutter = 172;
const axisHeight = 34;
/** Narrower intervals have no text, in pixels. */
const textRoom = 34;

/** Signs of marks, which say the same as their colours. */
const markSigns: Readonly<Record<MarkKind, string>> = {
  hello: '⇄',
  refused: '⊘',
  lost: '✖',
  fault: '⚡',
  gap: '…',
  warning: '!',
  start: '▸',
  end: '◂',
};

/** As many are said, the latest ones. */
const spokenIntervals = 30;

interface Hit {
  readonly lane: Lane | undefined;
  readonly time: number;
  readonly isGutter: boolean;
}

export function Timeline() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const size = useSignal({ width: 0, height: 0 });
  const scroll = useSignal(0);
  const hover = useSignal<{ readonly x: number; readonly y: number } | undefined>(undefined);

  useEffect(() => {
    const element = scroller.current as HTMLDivElement;
    const observer = new ResizeObserver(() => {
      size.value = { width: element.clientWidth, height: element.clientHeight };
    });
    observer.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => {
      size.value = { ...size.value };
    };
    dark.addEventListener('change', redraw);
    const wheel = (event: WheelEvent) => turnWheel(event, element);
    element.addEventListener('wheel', wheel, { passive: false });
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', redraw);
      element.removeEventListener('wheel', wheel);
    };
  }, []);

  useSignalEffect(() => {
    theme.value;
    position.value;
    const element = canvas.current;
    if (element === null || size.value.width === 0) return;
    drawAll(element, size.value, scroll.value, hover.value);
  });

  version.value;
  const lanes = lanesOf(store.value, openNodes.value);
  const hitAt = (event: MouseEvent): Hit => {
    const { left, top, width } = (scroller.current as Element).getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const lane = y < axisHeight ? undefined : lanes[Math.floor((y - axisHeight + scroll.value) / laneHeight)];
    const [from, to] = view.value;
    return { lane, isGutter: x < gutter, time: from + ((x - gutter) / (width - gutter)) * (to - from) };
  };

  return (
    <div class="fill timeline" data-testid="timeline">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys do the same, wherever the focus is */}
      <div
        class="scroller"
        ref={scroller}
        onScroll={({ currentTarget }) => {
          scroll.value = currentTarget.scrollTop;
        }}
        onPointerDown={(event) => press(event, hitAt)}
        onDblClick={(event) => {
          const { isGutter, time } = hitAt(event);
          if (!isGutter) zoom(0.25, time);
        }}
        onPointerMove={({ clientX, clientY, currentTarget }) => {
          const { left, top } = currentTarget.getBoundingClientRect();
          hover.value = { x: clientX - left, y: clientY - top };
        }}
        onPointerLeave={() => {
          hover.value = undefined;
        }}
      >
        <canvas ref={canvas} aria-label="Lanes of states over time" />
        <div class="lanes" style={{ height: `${lanes.length * laneHeight + axisHeight}px` }} />
      </div>
      <SpokenLane />
      <div class="timeline-tools">
        <button type="button" onClick={() => zoom(1.6)} title="Zoom out (−)">
          −
        </button>
        <button type="button" onClick={() => zoom(0.6)} title="Zoom in (+)">
          +
        </button>
        <button type="button" onClick={showAll} title="Show all (0)">
          all
        </button>
      </div>
    </div>
  );
}

/** The selected lane in words, for those who do not see the canvas. */
function SpokenLane() {
  position.value;
  const actor = selectedActor.value;
  if (actor === undefined) return null;
  const begin = store.value.span[0];
  const [from, to] = view.value;
  const intervals = intervalsOf(store.value, actor, view.value, (to - from) / 100, spanOf()[1]);
  return (
    <ol class="spoken" aria-label={`${actor.node} ${actor.name} over time`} data-testid="lane">
      {intervals.slice(-spokenIntervals).map(({ from, to, state, mood, row }) => (
        <li key={row} data-mood={mood}>
          {state} from {since(from - begin)} to {since(to - begin)}
        </li>
      ))}
    </ol>
  );
}

/** Turned, it zooms; turned sideways or with shift, it moves; over the names it scrolls. */
function turnWheel(event: WheelEvent, element: Element): void {
  const { left, width } = element.getBoundingClientRect();
  const x = event.clientX - left;
  if (x < gutter) return;
  event.preventDefault();
  const [from, to] = view.value;
  const perPixel = (to - from) / (width - gutter);
  const sideways = event.shiftKey ? event.deltaY : event.deltaX;
  if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
    if (mode.value === 'live') mode.value = 'paused';
    view.value = [from + sideways * perPixel, to + sideways * perPixel];
  } else zoom(Math.exp(event.deltaY * 0.0016), from + (x - gutter) * perPixel);
}

/** A click goes to an instant; a drag moves the lanes; a drag on the axis scrubs. */
function press(event: PointerEvent, hitAt: (event: MouseEvent) => Hit): void {
  const target = event.currentTarget as HTMLElement;
  const start = hitAt(event);
  if (start.isGutter) {
    if (start.lane === undefined) return;
    const { node, actor, isNode } = start.lane;
    select(actor === undefined ? { node } : { node, actor: actor.name });
    if (isNode) toggleNode(node);
    return;
  }
  target.setPointerCapture(event.pointerId);
  const isAxis = event.offsetY < axisHeight || start.lane === undefined;
  const [from, to] = view.value;
  const perPixel = (to - from) / (target.clientWidth - gutter);
  let hasMoved = false;
  if (isAxis) goTo(start.time);
  const move = (now: PointerEvent) => {
    const way = now.clientX - event.clientX;
    hasMoved ||= Math.abs(way) > 3;
    if (!hasMoved) return;
    if (isAxis) goTo(hitAt(now).time);
    else {
      if (mode.value === 'live') mode.value = 'paused';
      view.value = [from - way * perPixel, to - way * perPixel];
    }
  };
  const end = () => {
    target.removeEventListener('pointermove', move);
    if (hasMoved || isAxis) return;
    const { lane, time } = start;
    if (lane?.actor !== undefined) select({ node: lane.node, actor: lane.actor.name });
    const mark =
      lane &&
      marksOf(store.value, lane, [time - perPixel * 6, time + perPixel * 6], perPixel).find(({ row }) => row !== -1);
    if (mark === undefined) goTo(time);
    else choose(mark.row);
  };
  target.addEventListener('pointermove', move);
  target.addEventListener('pointerup', end, { once: true });
  target.addEventListener('pointercancel', () => target.removeEventListener('pointermove', move), { once: true });
}

/** Colours of the page's style, which differ between light and dark. */
function colours(element: Element): (name: string) => string {
  const style = getComputedStyle(element);
  const known = new Map<string, string>();
  return (name) => {
    const colour = known.get(name) ?? style.getPropertyValue(`--${name}`).trim();
    known.set(name, colour);
    return colour;
  };
}

function drawAll(
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
  const colour = colours(canvas);
  const [from, to] = view.value;
  const perPixel = (to - from) / (width - gutter);
  const xOf = (time: number) => gutter + (time - from) / perPixel;
  const lanes = lanesOf(store.value, openNodes.value);
  const font = '11px system-ui, sans-serif';
  pen.textBaseline = 'middle';

  const first = Math.max(0, Math.floor(scrolled / laneHeight));
  const last = Math.min(lanes.length, Math.ceil((scrolled + height - axisHeight) / laneHeight));
  for (let index = first; index < last; index += 1) {
    const lane = lanes[index] as Lane;
    const top = axisHeight + index * laneHeight - scrolled;
    drawLane(pen, lane, top, { width, from, to, perPixel, xOf, colour, font });
  }

  drawAxis(pen, { width, height, from, to, perPixel, xOf, colour });
  drawCursor(pen, at.value, xOf, height, colour('accent'), true);
  if (marked.value !== undefined) drawCursor(pen, marked.value, xOf, height, colour('mood-doubt'), false);
  if (hover !== undefined) drawHover(pen, hover, lanes, scrolled, { width, height, from, perPixel, colour });
}

interface Ground {
  readonly width: number;
  readonly from: number;
  readonly to: number;
  readonly perPixel: number;
  readonly xOf: (time: number) => number;
  readonly colour: (name: string) => string;
}

function drawLane(
  pen: CanvasRenderingContext2D,
  lane: Lane,
  top: number,
  { width, from, to, perPixel, xOf, colour, font }: Ground & { readonly font: string },
): void {
  const { node, actor } = selection.value;
  const isSelected = lane.node === node && (lane.actor?.name ?? 'node') === (actor ?? 'node');
  if (isSelected) {
    pen.fillStyle = colour('selected');
    pen.fillRect(0, top, width, laneHeight);
  }
  const now = spanOf()[1];
  const intervals = lane.actor === undefined ? [] : intervalsOf(store.value, lane.actor, [from, to], perPixel, now);
  const pad = lane.isNode ? 3 : 5;
  pen.save();
  pen.beginPath();
  pen.rect(gutter, axisHeight, width - gutter, 1e6);
  pen.clip();
  for (const interval of intervals) drawInterval(pen, interval, top + pad, laneHeight - pad * 2, { xOf, colour, font });
  pen.restore();
  drawMarks(pen, marksOf(store.value, lane, [from, to], perPixel * 5), top, { xOf, colour });
  pen.fillStyle = colour('line');
  pen.fillRect(0, top + laneHeight - 0.5, width, 0.5);
  if (top < axisHeight - laneHeight) return;
  pen.fillStyle = isSelected ? colour('selected-solid') : colour('ground');
  pen.fillRect(0, top, gutter - 1, laneHeight - 0.5);
  pen.fillStyle = lane.isNode ? colour('text') : colour('quiet');
  pen.font = lane.isNode ? '600 11.5px system-ui, sans-serif' : font;
  const indent = lane.isNode ? 20 : 32;
  pen.fillText(clip(pen, lane.label, gutter - indent - 8), indent, top + laneHeight / 2 + 0.5);
  if (lane.isNode) {
    pen.fillStyle = colour('quiet');
    pen.font = font;
    pen.fillText(openNodes.value.has(lane.node) ? '▾' : '▸', 7, top + laneHeight / 2 + 0.5);
  }
}

function drawInterval(
  pen: CanvasRenderingContext2D,
  { from, to, state, mood }: Interval,
  top: number,
  height: number,
  { xOf, colour, font }: { xOf: (time: number) => number; colour: (name: string) => string; font: string },
): void {
  const left = Math.max(gutter - 4, xOf(from));
  const width = Math.max(1, Math.min(xOf(to), 1e5) - left);
  pen.fillStyle = colour(`fill-${mood}`);
  pen.fillRect(left, top, width, height);
  pen.fillStyle = colour(`mood-${mood}`);
  // Colour alone says nothing to some: what is not well has a pattern, too.
  if (mood === 'bad' || mood === 'doubt' || mood === 'busy') hatch(pen, left, top, width, height, mood);
  pen.fillRect(left, top, Math.min(2, width), height);
  if (width < textRoom) return;
  pen.fillStyle = colour('text');
  pen.font = font;
  pen.fillText(clip(pen, `${signs[mood]} ${state}`, width - 10), left + 6, top + height / 2 + 0.5);
}

function hatch(
  pen: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  mood: 'bad' | 'doubt' | 'busy',
): void {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  pen.strokeStyle = pen.fillStyle;
  pen.globalAlpha = mood === 'busy' ? 0.25 : 0.4;
  pen.lineWidth = mood === 'bad' ? 1.5 : 1;
  const step = mood === 'busy' ? 9 : 6;
  pen.beginPath();
  const start = Math.floor((left - height) / step) * step;
  const end = Math.min(left + width, 5_000);
  for (let x = start; x < end + height; x += step) {
    pen.moveTo(x, top + height);
    pen.lineTo(x + (mood === 'doubt' ? 0 : height), top);
  }
  pen.stroke();
  pen.restore();
}

function drawMarks(
  pen: CanvasRenderingContext2D,
  marks: readonly Mark[],
  top: number,
  { xOf, colour }: { xOf: (time: number) => number; colour: (name: string) => string },
): void {
  pen.textAlign = 'center';
  for (const { kind, time } of marks) {
    const x = xOf(time);
    if (x < gutter) continue;
    pen.font = `bold ${kind === 'hello' ? 9 : 11}px system-ui, sans-serif`;
    pen.lineWidth = 2.5;
    pen.strokeStyle = colour('ground');
    pen.strokeText(markSigns[kind], x, top + laneHeight / 2);
    pen.fillStyle = colour(`mark-${kind}`);
    pen.fillText(markSigns[kind], x, top + laneHeight / 2);
  }
  pen.textAlign = 'left';
}

/** Times, and how much happened when. */
function drawAxis(
  pen: CanvasRenderingContext2D,
  { width, height, from, to, perPixel, xOf, colour }: Ground & { readonly height: number },
): void {
  pen.fillStyle = colour('ground');
  pen.fillRect(0, 0, width, axisHeight);
  drawDensity(pen, { width, from, perPixel, colour });
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

function drawDensity(
  pen: CanvasRenderingContext2D,
  { width, from, perPixel, colour }: Omit<Ground, 'to' | 'xOf'>,
): void {
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
  { width, height, from, perPixel, colour }: Omit<Ground, 'to' | 'xOf'> & { readonly height: number },
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

function clip(pen: CanvasRenderingContext2D, text: string, width: number): string {
  if (pen.measureText(text).width <= width) return text;
  const share = Math.max(0, Math.floor((text.length * width) / pen.measureText(text).width) - 1);
  return share < 2 ? '' : `${text.slice(0, share)}…`;
}
