/**
 * Rates: what passed on the peerings of the selected node, second by second.
 */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Measure, measures, seriesOf } from '../model/rates.js';
import { colours } from './colours.js';
import { short } from './format.js';
import { at, goTo, selection, store, theme, version, view } from './state.js';

/** The two directions of one thing share a chart. */
const plots: readonly { readonly title: string; readonly unit: string; readonly measures: readonly Measure[] }[] = [
  { title: 'events', unit: '/s', measures: ['eventsOut', 'eventsIn'] },
  { title: 'bytes', unit: 'B/s', measures: ['bytesOut', 'bytesIn'] },
  { title: 'round trip', unit: 'ms', measures: ['roundTrip'] },
  { title: 'buffer', unit: '% full', measures: ['fill'] },
  { title: 'not acknowledged', unit: 'events', measures: ['unacknowledged'] },
  { title: 'lost', unit: 'events/s', measures: ['lost'] },
];

const plotHeight = 118;

export function Rates() {
  const all = useSignal(false);
  version.value;
  const { node, actor } = selection.value;
  const peer = all.value || !actor?.startsWith('peering ') ? undefined : actor.slice('peering '.length);
  const hasCounters = node !== undefined && (store.value.nodes.get(node)?.counters.length ?? 0) > 1;
  return (
    <div class="fill rates" data-testid="rates">
      <div class="panel-head">
        {node !== undefined && (
          <strong>
            {node} {peer === undefined ? 'with all peers' : `with ${peer}`}
          </strong>
        )}
        <span class="space" />
        {actor?.startsWith('peering ') && (
          <label>
            <input
              type="checkbox"
              checked={all.value}
              onChange={({ currentTarget }) => {
                all.value = currentTarget.checked;
              }}
            />{' '}
            all peers
          </label>
        )}
      </div>
      <div class="scroll plots">
        {!hasCounters && (
          <p class="empty">
            {node === undefined ? 'Choose a node or a peering.' : 'This trace has no counters of this node.'}
          </p>
        )}
        {hasCounters &&
          plots.map((plot) => (
            <Plot key={`${plot.title} ${node} ${peer}`} node={node as string} peer={peer} {...plot} />
          ))}
      </div>
    </div>
  );
}

interface PlotProps {
  readonly node: string;
  readonly peer: string | undefined;
  readonly title: string;
  readonly unit: string;
  readonly measures: readonly Measure[];
}

function Plot({ node, peer, title, unit, measures: shown }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: plotHeight }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  useSignalEffect(() => {
    theme.value;
    version.value;
    const series = shown.map((measure) => seriesOf(store.value, node, peer, measure));
    const data = [(series[0]?.times ?? []).map((time) => time / 1_000), ...series.map(({ values }) => [...values])];
    const element = box.current as HTMLDivElement;
    plot.current ??= createPlot(element, shown);
    plot.current.setData(data as uPlot.AlignedData, false);
    plot.current.setScale('x', { min: view.value[0] / 1_000, max: view.value[1] / 1_000 });
    plot.current.setCursor({ left: plot.current.valToPos(at.value / 1_000, 'x'), top: 0 }, false);
  });
  return (
    <figure>
      <figcaption>
        {title} <span class="quiet">{unit}</span>
        {shown.length > 1 &&
          shown.map((measure, index) => (
            <span key={measure} class={`legend legend-${index}`}>
              {measures
                .find(({ name }) => name === measure)
                ?.label.split(' ')
                .at(-1)}
            </span>
          ))}
      </figcaption>
      <div ref={box} />
    </figure>
  );
}

function createPlot(element: HTMLElement, shown: readonly Measure[]): uPlot {
  const colour = colours();
  const axis = {
    stroke: colour('quiet'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line') },
    font: '10px system-ui',
  };
  const made = new uPlot(
    {
      width: element.clientWidth || 400,
      height: plotHeight,
      legend: { show: false },
      scales: {
        x: { time: true, auto: false },
        y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1, (high ?? 1) * 1.1)] },
      },
      cursor: { y: false, drag: { x: false, y: false } },
      axes: [
        { ...axis, size: 24 },
        { ...axis, size: 46, values: (_, ticks) => ticks.map(short) },
      ],
      series: [
        {},
        ...shown.map((_, index) => ({
          stroke: colour(index === 0 ? 'series-0' : 'series-1'),
          ...(index > 0 && { dash: [5, 3] }),
          width: 1.5,
          points: { size: 3 },
        })),
      ],
    },
    [[], ...shown.map(() => [])] as unknown as uPlot.AlignedData,
    element,
  );
  made.over.addEventListener('click', ({ offsetX }) => goTo(made.posToVal(offsetX, 'x') * 1_000));
  return made;
}
