import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { toLine } from '../../trace/output.js';
import type { TraceRecord } from '../../trace/record.js';
import { record } from '../inspector/recorded.js';
import { emptyDirectory, fourNodes, Muster, oneNode } from './workbench.js';

/** What a page would be told, as it comes. */
class Feed {
  readonly records: TraceRecord[] = [];
  isOver = false;
  readonly #stop = new AbortController();
  #changed: () => void = () => {};

  constructor(url: string) {
    void this.#read(url);
  }

  async #read(url: string): Promise<void> {
    try {
      const { body } = await fetch(`${url}feed`, { signal: this.#stop.signal });
      let rest = '';
      for await (const part of (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
        const lines = (rest + part).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.records.push(JSON.parse(line));
        this.#changed();
      }
    } catch {
      // Stopped.
    }
    this.isOver = true;
    this.#changed();
  }

  async until(holds: (feed: this) => boolean): Promise<void> {
    while (!holds(this)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  stop(): void {
    this.#stop.abort();
  }
}

const linkOf = (muster: Muster) =>
  (JSON.parse(muster.out.find((line) => line.includes('"inspector"')) ?? '{}') as { url: string }).url;

const states = ({ records }: Feed, name: string) =>
  records.flatMap((record) => {
    const isOwn = record.node === name && 'actor' in record.data && record.data.actor === 'node';
    if (!isOwn) return [];
    return record.kind === 'transition' ? [record.data.to] : record.kind === 'actor' ? [record.data.state] : [];
  });

test('a page is told what all nodes do, who comes late how they are, and a node that is started again is there again', async (t) => {
  t.timeout(60_000);
  const { layout } = await fourNodes(t);
  const up = new Muster(t, ['up', layout, '--inspect', '--json']);
  await up.until(() => linkOf(up) !== undefined);
  const feed = new Feed(linkOf(up));
  t.teardown(() => feed.stop());
  const names = ['logger-1', 'manager', 'proxy-1', 'worker-1'];
  await feed.until(() => names.every((name) => states(feed, name).includes('ready')));
  // From the start: nothing of the nodes' beginning is missing.
  for (const name of names) t.is(states(feed, name)[0], 'starting', name);
  t.true(feed.records.some(({ node, kind }) => node === '(supervisor)' && kind === 'node'));
  t.true(feed.records.some(({ kind }) => kind === 'counters'));

  const inspect = new Muster(t, ['inspect', '--layout', layout, '--json']);
  await inspect.until(() => linkOf(inspect) !== undefined);
  const late = new Feed(linkOf(inspect));
  t.teardown(() => late.stop());
  await late.until(() => names.every((name) => states(late, name).includes('ready')));
  t.deepEqual(states(late, 'worker-1'), ['ready']);

  const worker = up.events.findLast((event) => event.type === 'state' && event.node.name === 'worker-1');
  if (worker?.type !== 'state' || worker.node.pid === null) return t.fail();
  process.kill(worker.node.pid, 'SIGKILL');
  const ids = () => new Set(late.records.filter(({ node }) => node === 'worker-1').map(({ id }) => id));
  await late.until(() => ids().size === 2);
  await late.until(() => states(late, 'worker-1').length > 1 && states(late, 'worker-1').at(-1) === 'ready');
  t.true(
    late.records.some(({ node, kind, data }) => {
      return (
        node === '(supervisor)' && kind === 'event' && data.actor === 'worker-1' && data.event.type === 'process.exited'
      );
    }),
  );

  up.kill('SIGINT');
  await late.until(() => late.isOver);
  t.is(await up.ended, 0);
});

test('one node alone has an inspector, too', async (t) => {
  const { layout } = await oneNode(t);
  const node = new Muster(t, ['node', 'logger-1', '--layout', layout, '--inspect', '--json']);
  await node.until(() => node.out.some((line) => line.includes('"inspector"')));
  const feed = new Feed(linkOf(node));
  t.teardown(() => feed.stop());
  await feed.until(() => states(feed, 'logger-1').includes('ready'));
  t.regex(await (await fetch(linkOf(node))).text(), /<script type="module"/);
  node.kill('SIGINT');
  t.is(await node.ended, 0);
});

test('no link is written where it could stay for others to read', async (t) => {
  const { layout } = await oneNode(t);
  const up = new Muster(t, ['up', layout, '--inspect']);
  await up.until(({ out }) => out.some((line) => line.includes('cluster started')));
  t.false([...up.out, ...up.err].some((line) => line.includes('http:')));
  up.kill('SIGINT');
  t.is(await up.ended, 0);
});

test('without a cluster, and without a file, it says so', async (t) => {
  const directory = emptyDirectory(t);
  const none = new Muster(t, ['inspect', '--state-dir', directory]);
  t.is(await none.ended, 3);
  const missing = new Muster(t, ['inspect', join(directory, 'no.ndjson'), '--json']);
  t.is(await missing.ended, 1);
  t.is(JSON.parse(missing.out[0] ?? '').code, 'MUSTER_TRACE_UNREADABLE');
  t.is(await new Muster(t, ['inspect', '--stately']).ended, 2);
});

test('a trace as events for other tools', async (t) => {
  const file = join(emptyDirectory(t), 'run.ndjson');
  const own = { actor: 'node', machine: 'node' };
  const lines = [
    record({ kind: 'actor', data: { ...own, state: 'connecting', context: { up: [], doubt: '' } } }),
    record({ sequence: 2, kind: 'event', data: { actor: 'node', event: { type: 'peer.up' } } }),
    record({
      sequence: 3,
      kind: 'transition',
      data: { ...own, transitions: [], event: 'peer.up', from: 'connecting', to: 'ready', changes: { up: ['a'] } },
    }),
    record({ sequence: 4, kind: 'raised', data: { event: 'x' } }),
    record({ sequence: 5, kind: 'stopped', data: { actor: 'node', state: 'ready', error: 'broke' } }),
  ];
  writeFileSync(file, `no record\n${lines.map((one) => toLine(one)).join('')}`);
  const muster = new Muster(t, ['inspect', '--stately', file]);
  t.is(await muster.ended, 0);
  const events = muster.out.map((line) => JSON.parse(line));
  const session = { sessionId: 'worker-1_1 node', rootId: 'worker-1_1 node', createdAt: '1000' };
  t.deepEqual(
    events.map(({ type }) => type),
    ['@xstate.actor', '@xstate.event', '@xstate.snapshot', '@xstate.snapshot'],
  );
  for (const event of events) t.like(event, session);
  t.is(JSON.parse(events[0].definition).id, 'node');
  t.deepEqual(events[2].snapshot, { status: 'active', value: 'ready', context: { up: ['a'], doubt: '' } });
  t.deepEqual(events[3].snapshot, { status: 'error', value: 'ready', context: { up: ['a'], doubt: '' } });
});
