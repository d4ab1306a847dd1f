/**
 * Events: the records, or those that pass the filter, as a list of which only what can be seen is made.
 */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { moodOf, stateText } from '../model/states.js';
import { saveVisible } from './export.js';
import { count, since, summary } from './format.js';
import { at, choose, chosen, filtered, mode, query, store, version } from './state.js';

const rowHeight = 20;
/** Browsers draw no box that is much higher, in pixels: beyond it, the list moves in larger steps. */
const maxHeight = 8_000_000;
/** Records that are looked at for the filter between two frames of the screen. */
const lookAtOnce = 40_000;

export function Events() {
  const box = useRef<HTMLDivElement>(null);
  const height = useSignal(300);
  const top = useSignal(0);
  const looked = useSignal(0);
  const isLooking = useSignal(false);

  const rows = useComputed(() => {
    version.value;
    looked.value;
    return { list: filtered.value?.rows ?? store.value.rows };
  });

  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const observer = new ResizeObserver(() => {
      height.value = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // Goes on where it was whenever there is more to look at.
  useSignalEffect(() => {
    version.value;
    const filter = filtered.value;
    let isOver = false;
    const look = () => {
      if (isOver) return;
      const isDone = filter === undefined || filter.advance(lookAtOnce);
      looked.value += 1;
      isLooking.value = !isDone;
      if (!isDone) setTimeout(look);
    };
    look();
    return () => {
      isOver = true;
    };
  });

  // The record of the instant is in sight.
  useSignalEffect(() => {
    const { list } = rows.value;
    const position = chosen.value >= 0 && mode.value === 'paused' ? list.positionOf(chosen.value) : -1;
    const here = position === -1 ? list.countUntil(at.value) - 1 : position;
    const element = box.current;
    if (element === null || here < 0) return;
    const shown = Math.floor(element.clientHeight / rowHeight);
    const first = firstOf(element.scrollTop, list.length, element.clientHeight);
    if (here >= first && here < first + shown - 1) return;
    const target = Math.max(0, mode.value === 'paused' ? here - shown / 2 : here - shown + 2);
    element.scrollTop = scrollOf(target, list.length, element.clientHeight);
  });

  const { list } = rows.value;
  const total = list.length;
  const tall = Math.min(total * rowHeight, maxHeight);
  const first = Math.floor(firstOf(top.value, total, height.value));
  const shown = Math.ceil(height.value / rowHeight) + 1;
  const now = list.countUntil(at.value) - 1;
  const visible = Array.from({ length: Math.max(0, Math.min(shown, total - first)) }, (_, index) => first + index);
  // What is in view stands still where the list's height is more than a browser can draw.
  const offset = total * rowHeight <= maxHeight ? first * rowHeight : top.value;
  return (
    <div class="fill events" data-testid="events">
      <div class="panel-head">
        <input
          type="search"
          class="filter"
          placeholder="Filter: node:worker-1 kind:transition event:link.lost state:down text   ( / )"
          aria-label="Filter"
          value={query.value}
          onInput={({ currentTarget }) => {
            query.value = currentTarget.value;
          }}
        />
        <span class="quiet number" data-testid="count">
          {isLooking.value ? '… ' : ''}
          {count(total)}
          {filtered.value === undefined ? ' records' : ` of ${count(store.value.size)}`}
        </span>
        <button
          type="button"
          onClick={saveVisible}
          title="Save the records that are on the timeline and pass the filter"
        >
          Save visible
        </button>
      </div>
      <div
        class="list"
        ref={box}
        role="listbox"
        tabIndex={-1}
        aria-label="Records"
        onScroll={({ currentTarget }) => {
          top.value = currentTarget.scrollTop;
        }}
      >
        <div style={{ height: `${tall}px` }}>
          <div style={{ transform: `translateY(${offset}px)` }}>
            {visible.map((position) => (
              <Row key={position} row={list.at(position)} isNow={position === now} isFuture={position > now} />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function Row({ row, isNow, isFuture }: { row: number; isNow: boolean; isFuture: boolean }) {
  if (row < 0) return null;
  const record = store.value.record(row);
  const isChosen = chosen.value === row;
  const { kind } = record;
  const mood = kind === 'transition' ? `mood-${moodOf(stateText(record.data.to))}` : '';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys move between records
    <div
      class={`row kind-${kind} ${isChosen ? 'chosen' : ''} ${isNow ? 'now' : ''} ${isFuture ? 'future' : ''}`}
      role="option"
      aria-selected={isChosen}
      tabIndex={-1}
      onClick={() => choose(row)}
    >
      <span class="time">{since(store.value.time(row) - store.value.span[0])}</span>
      <span class="who">{record.node || 'simulation'}</span>
      <span class={`kind ${mood}`}>{kind}</span>
      <span class="what">{summary(record)}</span>
    </div>
  );
}

/** Position of the first row that is seen. */
function firstOf(scrolled: number, total: number, height: number): number {
  if (total * rowHeight <= maxHeight) return scrolled / rowHeight;
  return (scrolled / (maxHeight - height)) * (total - height / rowHeight);
}

function scrollOf(first: number, total: number, height: number): number {
  if (total * rowHeight <= maxHeight) return first * rowHeight;
  return (first / (total - height / rowHeight)) * (maxHeight - height);
}
