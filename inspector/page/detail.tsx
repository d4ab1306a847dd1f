/**
 * Detail: the chosen record as it is, what it changed in the machine's context, and why it came about.
 */
import { useSignal } from '@preact/signals';
import { causeOf, why } from '../model/causes.js';
import { difference } from '../model/difference.js';
import { Changes } from './difference.js';
import { clock, duration, since, summary } from './format.js';
import { choose, chosen, store, version } from './state.js';

export function Detail() {
  const isWhyOpen = useSignal(true);
  version.value;
  const row = chosen.value;
  if (row === -1 || row < store.value.first) {
    return (
      <div class="fill detail">
        <p class="empty">Choose a record to see it, and why it came about.</p>
      </div>
    );
  }
  const record = store.value.record(row);
  const cause = causeOf(store.value, row);
  return (
    <div class="fill detail" data-testid="detail">
      <div class="panel-head">
        <strong>{record.kind}</strong>
        <span>{record.node || 'simulation'}</span>
        <span class="quiet number">#{record.sequence}</span>
        <span class="quiet number">
          {since(store.value.time(row) - store.value.span[0])} · {clock(store.value.time(row))}
        </span>
        <span class="space" />
        <button
          type="button"
          aria-pressed={isWhyOpen.value}
          title="The chain of causes, back to where it began (w)"
          onClick={() => {
            isWhyOpen.value = !isWhyOpen.value;
          }}
        >
          Why?
        </button>
      </div>
      <div class="scroll">
        {isWhyOpen.value && <Why row={row} />}
        {!isWhyOpen.value && cause !== -1 && (
          <p>
            <span class="quiet">because of </span>
            <button type="button" class="link" onClick={() => choose(cause)}>
              {store.value.node(cause) || 'simulation'}: {summary(store.value.record(cause))}
            </button>
          </p>
        )}
        <ContextChange row={row} />
        <pre>{JSON.stringify(record.data, undefined, 2)}</pre>
      </div>
    </div>
  );
}

function Why({ row }: { row: number }) {
  const chain = why(store.value, row);
  const first = chain.at(-1) as number;
  return (
    <ol class="why" data-testid="why">
      {chain.map((link, index) => {
        const next = chain[index + 1];
        const gap = next === undefined ? undefined : store.value.time(link) - store.value.time(next);
        return (
          <li key={link} class={link === row ? 'chosen' : ''}>
            <button type="button" class="link" onClick={() => choose(link)}>
              <span class="who">{store.value.node(link) || 'simulation'}</span>{' '}
              <span class="kind">{store.value.kind(link)}</span> {summary(store.value.record(link))}
            </button>
            {gap !== undefined && gap > 0.05 && <span class="quiet number"> {duration(gap)} after</span>}
          </li>
        );
      })}
      {store.value.kind(first) !== 'fault' && <li class="quiet end">nothing earlier is known</li>}
    </ol>
  );
}

function ContextChange({ row }: { row: number }) {
  const actor = store.value.actor(row);
  const position = actor?.changes.positionOf(row) ?? -1;
  if (actor === undefined || position === -1 || store.value.kind(row) !== 'transition') return null;
  const changes = difference(store.value.context(actor, position - 1), store.value.context(actor, position));
  if (changes.length === 0) return null;
  return (
    <section>
      <h3>Context before and after</h3>
      <Changes changes={changes} />
    </section>
  );
}
