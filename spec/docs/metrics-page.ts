/**
 * The page `docs/metrics.md`, made from the registry that a node serves, so that it names what there is: `npm run docs` writes it.
 */
import { families } from '../../actors/metrics/families.js';
import { createRegistry } from '../../actors/metrics/registry.js';

export const path = 'docs/metrics.md';

const introduction = `# Metrics, health, trace context

## What a node answers

A node with a \`metricsPort\` in the [layout](layouts.md) answers there over HTTP, to GET and HEAD; all else is 404 or 405.

| path | answer |
| --- | --- |
| \`/metrics\` | its metrics: OpenMetrics 1.0 if the request's \`Accept\` names it, else Prometheus' text format 0.0.4 |
| \`/livez\` | 200 \`alive\`: its event loop turns |
| \`/readyz\` | 200 \`ready\`, or 503 and why: \`waiting for logger-1, proxy-2\` (the peerings that it begins; once it was ready, all peers that it has lost), \`leaving\` |
| \`/services.json\` | on a manager: all nodes of the layout that have a port for metrics, for Prometheus' HTTP service discovery |

It answers from when the node has started, after its bootstrap script, until it has left; control nodes and stores do not count
for \`/readyz\`. A port that cannot be had is a logged error that says whose it is, and the node runs without.

It is bound to loopback: to the node's \`ip\` if that is a loopback address, else to \`127.0.0.1\` (\`::1\` for IPv6). The option
\`metricsAddress\` says another address, such as \`0.0.0.0\`. There is neither TLS nor a password: who can reach the port can read
the names of nodes, topics, events and stores. Nodes that run on one machine under several other addresses need different ports. What \`/services.json\` gives to others is always the \`ip\` of the layout.

\`\`\`yaml
scrape_configs:
  - job_name: muster
    http_sd_configs:
      - url: http://127.0.0.1:9760/services.json   # the manager's metricsPort
\`\`\`

Each sample has the label \`node\`. Of targets found like this, \`__meta_muster_node\`, \`__meta_muster_node_type\` and
\`__meta_muster_cluster\` can be made labels by relabelling.

## What it costs

Parts of a node count in plain numbers, whether anybody reads them or not: an event costs a few integer additions. Metrics are
made of them when they are scraped. Without a \`metricsPort\` nothing else is done and prom-client is not loaded; with one, a
clock is read twice for every 64th run of the handlers of each event, for each ping, and for one event at a time that waits for
its acknowledgement. A scrape of a node with ten peers and the handlers of twenty events holds the event loop for about 5 ms,
the first one longer. \`npm run bench -- metrics\` measures all of it.

Labels are bounded: peers by the layout; 64 topics in each direction, with those of single nodes and of their lifetimes folded
into one each (\`zeek/cluster/node/*\`) and the messages of stores under \`(none)\`; 100 events. What comes after is \`(other)\`.

## Metrics of the node

Counters begin at 0 with each lifetime of a node. A handler's time is that in which it held the event loop: what it awaits is not
in it.`;

const processes = `## Metrics of the process

Those of [prom-client](https://github.com/siimon/prom-client), here on Linux; nodes that share a process share them. The delay of
the event loop is \`nodejs_eventloop_lag_…\`: its quantiles, mean and extremes are of the time since the scrape before, whoever
made it, and those that are not known then are left out.`;

const traceContext = `## Trace context

Where OpenTelemetry is in use, an event that is published while a span is active bears that span's context to all that get it
(\`traceparent\` and \`tracestate\` of [W3C Trace Context](https://www.w3.org/TR/trace-context/), as a header of the event: see
[the protocol](../transport/PROTOCOL.md#frames)). There, all handlers of the event run in one span \`process EVENT\` of the kind
\`CONSUMER\`, a child of the publisher's. It ends when all of them have settled; what they throw is recorded in it. What they publish is
its child in turn. Its attributes: \`messaging.system\` (\`muster\`), \`messaging.operation.type\` (\`process\`),
\`messaging.operation.name\` (the event), \`messaging.destination.name\` (the topic), \`muster.sender\` (the node).

Nothing has to be configured: install \`@opentelemetry/api\` and an SDK, and register a provider of tracers and a context manager
before the node joins, or in its bootstrap script. A node that finds no provider when it starts loads nothing, carries nothing, and
ignores what others carry (prom-client loads the API by itself, where metrics are served).

- Events without a context are handled outside of all spans, not in that in which the node joined.
- Events that a node raises itself are handled in the span that is active then: there is nothing to carry.
- The context of a span that is not sampled is carried, too; the SDK of the handlers' node honours that.
- Propagators other than W3C Trace Context, and baggage, are not used. Changes of stores and log records bear no context.`;

/** The metrics as a node registers them. */
export function metricsPage(): string {
  const registered = createRegistry('text', 'node', families, () => []).getMetricsAsArray() as unknown as Registered[];
  const own = registered.filter(({ name }) => name.startsWith('muster_'));
  const others = registered.filter(({ name }) => !name.startsWith('muster_'));
  return `${[introduction, table(own), processes, table(others), traceContext, footer].join('\n\n')}\n`;
}

const footer = '*The tables of this page are made from the registry of a node by `npm run docs`.*';

interface Registered {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

function table(metrics: readonly Registered[]): string {
  const rows = metrics.map(({ name, type, labelNames, help }) => [
    `\`${name}\``,
    type,
    labelNames.map((label) => `\`${label}\``).join(', '),
    help.replace(/\.$/, ''),
  ]);
  const heads = ['metric', 'type', 'labels', 'what it is'];
  const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.map((line) => line.replace(/ {2,}/g, ' ')).join('\n');
}
