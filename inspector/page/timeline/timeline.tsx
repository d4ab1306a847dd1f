/**
 * Timeline: a lane for each node, and for each peering of those that are open, with what state it was in when and what
 * happened to it. Drawn on a canvas; what is in it is told by `model/lanes.ts`.
 */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { intervalsOf, lanesOf } from '../../model/lanes.js';
import { since } from '../format.js';
import { openNodes, position, selectedActor, showAll, spanOf, store, theme, version, view, zoom } from '../state.js';
import { drawAll } from './draw.js';
import { type Hit, press, turnWheel } from './gestures.js';
import { axisHeight, gutter, laneHeight } from './ground.js';

/** As many are said, the latest ones. */
const spokenIntervals = 30;

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
