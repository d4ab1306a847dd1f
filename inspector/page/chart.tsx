/**
 * Chart: the machine of the selected actor as it is at the instant: active states are lit, the last transition stands out,
 * timers count down, and each arrow tells how often it was taken.
 */

import { drawings } from 'virtual:drawings';
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { type Arrow, type Drawing, type DrawnState, type Line, metrics } from '../charts/drawing.js';
import { delayOfTimer, lastTransition, standingAt, takenUntil, timersAt } from '../model/instant.js';
import { activePaths } from '../model/states.js';
import type { TracedActor } from '../model/traced.js';
import { saveText, svgText } from './export.js';
import { duration } from './format.js';
import { signs } from './moods.js';
import { at, choose as chooseRow, position, select, selectedActor, selection, store } from './state.js';

const { lineHeight, titleHeight, padding } = metrics;

/** Smaller, it cannot be read. */
const leastScale = 0.68;

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** What of the chart is lit. */
interface Light {
  readonly active: ReadonlySet<string>;
  /** Names of the transitions that were taken last. */
  readonly last: ReadonlySet<string>;
  readonly taken: ReadonlyMap<string, number>;
}

export function Chart() {
  position.value;
  const actor = selectedActor.value;
  const drawing = drawings.find(({ name }) => name === actor?.machine);
  return (
    <div class="fill chart" data-testid="chart">
      <Head actor={actor} drawing={drawing} />
      {actor === undefined && <p class="empty">Choose a node, a peering or a lane to see its machine.</p>}
      {actor !== undefined && drawing === undefined && (
        <p class="empty">The chart of this machine is not known here.</p>
      )}
      {actor !== undefined && drawing !== undefined && <Canvas key={drawing.name} actor={actor} drawing={drawing} />}
    </div>
  );
}

function Head({ actor, drawing }: { actor: TracedActor | undefined; drawing: Drawing | undefined }) {
  const { node } = selection.value;
  const actors = [...(store.value.nodes.get(node ?? '')?.actors.values() ?? [])].filter(
    ({ machine }) => machine !== '',
  );
  const save = (form: 'svg' | 'mermaid') => {
    if (actor === undefined || drawing === undefined) return;
    const name = `${actor.node}-${actor.name}`.replace(/[^\w.-]+/g, '-');
    if (form === 'mermaid') saveText(`${name}.mmd`, `${drawing.mermaid}\n`, 'text/plain');
    else saveText(`${name}.svg`, svgText(document.querySelector('.chart svg.drawing') as SVGElement), 'image/svg+xml');
  };
  return (
    <div class="panel-head">
      {node !== undefined && <strong>{node}</strong>}
      {actors.length > 0 && (
        <select
          aria-label="Actor"
          value={actor?.name}
          onChange={({ currentTarget }) => select({ node: node as string, actor: currentTarget.value })}
        >
          {actors.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      {actor !== undefined && <Standing actor={actor} />}
      <span class="space" />
      {drawing !== undefined && (
        <>
          <button type="button" onClick={() => save('svg')} title="Save the chart as it is lit now">
            SVG
          </button>
          <button type="button" onClick={() => save('mermaid')} title="Save the machine as a Mermaid diagram">
            Mermaid
          </button>
        </>
      )}
    </div>
  );
}

function Standing({ actor }: { actor: TracedActor }) {
  const { state, mood, since } = standingAt(store.value, actor, at.value);
  return (
    <span class={`standing mood-${mood}`} data-testid="standing" data-state={state}>
      <span class="sign">{signs[mood]}</span> {mood === 'none' ? 'not seen yet' : state}
      {mood === 'gone' && ' (process gone)'}
      {since !== undefined && <span class="quiet"> for {duration(at.value - since)}</span>}
    </span>
  );
}

function Canvas({ actor, drawing }: { actor: TracedActor; drawing: Drawing }) {
  const moved = useSignal<Frame | undefined>(undefined);
  const box = useRef<SVGSVGElement>(null);
  const size = useSignal({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current as SVGSVGElement;
    const observer = new ResizeObserver(() => {
      size.value = { width: element.clientWidth, height: element.clientHeight };
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const row = lastTransition(store.value, actor, at.value);
  const { state, mood } = standingAt(store.value, actor, at.value);
  const light: Light = {
    active: new Set(mood === 'none' || mood === 'gone' ? [] : ['(any)', ...activePaths(state)]),
    last: new Set(row === -1 ? [] : store.value.taken(row).split('\n')),
    taken: takenUntil(store.value, actor, at.value),
  };

  const { x, y, scale } = moved.value ?? frameOf(drawing, state, size.value);

  const zoom = (event: WheelEvent) => {
    event.preventDefault();
    const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
    const factor = Math.exp(-event.deltaY * 0.0015);
    const next = Math.min(3, Math.max(0.15, scale * factor));
    const [px, py] = [event.clientX - left, event.clientY - top];
    moved.value = { scale: next, x: px - ((px - x) * next) / scale, y: py - ((py - y) * next) / scale };
  };
  const drag = (event: PointerEvent) => {
    const target = event.currentTarget as Element;
    const [startX, startY] = [event.clientX - x, event.clientY - y];
    const move = ({ clientX, clientY }: PointerEvent) => {
      moved.value = { scale, x: clientX - startX, y: clientY - startY };
    };
    target.setPointerCapture(event.pointerId);
    target.addEventListener('pointermove', move as EventListener);
    const end = () => target.removeEventListener('pointermove', move as EventListener);
    target.addEventListener('pointerup', end, { once: true });
    target.addEventListener('pointercancel', end, { once: true });
  };

  return (
    <div class="canvas">
      <svg
        ref={box}
        class="drawing"
        role="img"
        aria-label={`Chart of ${actor.name} at ${actor.node}, in ${state}`}
        data-width={drawing.width}
        data-height={drawing.height}
        onWheel={zoom}
        onPointerDown={drag}
        onDblClick={() => {
          moved.value = undefined;
        }}
      >
        <defs>
          {['', '-last'].map((suffix) => (
            <marker
              key={suffix}
              id={`tip${suffix}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0 0.8 L7.2 4 L0 7.2 z" class={`tip${suffix}`} />
            </marker>
          ))}
        </defs>
        <g class="content" style={{ transform: `translate(${x}px, ${y}px) scale(${scale})` }}>
          {drawing.states.map((drawn) => (
            <StateBox key={drawn.path} state={drawn} light={light} mood={mood} />
          ))}
          {drawing.arrows.map((arrow) => (
            <ArrowPath key={`${arrow.from} ${arrow.to}`} arrow={arrow} light={light} />
          ))}
        </g>
      </svg>
      <div class="overlay">
        {row !== -1 && (
          <button type="button" class="last" onClick={() => chooseRow(row)} title="Show the record of this transition">
            <span class="quiet">last</span> <b data-testid="last-transition">{store.value.label(row)}</b>
            <span class="quiet"> → </span>
            {store.value.state(row)} <span class="quiet">{duration(at.value - store.value.time(row))} ago</span>
          </button>
        )}
        <Timers actor={actor} />
      </div>
    </div>
  );
}

function Timers({ actor }: { actor: TracedActor }) {
  return (
    <>
      {timersAt(store.value, actor, at.value).map(({ event, delay, due, row }) => {
        const left = Math.max(0, due - at.value);
        return (
          <button
            type="button"
            key={event}
            class="timer"
            onClick={() => chooseRow(row)}
            title={`${event}, ${duration(delay)}`}
          >
            <span>{delayOfTimer(event)}</span>
            <progress max={delay} value={delay - left} />
            <span class="quiet">{duration(left)}</span>
          </button>
        );
      })}
    </>
  );
}

function StateBox({ state, light, mood }: { state: DrawnState; light: Light; mood: string }) {
  const { x, y, width, height, name, path, type, inner, depth } = state;
  const isActive = light.active.has(path);
  const isInner = isActive && ![...light.active].some((other) => other.startsWith(`${path}.`)) && path !== '(any)';
  return (
    <g class={`state type-${type} ${isActive ? 'active' : ''} ${isInner ? `inner mood-${mood}` : ''}`} data-path={path}>
      <rect x={x} y={y} width={width} height={height} rx={depth === 0 ? 2 : 7} />
      {type === 'final' && <rect x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx="5" class="final" />}
      <text x={x + padding} y={y + 18} class="title">
        {depth === 0 ? '' : name}
      </text>
      {inner.map((line, index) => (
        <LineText
          key={line.transition}
          line={line}
          light={light}
          x={x + padding}
          y={y + titleHeight + (index + 0.7) * lineHeight}
        />
      ))}
    </g>
  );
}

function ArrowPath({ arrow: { points, lines, label, from, to }, light }: { arrow: Arrow; light: Light }) {
  const isLast = lines.some(({ transition }) => light.last.has(transition));
  const wasTaken = lines.some(({ transition }) => light.taken.has(transition));
  const path = useMemo(() => rounded(points), [points]);
  return (
    <g class={`arrow ${isLast ? 'last' : wasTaken ? 'taken' : ''}`} data-arrow={`${from} ${to}`}>
      <path d={path} marker-end={`url(#tip${isLast ? '-last' : ''})`} />
      <rect x={label.x} y={label.y} width={label.width} height={label.height} class="backing" />
      {lines.map((line, index) => (
        <LineText
          key={line.transition}
          line={line}
          light={light}
          x={label.x + padding / 2}
          y={label.y + 2 + (index + 0.75) * lineHeight}
        />
      ))}
    </g>
  );
}

function LineText({ line, light, x, y }: { line: Line; light: Light; x: number; y: number }) {
  const times = light.taken.get(line.transition);
  const isLast = light.last.has(line.transition);
  return (
    <text x={x} y={y} class={`line ${isLast ? 'last' : times === undefined ? '' : 'taken'}`}>
      <title>{line.transition}</title>
      {line.text}
      {times !== undefined && <tspan class="times"> ×{times}</tspan>}
    </text>
  );
}

/** The whole chart if it can be read so; else the part around the active state. */
function frameOf(drawing: Drawing, state: string, room: { readonly width: number; readonly height: number }): Frame {
  const whole = Math.min(1.25, (room.width - 16) / drawing.width, (room.height - 16) / drawing.height);
  const scale = Math.max(whole, leastScale);
  const active = activePaths(state);
  const lit = drawing.states.findLast(({ path }) => active.includes(path)) ?? drawing.states[0];
  return {
    scale,
    x: placeOf(room.width, drawing.width * scale, ((lit?.x ?? 0) + (lit?.width ?? 0) / 2) * scale),
    y: placeOf(room.height, drawing.height * scale, ((lit?.y ?? 0) + (lit?.height ?? 0) / 2) * scale),
  };
}

/** Where a drawing begins: in the middle if there is room for it, else so that a point of it is. */
function placeOf(room: number, length: number, point: number): number {
  if (length <= room) return (room - length) / 2;
  return Math.min(8, Math.max(room - length - 8, room / 2 - point));
}

/** A path with round corners. */
function rounded(points: Arrow['points']): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let path = `M${first[0]} ${first[1]}`;
  rest.forEach((point, index) => {
    const next = rest[index + 1];
    if (next === undefined) {
      path += ` L${point[0]} ${point[1]}`;
      return;
    }
    const before = points[index] as (typeof points)[number];
    const [enter, leave] = [towards(point, before), towards(point, next)];
    path += ` L${enter[0]} ${enter[1]} Q${point[0]} ${point[1]} ${leave[0]} ${leave[1]}`;
  });
  return path;
}

function towards([x, y]: Arrow['points'][number], [toX, toY]: Arrow['points'][number]): readonly [number, number] {
  const length = Math.hypot(toX - x, toY - y);
  const step = Math.min(6, length / 2);
  return length === 0 ? [x, y] : [x + ((toX - x) / length) * step, y + ((toY - y) / length) * step];
}
