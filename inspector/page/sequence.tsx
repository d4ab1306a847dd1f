/**
 * Sequence: what two nodes told each other, as a sequence diagram: their last handshake before the instant, the last
 * synchronisation of a store, or all that is on the timeline.
 */
import { useSignal } from '@preact/signals';
import { lastTransition } from '../model/instant.js';
import { nodeNames } from '../model/lanes.js';
import {
  type Sequence as Diagram,
  handshakeSpan,
  type Message,
  type Note,
  peeringsOf,
  sequenceOf,
  synchronisationSpan,
} from '../model/sequence.js';
import type { TracedActor } from '../model/traced.js';
import { duration } from './format.js';
import { at, choose, chosen, position, selection, store, view } from './state.js';

const subjects = ['handshake', 'synchronisation', 'timeline'] as const;
type Subject = (typeof subjects)[number];
const subjectWords: Readonly<Record<Subject, string>> = {
  handshake: 'handshake',
  synchronisation: 'store synchronisation',
  timeline: 'all on the timeline',
};

const stepHeight = 26;
const headHeight = 40;

export function Sequence() {
  const subject = useSignal<Subject>('handshake');
  const picked = useSignal<readonly [string, string] | undefined>(undefined);
  position.value;
  const pair = picked.value ?? pairOf();
  const clone = cloneOf();
  const shown = subject.value === 'synchronisation' && clone === undefined ? 'handshake' : subject.value;
  const ends = shown === 'synchronisation' && clone !== undefined ? masterPair(clone, pair) : pair;
  const diagram = ends && diagramOf(ends, shown, clone);
  const peers = nodeNames(store.value);
  const pick = (index: 0 | 1, name: string) => {
    const [one, two] = pair ?? [name, name];
    picked.value = index === 0 ? [name, two] : [one, name];
  };
  return (
    <div class="fill sequence" data-testid="sequence">
      <div class="panel-head">
        {([0, 1] as const).map((index) => (
          <select
            key={index}
            aria-label={index === 0 ? 'One node' : 'Other node'}
            value={pair?.[index] ?? ''}
            onChange={({ currentTarget }) => pick(index, currentTarget.value)}
          >
            {peers.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        ))}
        <select
          aria-label="What is shown"
          value={shown}
          onChange={({ currentTarget }) => {
            subject.value = currentTarget.value as Subject;
          }}
        >
          {subjects.map((name) => (
            <option key={name} value={name} disabled={name === 'synchronisation' && clone === undefined}>
              {subjectWords[name]}
            </option>
          ))}
        </select>
        {picked.value !== undefined && (
          <button
            type="button"
            onClick={() => {
              picked.value = undefined;
            }}
          >
            As selected
          </button>
        )}
      </div>
      <div class="scroll">
        {diagram === undefined || diagram.steps.length === 0 ? (
          <p class="empty">
            {pair === undefined
              ? 'Choose a peering to see its last handshake.'
              : 'Nothing is told of that between the two.'}
          </p>
        ) : (
          <Drawing diagram={diagram} />
        )}
      </div>
    </div>
  );
}

function diagramOf(
  pair: readonly [string, string],
  subject: Subject,
  clone: TracedActor | undefined,
): Diagram | undefined {
  if (subject === 'timeline') return sequenceOf(store.value, pair, view.value);
  if (subject === 'handshake') {
    const span = handshakeSpan(store.value, pair, at.value);
    return span && sequenceOf(store.value, pair, span);
  }
  const span = clone && synchronisationSpan(store.value, clone, at.value);
  return span && sequenceOf(store.value, pair, span, [clone]);
}

/** The ends of the selected peering; of a node, those of the peering of which it was told last. */
function pairOf(): readonly [string, string] | undefined {
  const { node, actor } = selection.value;
  if (node === undefined) return undefined;
  if (actor?.startsWith('peering ')) return [node, actor.slice('peering '.length)];
  const peerings = [...(store.value.nodes.get(node)?.actors.values() ?? [])].filter(({ name }) =>
    name.startsWith('peering '),
  );
  const last = peerings.reduce<TracedActor | undefined>((latest, actor) => {
    const row = lastTransition(store.value, actor, at.value);
    const before = latest === undefined ? -1 : lastTransition(store.value, latest, at.value);
    return row > before ? actor : latest;
  }, undefined);
  const peer = (last ?? peerings[0])?.name.slice('peering '.length);
  return peer === undefined ? undefined : [node, peer];
}

function cloneOf(): TracedActor | undefined {
  const { node, actor } = selection.value;
  const actors = [...(store.value.nodes.get(node ?? '')?.actors.values() ?? [])];
  return (
    actors.find(({ name, machine }) => name === actor && machine === 'clone') ??
    actors.find(({ machine }) => machine === 'clone')
  );
}

/** A replica's node and the one that is asked for its state: the peer with the most to say meanwhile. */
function masterPair(
  clone: TracedActor,
  pair: readonly [string, string] | undefined,
): readonly [string, string] | undefined {
  const span = synchronisationSpan(store.value, clone, at.value);
  if (span === undefined) return pair;
  const peers = [...(store.value.nodes.get(clone.node)?.actors.values() ?? [])].filter(({ name }) =>
    name.startsWith('peering '),
  );
  const talk = ({ frames }: TracedActor) => frames.countUntil(span[1]) - frames.countUntil(span[0]);
  const best = peers.sort((a, b) => talk(b) - talk(a))[0];
  return best === undefined ? pair : [clone.node, best.name.slice('peering '.length)];
}

function Drawing({ diagram: { nodes, steps, more } }: { diagram: Diagram }) {
  const width = 560;
  const height = headHeight + steps.length * stepHeight + 30;
  const begin = steps[0]?.time ?? 0;
  const xOf = (node: string) => (node === nodes[0] ? width * 0.28 : width * 0.8);
  const isKnown = peeringsOf(store.value, nodes).every((actor) => actor !== undefined);
  return (
    <>
      <svg
        class="drawing"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Messages of ${nodes.join(' and ')}`}
        style={{ maxWidth: '760px' }}
      >
        <defs>
          <marker id="message-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0.8 L7.2 4 L0 7.2 z" class="tip" />
          </marker>
        </defs>
        {nodes.map((node) => (
          <g key={node}>
            <line x1={xOf(node)} x2={xOf(node)} y1={headHeight - 8} y2={height - 8} class="life" />
            <rect x={xOf(node) - 70} y="6" width="140" height="24" rx="5" class="actor" />
            <text x={xOf(node)} y="22" class="actor-name">
              {node}
            </text>
          </g>
        ))}
        {steps.map((step, index) => {
          const y = headHeight + (index + 0.5) * stepHeight;
          return step.type === 'note' ? (
            <NoteMark key={step.row} note={step} x={xOf(step.node)} y={y} begin={begin} />
          ) : (
            <Arrow key={step.row} message={step} from={xOf(step.from)} to={xOf(step.to)} y={y} begin={begin} />
          );
        })}
      </svg>
      {more > 0 && <p class="quiet">{more} more are not shown.</p>}
      {!isKnown && <p class="quiet">One of the two was not traced.</p>}
    </>
  );
}

function NoteMark({ note: { label, row, time }, x, y, begin }: { note: Note; x: number; y: number; begin: number }) {
  const width = Math.min(150, label.length * 6.4 + 16);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same records are in the list
    <g class={`note ${chosen.value === row ? 'chosen' : ''}`} onClick={() => choose(row)}>
      <text x="6" y={y + 4} class="when">
        {duration(time - begin)}
      </text>
      <rect x={x - width / 2} y={y - 9} width={width} height="18" rx="9" />
      <text x={x} y={y + 4}>
        {label}
      </text>
    </g>
  );
}

function Arrow({
  message,
  from,
  to,
  y,
  begin,
}: {
  message: Message;
  from: number;
  to: number;
  y: number;
  begin: number;
}) {
  const { label, sent, received, row, time } = message;
  const took =
    sent !== undefined && received !== undefined
      ? duration(received - sent)
      : received === undefined
        ? 'not received'
        : 'sender not traced';
  const inset = from < to ? 1 : -1;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same records are in the list
    <g
      class={`message ${received === undefined || sent === undefined ? 'half' : ''} ${chosen.value === row ? 'chosen' : ''}`}
      onClick={() => choose(row)}
    >
      <title>{took}</title>
      <text x="6" y={y + 4} class="when">
        {duration(time - begin)}
      </text>
      <path d={`M${from + inset} ${y - 3} L${to - inset * 2} ${y + 5}`} marker-end="url(#message-tip)" />
      <text x={(from + to) / 2} y={y - 4}>
        {label} <tspan class="took">{took}</tspan>
      </text>
    </g>
  );
}
