/**
 * Page server: serves the inspector's page, and a trace to it, to the browsers of this machine.
 * Only who knows the token of the address gets anything. It listens on the loopback interface alone, answers no name but
 * its own, so that no other page can have a name that leads here, and nothing that a page of another origin asks for.
 * It only ever reads.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MusterError } from '../../errors.js';
import { packageRoot } from '../../package.js';

/** Where a page gets its trace from. */
export interface TraceFeed {
  readonly kind: 'live' | 'recording';
  readonly name: string;
  /** Bytes of a recording. */
  readonly size: number;
  /** Writes NDJSON to the response until there is no more, or it is closed. */
  stream(response: ServerResponse): void;
}

export interface PageServer {
  /** With the token. */
  readonly url: string;
  close(): void;
}

const host = '127.0.0.1';
const pageDir = fileURLToPath(new URL('dist/inspector/page/', packageRoot));

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page may load what it consists of, and speak to its own server: nothing else. */
const headers: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
};

/** @throws {@link MusterError} `MUSTER_LISTEN_FAILED` */
export async function openPageServer(feed: TraceFeed): Promise<PageServer> {
  const token = randomBytes(16).toString('hex');
  const server = createServer((request, response) => {
    answer(request, response, token, feed).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new MusterError('MUSTER_LISTEN_FAILED', `the inspector cannot listen: ${cause.message}`, { cause })),
    );
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}/${token}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  feed: TraceFeed,
): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const refusal = refusalOf(request, token);
  if (refusal !== undefined) return end(response, refusal, 'text/plain', 'refused\n');
  const path = (request.url ?? '').slice(token.length + 1).split('?')[0] as string;
  switch (path) {
    // Relative addresses begin below the token.
    case '':
      response.setHeader('Location', `/${token}/`);
      return end(response, 308, 'text/plain', '');
    case '/about': {
      const { kind, name, size } = feed;
      return end(response, 200, 'application/json', JSON.stringify({ kind, name, size }));
    }
    case '/feed':
      response.setHeader('Content-Type', 'application/x-ndjson');
      response.flushHeaders();
      if (request.method === 'HEAD') response.end();
      else feed.stream(response);
      return;
    default:
      return servePage(response, path === '/' ? '/index.html' : path);
  }
}

/** The status with which a request is refused; undefined: it is answered. */
function refusalOf({ method, url = '', headers, socket }: IncomingMessage, token: string): number | undefined {
  const { port } = socket.address() as AddressInfo;
  const own = [`${host}:${port}`, `localhost:${port}`];
  if (!own.includes(headers.host ?? '')) return 403;
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) return 403;
  const site = headers['sec-fetch-site'];
  // A link to the page may be anywhere; all else comes from the page itself.
  const isVisit = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isVisit) return 403;
  if (!isSame(url.slice(1).split(/[/?]/)[0] ?? '', token)) return 403;
  return method === 'GET' || method === 'HEAD' ? undefined : 405;
}

function isSame(given: string, token: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Files have plain names: whatever else is asked for is not there. */
async function servePage(response: ServerResponse, path: string): Promise<void> {
  const type = types[extname(path)];
  const content =
    /^\/(assets\/)?[\w-]+\.\w+$/.test(path) && type !== undefined
      ? await readFile(`${pageDir}${path.slice(1)}`).catch(() => undefined)
      : undefined;
  if (content === undefined) end(response, 404, 'text/plain', 'not found\n');
  else end(response, 200, type as string, content);
}

function end(response: ServerResponse, status: number, type: string, content: string | Buffer): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(content) });
  response.end(response.req.method === 'HEAD' ? undefined : content);
}
