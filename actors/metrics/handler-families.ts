/**
 * Handler families: what the handlers of events do. Each of the first events has a label of its own; all others, and events
 * whose handlers are gone, share `(other)`.
 */
import { Handlers } from '../handlers.js';
import type { Family, Measured, Sample } from './family.js';

/** Events that are told apart. */
const maxEvents = 100;
const others = '(other)';

/** The names that are told apart, for each node: once there, a name stays, so that no counter ever falls. */
const known = new WeakMap<object, Set<string>>();

export const handlerFamilies: readonly Family[] = [
  {
    name: 'muster_handler_runs_total',
    help: 'Events for which the handlers of this node ran, from peers or its own',
    type: 'counter',
    labels: ['event'],
    read: (node) => byEvent(node, ({ runs }) => runs),
  },
  {
    name: 'muster_handler_errors_total',
    help: 'Handlers that threw, or whose promise was rejected',
    type: 'counter',
    labels: ['event'],
    read: (node) => byEvent(node, ({ failed }) => failed),
  },
  {
    name: 'muster_handler_duration_seconds',
    help: 'How long the handlers of an event held the event loop, of every 64th event of a name',
    type: 'histogram',
    labels: ['event'],
    read: (node) => byEvent(node, ({ times }) => times),
  },
  {
    name: 'muster_events_invalid_total',
    help: 'Events of peers dropped since their arguments do not satisfy the schema of their name',
    type: 'counter',
    labels: [],
    read: ({ bus }) => [{ labels: {}, value: bus.counters.invalid }],
  },
];

function byEvent({ bus }: Measured, value: (handlers: Handlers) => Sample['value']): Sample[] {
  const names = known.get(bus) ?? new Set();
  known.set(bus, names);
  const own = new Map<string, Handlers>();
  for (const [name, handlers] of bus.handlers) {
    if (name === '' && handlers.runs === 0) continue;
    if (name !== '' && names.size < maxEvents) names.add(name);
    const label = names.has(name) ? name : others;
    const sum = own.get(label) ?? new Handlers();
    sum.add(handlers);
    own.set(label, sum);
  }
  return [...own].map(([event, handlers]) => ({ labels: { event }, value: value(handlers) }));
}
