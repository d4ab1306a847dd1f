/**
 * Draw: lays out the chart of a machine with ELK.
 */
import elk, { type ElkEdgeSection, type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Chart } from '../../machines/charts.js';
import { mermaidOf } from '../../machines/mermaid.js';
import { type State, statesOf } from '../../machines/states.js';
import { type Transition, transitionsOf } from '../../machines/transitions.js';
import { type Arrow, type Box, type Drawing, type DrawnState, type Line, metrics, type Point } from './drawing.js';

const { charWidth, lineHeight, titleHeight, padding } = metrics;

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeEdge': '10',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '26',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
};

/** How often a transition was taken stands behind its name: ` ×1234`. */
const roomForCount = '      ';

interface Bundle {
  readonly from: string;
  readonly to: string;
  readonly lines: readonly Line[];
}

export async function draw(name: string, { machine, purpose }: Chart): Promise<Drawing> {
  const states = statesOf(machine);
  const transitions = transitionsOf(machine);
  const bundles = bundlesOf(transitions);
  const nodeOf = (state: State): ElkNode => {
    const children = states.filter(({ parent }) => parent === state.path).map(nodeOf);
    const inner = innerOf(state, transitions);
    const texts = [nameOf(state), ...inner.map(({ text }) => `${text}${roomForCount}`)];
    const height = titleHeight + inner.length * lineHeight + (inner.length > 0 ? padding / 2 : 0);
    const width = widthOf(texts);
    if (children.length === 0) return { id: state.path, width, height: Math.max(30, height) };
    const around = `[top=${height + padding},left=${padding * 1.6},bottom=${padding * 1.6},right=${padding * 1.6}]`;
    return {
      id: state.path,
      children,
      layoutOptions: {
        'elk.padding': around,
        'elk.nodeSize.constraints': 'MINIMUM_SIZE',
        'elk.nodeSize.minimum': `(${width},${height})`,
      },
    };
  };
  const graph: ElkNode = await new elk.default().layout({
    id: 'graph',
    layoutOptions: options,
    children: [nodeOf(states[0] as State)],
    edges: bundles.map((bundle, index): ElkExtendedEdge => {
      const texts = bundle.lines.map(({ text }) => `${text}${roomForCount}`);
      return {
        id: `${index}`,
        sources: [bundle.from],
        targets: [bundle.to],
        labels: [{ text: texts.join('\n'), width: widthOf(texts) - padding, height: texts.length * lineHeight + 4 }],
      };
    }),
  });
  const boxes = boxesOf(graph);
  const drawn = states.map((state): DrawnState => {
    const depth = state.path === '(any)' ? 0 : state.path.split('.').length;
    return {
      ...state,
      ...boxOf(boxes.get(state.path)),
      name: nameOf(state),
      depth,
      inner: innerOf(state, transitions),
    };
  });
  const arrows = (graph.edges ?? []).map((edge) => arrowOf(bundles[Number(edge.id)] as Bundle, edge));
  const [width, height] = [graph.width ?? 0, graph.height ?? 0];
  return { name, purpose, width, height, states: drawn, arrows, transitions, mermaid: mermaidOf(machine) };
}

/** Transitions from one state to another are one arrow. */
function bundlesOf(transitions: readonly Transition[]): Bundle[] {
  const bundles = new Map<string, { from: string; to: string; lines: Line[] }>();
  for (const transition of transitions) {
    for (const to of transition.targets.filter((target) => target !== transition.source)) {
      const key = `${transition.source} ${to}`;
      const bundle = bundles.get(key) ?? { from: transition.source, to, lines: [] };
      bundle.lines.push({ transition: transition.name, text: labelOf(transition) });
      bundles.set(key, bundle);
    }
  }
  return [...bundles.values()];
}

function innerOf({ path }: State, transitions: readonly Transition[]): Line[] {
  return transitions
    .filter(({ source, targets }) => source === path && targets.every((target) => target === path))
    .map((transition) => ({ transition: transition.name, text: labelOf(transition) }));
}

/** As in UML: `else` is what is left when the guards before it do not hold. */
function labelOf({ event, guard, index }: Transition): string {
  const condition = guard ?? (index > 0 ? 'else' : null);
  return condition === null ? event : `${event} [${condition}]`;
}

function nameOf({ path }: State): string {
  return path.split('.').at(-1) ?? path;
}

function widthOf(texts: readonly string[]): number {
  return Math.ceil(Math.max(...texts.map((text) => text.length)) * charWidth + 2 * padding);
}

function boxesOf(node: ElkNode): Map<string, ElkNode> {
  return new Map([[node.id, node] as const, ...(node.children ?? []).flatMap((child) => [...boxesOf(child)])]);
}

function boxOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box> = {}): Box {
  return { x: round(x), y: round(y), width: round(width), height: round(height) };
}

function arrowOf({ from, to, lines }: Bundle, edge: ElkExtendedEdge): Arrow {
  const points = (edge.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }: ElkEdgeSection) =>
    [startPoint, ...bendPoints, endPoint].map(({ x, y }): Point => [round(x), round(y)]),
  );
  return { from, to, lines, points, label: boxOf(edge.labels?.[0]) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
