/**
 * Main: puts the page up, and keeps it going.
 */
import { render } from 'preact';
import { keepAddress } from './address.js';
import { App } from './app.js';
import { openServed } from './feed.js';
import { tick, trouble } from './state.js';
import './style.css';

render(<App />, document.getElementById('app') as HTMLElement);
keepAddress();
openServed().catch((error) => {
  trouble.value = `the server does not answer: ${error instanceof Error ? error.message : String(error)}`;
});

let last = performance.now();
requestAnimationFrame(function frame(now) {
  tick(Math.min(250, now - last));
  last = now;
  requestAnimationFrame(frame);
});
