/**
 * Difference: the context of the selected machine at two instants: one that was marked, and the present one.
 */
import { type Change, difference } from '../model/difference.js';
import { contextAt, standingAt } from '../model/instant.js';
import { since } from './format.js';
import { at, goTo, marked, position, selectedActor, store } from './state.js';

export function Difference() {
  position.value;
  const actor = selectedActor.value;
  const other = marked.value;
  const begin = store.value.span[0];
  return (
    <div class="fill difference" data-testid="difference">
      <div class="panel-head">
        {actor !== undefined && (
          <strong>
            {actor.node} · {actor.name}
          </strong>
        )}
        <span class="space" />
        <button
          type="button"
          title="Compare other instants with this one (m)"
          onClick={() => {
            marked.value = at.value;
          }}
        >
          Mark this instant
        </button>
        {other !== undefined && (
          <button
            type="button"
            onClick={() => {
              marked.value = undefined;
            }}
          >
            Unmark
          </button>
        )}
      </div>
      <div class="scroll">
        {actor === undefined && <p class="empty">Choose a node, a peering or a lane to see its context.</p>}
        {actor !== undefined && other === undefined && (
          <>
            <p class="quiet">Context at {since(at.value - begin)}. Mark an instant to compare it with another.</p>
            <pre>{JSON.stringify(contextAt(store.value, actor, at.value), undefined, 2)}</pre>
          </>
        )}
        {actor !== undefined && other !== undefined && (
          <>
            <p>
              <button type="button" class="link" onClick={() => goTo(other)}>
                {since(other - begin)}
              </button>{' '}
              <b>{standingAt(store.value, actor, other).state || 'not seen'}</b>
              <span class="quiet"> → </span>
              {since(at.value - begin)} <b>{standingAt(store.value, actor, at.value).state || 'not seen'}</b>
            </p>
            <Changes
              changes={difference(contextAt(store.value, actor, other), contextAt(store.value, actor, at.value))}
            />
          </>
        )}
      </div>
    </div>
  );
}

export function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p class="quiet">The context is the same.</p>;
  return (
    <table class="changes">
      <tbody>
        {changes.map((change) => (
          <tr key={change.path}>
            <th scope="row">{change.path}</th>
            <td class="before">{'before' in change ? `− ${show(change.before)}` : ''}</td>
            <td class="after">{'after' in change ? `+ ${show(change.after)}` : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
