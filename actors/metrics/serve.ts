/**
 * Serve: answers over HTTP on a node's metrics port: its metrics, whether it is alive and ready, and on a manager where the
 * others are. Says nothing but that, to anybody who can reach the port: it is bound to loopback unless told otherwise.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { messageOf } from '../../errors.js';
import { isLoopback } from '../../layout/address.js';
import type { NodeParts } from '../node-parts.js';
import type { Attachment } from '../node-setup.js';
import { families } from './families.js';
import { services, whyNotReady } from './health.js';
import { createRegistry, type Format } from './registry.js';

/** In ms: a request that takes longer to come is cut off. */
const requestTimeout = 10_000;
const maxConnections = 64;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type Page = (request: IncomingMessage) => Answer | Promise<Answer>;

/** Resolves once it listens. A port that cannot be had is a logged error: the node goes on without. */
export async function serveMetrics(parts: NodeParts): Promise<Attachment> {
  const { core } = parts;
  const pages = pagesOf(parts);
  const server = createServer({ requestTimeout, headersTimeout: requestTimeout }, (request, response) => {
    answer(pages, request, response).catch((thrown) => {
      core.diagnostics.error(`metrics of ${core.name}: ${messageOf(thrown)}`);
      response.destroy();
    });
  });
  server.maxConnections = maxConnections;
  await listen(server, parts);
  server.on('error', (error) => core.diagnostics.error(`metrics of ${core.name}: ${error.message}`));
  return { close: () => close(server) };
}

async function listen(server: Server, { core }: NodeParts): Promise<void> {
  const own = core.layout[core.name];
  const port = own?.metricsPort ?? 0;
  const host = core.options.metricsAddress || loopbackFor(own?.ip ?? '');
  try {
    await once(server.listen({ port, host, exclusive: true }), 'listening');
    core.diagnostics.debug(`metrics on http://${isIPv6(host) ? `[${host}]` : host}:${port}/metrics`);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    const where = `port ${port} of ${host}`;
    const why =
      code === 'EADDRINUSE'
        ? `${where} is taken by another program, and the layout gives it to ${core.name}. End that, or change its metricsPort`
        : `cannot listen on ${where}: ${messageOf(thrown)}. Change its metricsPort, or the option metricsAddress`;
    core.diagnostics.error(`no metrics of ${core.name}: ${why}; the node runs without.`);
  }
}

/** A loopback address of the same kind as `ip`: that itself, if it is one. */
function loopbackFor(ip: string): string {
  if (isLoopback(ip)) return ip;
  return isIPv6(ip) ? '::1' : '127.0.0.1';
}

/** Connections that are kept alive are ended, too. */
async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function pagesOf(parts: NodeParts): ReadonlyMap<string, Page> {
  const { core } = parts;
  const pages: [path: string, page: Page][] = [
    ['/metrics', (request) => metrics(parts, formatFor(request.headers.accept))],
    ['/livez', () => plain(200, 'alive')],
    [
      '/readyz',
      () => {
        const why = whyNotReady(parts);
        return why === undefined ? plain(200, 'ready') : plain(503, why);
      },
    ],
  ];
  if (core.nodeType === 'manager') {
    const body = JSON.stringify(services(core.layout, core.options.clusterName));
    pages.push(['/services.json', () => ({ status: 200, type: 'application/json; charset=utf-8', body })]);
  }
  return new Map(pages);
}

async function answer(
  pages: ReadonlyMap<string, Page>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const page = pages.get(path);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (page !== undefined && !isRead) response.setHeader('allow', 'GET, HEAD');
  const { status, type, body } =
    page === undefined ? plain(404, 'not found') : isRead ? await page(request) : plain(405, 'method not allowed');
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function plain(status: number, words: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${words}\n` };
}

async function metrics(parts: NodeParts, format: Format): Promise<Answer> {
  const registry = createRegistry(format, parts.core.name, families, (family) => family.read(parts));
  return { status: 200, type: registry.contentType, body: await registry.metrics() };
}

function formatFor(accept = ''): Format {
  return accept.includes('application/openmetrics-text') ? 'openmetrics' : 'text';
}
