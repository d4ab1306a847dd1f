/**
 * Supervisor trace: what a supervisor tells of itself: who is to be there, and what becomes of processes. Its machines, one
 * for each node, tell the rest.
 */
import type { Layout } from '../../layout/types.js';
import { type Runtime, toHex } from '../../runtime.js';
import { Tracer } from '../../trace/tracer.js';
import type { SupervisorEvent, Untimed } from '../messages.js';
import { wordFor } from '../words.js';

/** No node of a layout can have this name. */
const name = '(supervisor)';

export function createSupervisorTracer({ layout, runtime }: { layout: Layout; runtime: Runtime }): Tracer {
  const tracer = new Tracer({ node: name, id: `supervisor_${toHex(runtime.randomBytes(8))}`, runtime });
  const types = Object.fromEntries(Object.entries(layout).map(([name, { nodeType }]) => [name, nodeType]));
  tracer.add({
    describe: () => tracer.record('node', { nodeType: 'none', layout: types, initiates: [], accepts: [] }),
  });
  return tracer;
}

/** News in the words of the terminal. States of nodes are told by their machines, and what they write is theirs. */
export function traceNews(tracer: Tracer, event: Untimed<SupervisorEvent>): void {
  if (!tracer.isOn || event.type === 'state' || event.type === 'output' || event.type === 'inspector') return;
  const word = wordFor({ ts: 0, ...event } as SupervisorEvent, false);
  if (word !== undefined) tracer.record('line', { level: word.isBad ? 'warn' : 'info', message: word.text });
}
