/**
 * App: the panels of the page, what stands above them, and what a key does.
 */
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { Chart } from './chart.js';
import { Detail } from './detail.js';
import { Difference } from './difference.js';
import { Events } from './events.js';
import { openFile } from './feed.js';
import { clock, count, since } from './format.js';
import { Help } from './help.js';
import { pressKey } from './keyboard.js';
import { Rates } from './rates.js';
import { Sequence } from './sequence.js';
import {
  at,
  follow,
  isHelpOpen,
  isWide,
  mode,
  playOrPause,
  progress,
  source,
  spanOf,
  speed,
  store,
  type Tab,
  tab,
  tabs,
  toggleTheme,
  trouble,
  version,
} from './state.js';
import { Timeline } from './timeline/timeline.js';
import { Topology } from './topology.js';

const panels: Readonly<Record<Tab, { readonly title: string; readonly Panel: ComponentType }>> = {
  chart: { title: 'Chart', Panel: Chart },
  sequence: { title: 'Sequence', Panel: Sequence },
  difference: { title: 'Difference', Panel: Difference },
  rates: { title: 'Rates', Panel: Rates },
};

const speeds = [0.01, 0.1, 0.5, 1, 2, 10, 60];

export function App() {
  useEffect(() => {
    document.addEventListener('keydown', pressKey);
    const allow = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      const [file] = event.dataTransfer?.files ?? [];
      if (file !== undefined) void openFile(file);
    };
    document.addEventListener('dragover', allow);
    document.addEventListener('drop', drop);
    return () => {
      document.removeEventListener('keydown', pressKey);
      document.removeEventListener('dragover', allow);
      document.removeEventListener('drop', drop);
    };
  }, []);
  const { Panel } = panels[tab.value];
  return (
    <div class="app">
      <Head />
      <main class={isWide.value ? 'wide' : ''}>
        {!isWide.value && (
          <section class="panel" aria-label="Topology" style={{ gridArea: 'topology' }}>
            <Topology />
          </section>
        )}
        <section class="panel" aria-label={panels[tab.value].title} style={{ gridArea: 'machine' }}>
          <div class="tabs" role="tablist">
            {tabs.map((name) => (
              <button
                type="button"
                role="tab"
                key={name}
                aria-selected={tab.value === name}
                onClick={() => {
                  tab.value = name;
                }}
              >
                {panels[name].title}
              </button>
            ))}
            <span class="space" />
            <button
              type="button"
              class="widen"
              aria-pressed={isWide.value}
              title="More room for this panel (f)"
              onClick={() => {
                isWide.value = !isWide.value;
              }}
            >
              ⤢
            </button>
          </div>
          <Panel />
        </section>
        <section class="panel" aria-label="Timeline" style={{ gridArea: 'timeline' }}>
          <Timeline />
        </section>
        <section class="panel" aria-label="Events" style={{ gridArea: 'events' }}>
          <Events />
        </section>
        <section class="panel" aria-label="Record" style={{ gridArea: 'detail' }}>
          <Detail />
        </section>
      </main>
      {isHelpOpen.value && <Help />}
    </div>
  );
}

function Head() {
  version.value;
  const { kind, name } = source.value;
  const { leftOut, forgotten, malformed, unknown } = store.value;
  const dropped = leftOut + forgotten;
  const isLive = mode.value === 'live';
  return (
    <header>
      <span class="brand">
        muster <em>inspector</em>
      </span>
      <span class={`source ${kind}`} title={name}>
        {kind === 'live' ? 'live' : kind === 'recording' ? 'recording' : ''} <b>{name}</b>
      </span>
      {progress.value !== undefined && (
        <span class="quiet">
          reading <progress max={progress.value.total || 1} value={progress.value.done} />
        </span>
      )}
      <span class="quiet number" data-testid="size">
        {count(store.value.size)} records
      </span>
      {dropped > 0 && (
        <span
          class="warning number"
          data-testid="dropped"
          title={`${count(leftOut)} left out by nodes or the server, ${count(forgotten)} forgotten by this page`}
        >
          {count(dropped)} dropped
        </span>
      )}
      {malformed + unknown > 0 && (
        <span
          class="warning number"
          title="Lines that are no records of version 1, and records of kinds that are not known here"
        >
          {count(malformed + unknown)} not read
        </span>
      )}
      {trouble.value !== '' && (
        <span class="warning" role="alert" data-testid="trouble">
          {trouble.value}
        </span>
      )}
      <span class="space" />
      <span class="now number" data-testid="now" title={clock(at.value)}>
        {since(at.value - spanOf()[0])}
      </span>
      <button
        type="button"
        onClick={playOrPause}
        aria-label={mode.value === 'paused' ? 'Play' : 'Pause'}
        title="Play or pause (space)"
      >
        {mode.value === 'paused' ? '▶' : '❚❚'}
      </button>
      <select
        aria-label="Speed"
        value={speed.value}
        onChange={({ currentTarget }) => {
          speed.value = Number(currentTarget.value);
        }}
      >
        {speeds.map((factor) => (
          <option key={factor} value={factor}>
            ×{factor}
          </option>
        ))}
      </select>
      {kind === 'live' && (
        <button
          type="button"
          class={isLive ? 'on' : ''}
          aria-pressed={isLive}
          onClick={follow}
          title="Follow what happens now (l)"
        >
          ● live
        </button>
      )}
      <button type="button" aria-label="Light or dark" title="Light or dark (t)" onClick={toggleTheme}>
        ◐
      </button>
      <button
        type="button"
        aria-label="Help"
        title="Keys (?)"
        onClick={() => {
          isHelpOpen.value = true;
        }}
      >
        ?
      </button>
    </header>
  );
}
