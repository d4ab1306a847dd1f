/**
 * Drawing a lane: its states as bars, what happened to it as signs upon them, and its name.
 */
import { type Interval, intervalsOf, type Lane, type Mark, marksOf } from '../../model/lanes.js';
import { signs } from '../moods.js';
import { openNodes, selection, spanOf, store } from '../state.js';
import { axisHeight, clip, type Ground, gutter, laneHeight, markSigns } from './ground.js';

const font = '11px system-ui, sans-serif';
/** Narrower intervals have no text, in pixels. */
const textRoom = 34;

export function drawLane(pen: CanvasRenderingContext2D, lane: Lane, top: number, ground: Ground): void {
  const { width, from, to, perPixel, colour } = ground;
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
  for (const interval of intervals) drawInterval(pen, interval, top + pad, laneHeight - pad * 2, ground);
  pen.restore();
  drawMarks(pen, marksOf(store.value, lane, [from, to], perPixel * 5), top, ground);
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
  { xOf, colour }: Ground,
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

function drawMarks(pen: CanvasRenderingContext2D, marks: readonly Mark[], top: number, { xOf, colour }: Ground): void {
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
