/**
 * Ground: what everything that is drawn of the timeline goes by: its measures, and where which instant is.
 */
import type { MarkKind } from '../../model/lanes.js';

/** In pixels: the height of a lane, the room of the names, and that of the axis above the lanes. */
export const laneHeight = 20;
export const gutter = 172;
export const axisHeight = 34;

/** Signs of marks, which say the same as their colours. */
export const markSigns: Readonly<Record<MarkKind, string>> = {
  hello: '⇄',
  refused: '⊘',
  lost: '✖',
  fault: '⚡',
  gap: '…',
  warning: '!',
  start: '▸',
  end: '◂',
};

export interface Ground {
  readonly width: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
  readonly perPixel: number;
  readonly xOf: (time: number) => number;
  readonly colour: (name: string) => string;
}

/** As much of a text as there is room for. */
export function clip(pen: CanvasRenderingContext2D, text: string, width: number): string {
  if (pen.measureText(text).width <= width) return text;
  const share = Math.max(0, Math.floor((text.length * width) / pen.measureText(text).width) - 1);
  return share < 2 ? '' : `${text.slice(0, share)}…`;
}
