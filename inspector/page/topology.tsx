/**
 * Topology: the nodes by type, and their peerings from initiator to acceptor, as they are at the instant.
 */
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { nodeAt, peeringAt } from '../model/instant.js';
import { nodeTypes } from '../model/lanes.js';
import { rateOfPeer } from '../model/rates.js';
import { type Edge, type PlacedNode, type Topology as Plan, topologyOf } from '../model/topology.js';
import { duration, short } from './format.js';
import { dashes, moodWords, signs } from './moods.js';
import { at, position, select, selection, store } from './state.js';

const box = { width: 118, height: 38 };

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

export function Topology() {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSignal<Size>({ width: 600, height: 400 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      size.value = { width: element.clientWidth, height: element.clientHeight };
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  position.value;
  const plan = topologyOf(store.value);
  const perRow = Math.max(1, ...rowsOf(plan).map((row) => row.length));
  const { width, height } = size.value;
  const scale = Math.min(1, width / (perRow * (box.width + 14)), height / (rowsOf(plan).length * (box.height + 26)));
  const whole = { width: width / scale, height: height / scale };
  const placeOf = (name: string): Place | undefined => {
    const node = plan.nodes.find((node) => node.name === name);
    return node && { x: node.x * whole.width, y: node.y * whole.height };
  };
  return (
    <div class="fill topology" ref={frame} data-testid="topology">
      {plan.nodes.length === 0 && <p class="empty">No node has been seen yet.</p>}
      <svg viewBox={`0 0 ${whole.width} ${whole.height}`} aria-label="Nodes and peerings">
        <defs>
          {Object.keys(signs).map((mood) => (
            <marker
              key={mood}
              id={`arrow-${mood}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M0 0.8 L7.2 4 L0 7.2 z" class={`mood-${mood} arrowhead`} />
            </marker>
          ))}
        </defs>
        {plan.edges.map((edge) => (
          <Peering
            key={`${edge.initiator} ${edge.acceptor}`}
            edge={edge}
            from={placeOf(edge.initiator)}
            to={placeOf(edge.acceptor)}
          />
        ))}
        {plan.nodes.map((node) => (
          <Node key={node.name} node={node} place={placeOf(node.name) as Place} />
        ))}
      </svg>
    </div>
  );
}

function rowsOf({ nodes }: Plan): PlacedNode[][] {
  const rows = new Map<number, PlacedNode[]>();
  for (const node of nodes) rows.set(node.y, [...(rows.get(node.y) ?? []), node]);
  return [...rows.values()];
}

function Node({ node: { name, type }, place }: { node: PlacedNode; place: Place }) {
  const { state, mood, since } = nodeAt(store.value, name, at.value);
  const isSelected = selection.value.node === name;
  const text = mood === 'none' ? 'not seen' : mood === 'gone' ? 'gone' : state;
  const choose = () => select({ node: name, actor: 'node' });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot be part of a drawing
    <g
      class={`node mood-${mood} ${isSelected ? 'selected' : ''}`}
      transform={`translate(${place.x - box.width / 2} ${place.y - box.height / 2})`}
      tabIndex={0}
      role="button"
      aria-label={`${name}, ${type}: ${text}`}
      data-node={name}
      data-mood={mood}
      data-state={state}
      onClick={choose}
      onKeyDown={({ key }) => key === 'Enter' && choose()}
    >
      <title>{`${name} (${nodeTypes(store.value).get(name)}): ${text}${since === undefined ? '' : ` for ${duration(at.value - since)}`}`}</title>
      <rect class="box" width={box.width} height={box.height} rx="6" />
      <rect class="bar" width="5" height={box.height - 12} x="5" y="6" rx="2.5" />
      <text x="17" y="16" class="name">
        {clip(name, 15)}
      </text>
      <text x="17" y="30" class="state">
        <tspan class="sign">{signs[mood]}</tspan> {clip(text, 14)}
      </text>
    </g>
  );
}

function Peering({
  edge: { initiator, acceptor },
  from,
  to,
}: {
  edge: Edge;
  from: Place | undefined;
  to: Place | undefined;
}) {
  if (from === undefined || to === undefined) return null;
  const { state, mood, initiator: one, acceptor: other } = peeringAt(store.value, initiator, acceptor, at.value);
  const { node, actor } = selection.value;
  const isSelected =
    (node === initiator && actor === `peering ${acceptor}`) || (node === acceptor && actor === `peering ${initiator}`);
  const isNear = node === initiator || node === acceptor;
  const [start, end] = [border(from, to), border(to, from)];
  const share = 0.3 + (0.35 * (Math.abs(start.x * 7 + end.x * 3) % 100)) / 100;
  const middle = { x: start.x + (end.x - start.x) * share, y: start.y + (end.y - start.y) * share };
  // What is well or on its way needs no words, unless it is what is looked at.
  const isNews = mood === 'bad' || mood === 'doubt' || (mood === 'busy' && isNear);
  const choose = () =>
    node === acceptor
      ? select({ node: acceptor, actor: `peering ${initiator}` })
      : select({ node: initiator, actor: `peering ${acceptor}` });
  const path = `M${start.x} ${start.y} L${end.x} ${end.y}`;
  const traffic = isNear ? trafficOf(initiator, acceptor) : '';
  const label = isNews || isSelected ? [signs[mood], moodWords[mood] === 'not seen' ? '' : state, traffic] : [traffic];
  const text = label.filter((part) => part !== '').join(' ');
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot be part of a drawing
    <g
      class={`edge mood-${mood} ${isSelected ? 'selected' : ''} ${isNear ? 'near' : node === undefined ? '' : 'far'}`}
      role="button"
      tabIndex={-1}
      aria-label={`peering of ${initiator} with ${acceptor}: ${state || moodWords[mood]}`}
      data-edge={`${initiator} ${acceptor}`}
      data-mood={mood}
      data-state={state}
      onClick={choose}
      onKeyDown={({ key }) => key === 'Enter' && choose()}
    >
      <title>{`${initiator} → ${acceptor}\nat ${initiator}: ${one.state || 'not seen'}\nat ${acceptor}: ${other.state || 'not seen'}\n${trafficOf(initiator, acceptor)}`}</title>
      <path d={path} class="hit" />
      <path d={path} class="line" stroke-dasharray={dashes[mood]} marker-end={`url(#arrow-${mood})`} />
      {text !== '' && (
        <g transform={`translate(${middle.x} ${middle.y})`} class="label">
          <rect x={-text.length * 3.1 - 4} y="-8" width={text.length * 6.2 + 8} height="16" rx="4" />
          <text y="3.5">{text}</text>
        </g>
      )}
    </g>
  );
}

/** `120/s · 3 % · 2 lost`: events in both directions, how full the buffers are, what was lost; empty if nothing is told. */
function trafficOf(initiator: string, acceptor: string): string {
  const told = (node: string, peer: string, measure: 'eventsOut' | 'fill' | 'lost') =>
    rateOfPeer(store.value, node, peer, measure, at.value);
  const out = [told(initiator, acceptor, 'eventsOut'), told(acceptor, initiator, 'eventsOut')];
  if (out.every((rate) => rate === undefined)) return '';
  const sum = out.reduce<number>((total, rate) => total + (rate ?? 0), 0);
  const fill = Math.max(told(initiator, acceptor, 'fill') ?? 0, told(acceptor, initiator, 'fill') ?? 0);
  const lost = Math.max(told(initiator, acceptor, 'lost') ?? 0, told(acceptor, initiator, 'lost') ?? 0);
  const parts = [
    sum >= 0.5 ? `${short(sum)}/s` : '',
    fill >= 1 ? `${Math.round(fill)} % full` : '',
    lost > 0 ? `${short(lost)} lost/s` : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** Where the line from one centre to another leaves the box. */
function border(from: Place, to: Place): Place {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const share = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : (box.width / 2 + 3) / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : (box.height / 2 + 3) / Math.abs(dy),
  );
  return Number.isFinite(share) ? { x: from.x + dx * share, y: from.y + dy * share } : from;
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
