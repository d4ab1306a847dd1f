/**
 * Help: the keys, and what the signs mean.
 */
import { moods } from '../model/states.js';
import { keys } from './keyboard.js';
import { moodWords, signs } from './moods.js';
import { isHelpOpen } from './state.js';

export function Help() {
  const close = () => {
    isHelpOpen.value = false;
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it as well
    // biome-ignore lint/a11y/noStaticElementInteractions: a click beside it closes it
    <div class="veil" onClick={({ target, currentTarget }) => target === currentTarget && close()}>
      <div class="help" role="dialog" aria-label="Help">
        <button type="button" class="close" aria-label="Close" onClick={close}>
          ✕
        </button>
        <h2>Keys</h2>
        <dl>
          {keys.map(({ shown, meaning }) => (
            <div key={shown}>
              <dt>
                <kbd>{shown}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
        <h2>Signs</h2>
        <ul class="signs">
          {moods.map((mood) => (
            <li key={mood} class={`mood-${mood}`}>
              <span class="sign">{signs[mood]}</span> {moodWords[mood]}
            </li>
          ))}
        </ul>
        <p class="quiet">
          On the timeline: turn the wheel to zoom, drag to move, drag on the axis to scrub, click a name to open it.
          Drop a trace onto the page to see it.
        </p>
      </div>
    </div>
  );
}
