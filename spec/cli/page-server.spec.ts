import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import test from 'ava';
import { openPageServer, type TraceFeed } from '../../cli/inspector/page-server.js';

const feed: TraceFeed = {
  kind: 'recording',
  name: '<b>run</b>.ndjson',
  size: 3,
  stream: (response) => response.end('{}\n'),
};

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, setHost: !('Host' in headers) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    asked.on('error', reject).end();
  });
}

async function open(t: { teardown(end: () => void): void }) {
  const { url, close } = await openPageServer(feed);
  t.teardown(close);
  const { origin, port } = new URL(url);
  return { url, origin, port };
}

test('who knows the link gets the page and the trace', async (t) => {
  const { url } = await open(t);
  const page = await ask(url);
  t.is(page.status, 200);
  t.regex(page.text, /<title>Muster inspector<\/title>/);
  t.deepEqual(JSON.parse((await ask(`${url}about`)).text), { kind: 'recording', name: '<b>run</b>.ndjson', size: 3 });
  t.is((await ask(`${url}feed`)).text, '{}\n');
  const script = page.text.match(/src="\.\/(assets\/[^"]+)"/)?.[1];
  t.is((await ask(`${url}${script}`)).headers['content-type'], 'text/javascript; charset=utf-8');
});

test('who does not know the token gets nothing', async (t) => {
  const { url, origin } = await open(t);
  const token = new URL(url).pathname.split('/')[1] as string;
  const wrong = token.replace(/^./, (first) => (first === '0' ? '1' : '0'));
  for (const path of [
    '/',
    '/about',
    '/feed',
    `/${wrong}/`,
    `/${wrong}/feed`,
    `/${token}x/`,
    `/${token.slice(1)}/`,
    '/index.html',
  ]) {
    const { status, text } = await ask(`${origin}${path}`);
    t.is(status, 403, path);
    t.is(text, 'refused\n');
  }
});

test('a page of another origin gets nothing, nor one whose name leads here', async (t) => {
  const { url, origin, port } = await open(t);
  const refused: Record<string, string>[] = [
    { Origin: 'http://evil.example' },
    { Origin: 'null' },
    { Origin: `http://127.0.0.1:${Number(port) + 1}` },
    { Host: 'evil.example' },
    { Host: `evil.example:${port}` },
    { Host: '127.0.0.1' },
    { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' },
    { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' },
    { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' },
  ];
  for (const headers of refused) t.is((await ask(`${url}feed`, headers)).status, 403, JSON.stringify(headers));
  const fine: Record<string, string>[] = [
    { Origin: origin },
    { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' },
    { 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
    { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  ];
  for (const headers of fine) t.is((await ask(url, headers)).status, 200, JSON.stringify(headers));
});

test('it only ever reads, and only its own files', async (t) => {
  const { url } = await open(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
    t.is((await ask(url, {}, method)).status, 405, method);
  for (const path of ['../package.json', '..%2fpackage.json', 'assets/..%2f..%2fx.js', '.sources', 'assets/', 'x.js']) {
    t.is((await ask(`${url}${path}`)).status, path.startsWith('../') ? 403 : 404, path);
  }
});

test('the page may load nothing from elsewhere', async (t) => {
  const { url } = await open(t);
  for (const path of ['', 'feed', 'about', 'nothing']) {
    const { headers } = await ask(`${url}${path}`);
    const policy = `${headers['content-security-policy']}`;
    t.regex(policy, /^default-src 'none'; /);
    t.notRegex(policy, /unsafe|https?:|\*/);
    t.is(headers['access-control-allow-origin'], undefined);
    t.is(headers['referrer-policy'], 'no-referrer');
    t.is(headers['x-content-type-options'], 'nosniff');
  }
});

test('only this machine can reach it, and its token is new each time', async (t) => {
  const one = await open(t);
  const other = await open(t);
  t.not(new URL(one.url).pathname, new URL(other.url).pathname);
  t.regex(one.url, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
  // The same port is free on other addresses of the machine.
  const beside = createServer();
  await new Promise<void>((resolve, reject) =>
    beside.once('error', reject).listen(Number(one.port), '127.0.0.2', resolve),
  );
  t.is((beside.address() as AddressInfo).address, '127.0.0.2');
  beside.close();
});
