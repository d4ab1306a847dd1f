/**
 * Gestures: what the wheel and the pointer do to the timeline.
 */
import { type Lane, marksOf } from '../../model/lanes.js';
import { choose, goTo, mode, select, store, toggleNode, view, zoom } from '../state.js';
import { axisHeight, gutter } from './ground.js';

/** Where the pointer is. */
export interface Hit {
  readonly lane: Lane | undefined;
  readonly time: number;
  readonly isGutter: boolean;
}

/** Turned, it zooms; turned sideways or with shift, it moves; over the names it scrolls. */
export function turnWheel(event: WheelEvent, element: Element): void {
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
export function press(event: PointerEvent, hitAt: (event: MouseEvent) => Hit): void {
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
