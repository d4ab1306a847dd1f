import test from 'ava';
import { z } from 'zod';
import type { ClusterNode } from '../../index.js';
import { TestCluster, type TestNode } from '../helpers/test-cluster.js';

const code = (code: string) => ({ name: 'MusterError', code });

/** A cluster in which every node writes down each `App::event` it handles. */
async function listening(
  t: Parameters<typeof TestCluster.create>[0],
  names: readonly string[],
  prepare?: (node: ClusterNode) => unknown,
) {
  const cluster = await TestCluster.create(t, names);
  const heard: Record<string, unknown[][]> = Object.fromEntries(names.map((name) => [name, []]));
  const setup = (node: ClusterNode) => {
    node.on('App::event', (...args) => {
      heard[node.name]?.push(args);
      cluster.changed();
    });
    return prepare?.(node);
  };
  const nodes = await cluster.startAll(Object.fromEntries(names.map((name) => [name, { setup }])));
  const node = (name: string) => (nodes[name] as TestNode).node;
  /** Everything published before is handled once this, published after it by the same node to the same peers, is. */
  const passed = async (from: string, to: readonly string[]) => {
    for (const name of to) node(from).publish(node(from).nodeTopic(name), 'App::event', 'passed');
    await cluster.until(() => to.every((name) => heard[name]?.at(-1)?.[0] === 'passed'));
    for (const name of to) heard[name]?.pop();
  };
  return { cluster, heard, node, passed };
}

test('an event reaches all whose subscription is a prefix of its topic, and never its publisher', async (t) => {
  const { heard, node, passed } = await listening(t, ['manager', 'proxy-1', 'worker-1', 'worker-2']);
  node('manager').publish('zeek/cluster/worker', 'App::event', 1);
  node('manager').publish('zeek/cluster/worker/more', 'App::event', 2);
  node('manager').publish('zeek/cluster/manager', 'App::event', 3);
  node('manager').publish(node('manager').nodeidTopic(node('worker-2').id), 'App::event', 4);
  await passed('manager', ['proxy-1', 'worker-1', 'worker-2']);
  t.deepEqual(heard, { manager: [], 'proxy-1': [], 'worker-1': [[1], [2]], 'worker-2': [[1], [2], [4]] });
});

test("worker-1 does not get worker-10's events", async (t) => {
  const { heard, node, passed } = await listening(t, ['manager', 'worker-1', 'worker-10']);
  node('manager').publish(node('manager').nodeTopic('worker-10'), 'App::event', 1);
  await passed('manager', ['worker-1', 'worker-10']);
  t.deepEqual(heard, { manager: [], 'worker-1': [], 'worker-10': [[1]] });
});

test('a subscription is in force once subscribe() resolves, and gone once unsubscribe() does', async (t) => {
  const { heard, node, passed } = await listening(t, ['manager', 'worker-1']);
  await node('worker-1').subscribe('app/');
  node('manager').publish('app/alerts', 'App::event', 1);
  await passed('manager', ['worker-1']);
  await node('worker-1').unsubscribe('app/');
  node('manager').publish('app/alerts', 'App::event', 2);
  await passed('manager', ['worker-1']);
  t.deepEqual(heard['worker-1'], [[1]]);
});

test('a subscription made in setup is there with the first hello', async (t) => {
  const { heard, node, passed } = await listening(t, ['manager', 'worker-1'], (node) => node.subscribe('app/'));
  node('manager').publish('app/alerts', 'App::event', 1);
  await passed('manager', ['worker-1']);
  t.deepEqual(heard['worker-1'], [[1]]);
});

test('subscriptions are bounded, so that they fit into a hello', async (t) => {
  const { node } = await listening(t, ['manager']);
  await t.throwsAsync(node('manager').subscribe('x'.repeat(1_025)), code('MUSTER_SUBSCRIPTION_LIMIT'));
  const fill = async () => {
    for (let i = 0; i < 1_000; i++) await node('manager').subscribe(`${i}`.padStart(100, 'x'));
  };
  await t.throwsAsync(fill, code('MUSTER_SUBSCRIPTION_LIMIT'));
});

test('events to one peer arrive in order, whatever their number and size', async (t) => {
  const { cluster, heard, node } = await listening(t, ['manager', 'worker-1']);
  const sizes = [0, 10, 1_000, 64 * 1_024, 300_000, 5, 5, 2_000_000, 1];
  const count = 20_000;
  for (let i = 0; i < count; i++) {
    const payload = new Uint8Array(i % 2_000 < sizes.length ? (sizes[i % 2_000] as number) : 3);
    if (!node('worker-1').publish('zeek/cluster/manager', 'App::event', i, payload)) await node('worker-1').drained();
  }
  await cluster.until(() => heard.manager?.length === count);
  t.true(heard.manager?.every(([n, payload], i) => n === i && payload instanceof Uint8Array));
  const large = heard.manager?.[7]?.[1];
  t.is(large instanceof Uint8Array && large.length, 2_000_000);
});

test('values keep their types', async (t) => {
  const values = [
    -0,
    2 ** 53 + 2,
    1n,
    -(2n ** 63n),
    'ä\u0000😀',
    null,
    true,
    new Date(1_234),
    new Map<unknown, unknown>([[1, { a: [1] }]]),
    new Set([1, '1']),
    Uint8Array.of(1, 2),
    { constructor: 1, nested: { list: [[]] } },
    Number.NaN,
  ];
  const { cluster, heard, node } = await listening(t, ['manager', 'worker-1']);
  node('worker-1').publish('zeek/cluster/manager', 'App::event', ...values, Buffer.from('x'));
  await cluster.until(() => heard.manager?.length === 1);
  t.deepEqual(heard.manager?.[0], [...values, Uint8Array.of(120)]);
  t.false(Buffer.isBuffer(heard.manager?.[0]?.at(-1)));
});

test('what cannot be sent is refused at the caller with its path, also when nobody would get it', async (t) => {
  const { node } = await listening(t, ['manager']);
  const refused = (...args: unknown[]) =>
    t.throws(() => node('manager').publish('t', 'App::event', ...args), { instanceOf: TypeError });
  t.regex(refused(1, { callback() {} })?.message ?? '', /args\[1\]\.callback/);
  t.regex(refused(undefined)?.message ?? '', /args\[0\]/);
  t.regex(refused([new URL('http://x/')])?.message ?? '', /args\[0\]\[0\]/);
});

test('an event larger than maxEventSize is refused, and goes to nobody', async (t) => {
  const { heard, node, passed } = await listening(t, ['manager', 'worker-1']);
  const large = new Uint8Array(17 * 1_024 * 1_024);
  t.throws(() => node('manager').publish('zeek/cluster/worker', 'App::event', large), code('MUSTER_EVENT_TOO_LARGE'));
  await passed('manager', ['worker-1']);
  t.deepEqual(heard['worker-1'], []);
});

test('a handler that throws or whose promise is rejected is counted, and the others run', async (t) => {
  const { cluster, heard, node } = await listening(t, ['manager', 'worker-1'], (node) => {
    node.on('App::event', () => {
      throw new Error('first');
    });
    node.on('App::event', () => Promise.reject(new Error('second')));
    node.on('App::event', (value) => {
      heard[node.name]?.push(['last', value]);
      cluster.changed();
    });
  });
  node('worker-1').publish('zeek/cluster/manager', 'App::event', 1);
  await cluster.until(() => heard.manager?.length === 2);
  t.deepEqual(heard.manager, [[1], ['last', 1]]);
});

test('inside a handler, isRemoteEvent() and eventSender() tell where the event came from', async (t) => {
  const seen: unknown[] = [];
  const { cluster, node } = await listening(t, ['manager', 'worker-1'], (node) => {
    node.on('App::outer', () => {
      seen.push([node.isRemoteEvent(), node.eventSender()]);
      node.raise('App::inner');
      seen.push([node.isRemoteEvent(), node.eventSender()]);
      cluster.changed();
    });
    node.on('App::inner', () => seen.push([node.isRemoteEvent(), node.eventSender()]));
  });
  node('worker-1').publish('zeek/cluster/manager', 'App::outer');
  await cluster.until(() => seen.length === 3);
  t.deepEqual(seen, [
    [true, 'worker-1'],
    [false, undefined],
    [true, 'worker-1'],
  ]);
  t.false(node('manager').isRemoteEvent());
});

test('a removed handler is not called any more; one that is added runs from the next event on', async (t) => {
  const { node } = await listening(t, ['manager']);
  const called: string[] = [];
  const off = node('manager').on('App::other', () => {
    called.push('once');
    off();
    node('manager').on('App::other', () => called.push('later'));
  });
  node('manager').raise('App::other');
  node('manager').raise('App::other');
  off();
  t.deepEqual(called, ['once', 'later']);
});

test('an event from another node has to satisfy the schema given for it; what the schema makes of it is handled', async (t) => {
  const schema = z.tuple([z.string(), z.coerce.number().max(10)]);
  const { heard, node, passed } = await listening(t, ['manager', 'worker-1'], (node) => {
    node.defineEvent('App::scored', schema);
    node.on('App::scored', (...args) => heard[node.name]?.push(args));
  });
  for (const args of [['a', '7'], ['b', 11], [3, 4], ['c'], ['d', 1]]) {
    node('worker-1').publish('zeek/cluster/manager', 'App::scored', ...args);
  }
  await passed('worker-1', ['manager']);
  t.deepEqual(heard.manager, [
    ['a', 7],
    ['d', 1],
  ]);
});

test('a schema that throws or is asynchronous drops the event, not the peering', async (t) => {
  const { heard, node, passed } = await listening(t, ['manager', 'worker-1'], (node) => {
    node.defineEvent(
      'App::slow',
      z.tuple([]).refine(async () => true),
    );
    node.on('App::slow', () => heard[node.name]?.push(['slow']));
  });
  node('worker-1').publish('zeek/cluster/manager', 'App::slow');
  await passed('worker-1', ['manager']);
  t.deepEqual(heard.manager, []);
  t.is(node('manager').getActiveNodeCount('worker'), 1);
});

test('publish() asks to wait when a slow peer has little room left, throws when there is none, and nothing is lost', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1'], { maxBufferedEvents: 1_000 });
  const release: (() => void)[] = [];
  const heard: number[] = [];
  const setup = (node: ClusterNode) =>
    node.on('App::event', (n) => {
      heard.push(n);
      cluster.changed();
      return new Promise<void>((resolve) => release.push(resolve));
    });
  const { worker } = await cluster
    .startAll({ manager: { setup } })
    .then((nodes) => ({ worker: nodes['worker-1']?.node }));
  if (worker === undefined) return t.fail();
  let published = 0;
  while (worker.publish('zeek/cluster/manager', 'App::event', published++, new Uint8Array(5_000)));
  t.true(published > 100);
  t.throws(() => {
    for (;;) {
      worker.publish('zeek/cluster/manager', 'App::event', published, new Uint8Array(5_000));
      published++;
    }
  }, code('MUSTER_BUFFER_FULL'));
  const drained = worker.drained();
  const letGo = () => {
    for (const resolve of release.splice(0)) resolve();
  };
  const look = setInterval(letGo, 1);
  t.teardown(() => clearInterval(look));
  await drained;
  await cluster.until(() => heard.length === published);
  t.true(heard.every((n, i) => n === i));
});

test('publish asks to wait once half a MiB lies beyond what the peer takes at once', async (t) => {
  const { node } = await listening(t, ['manager', 'worker-1'], (node) => {
    node.on('App::event', () => new Promise(() => {}));
  });
  const worker = node('worker-1');
  const { creditWindow } = worker.options;
  let size = 0;
  while (worker.publish('zeek/cluster/manager', 'App::event', new Uint8Array(5_000))) size += 5_000;
  t.true(size > creditWindow + 400_000 && size < creditWindow + 600_000, `after ${size} bytes`);
  await worker.drained();
  t.true(
    worker.publish('zeek/cluster/manager', 'App::event', 1),
    'it has stopped reading, so its buffer takes the load',
  );
});

test('what a node publishes when it is about to leave is delivered', async (t) => {
  const { cluster, heard, node } = await listening(t, ['manager', 'worker-1'], (node) => {
    node.on('Muster::leaving', () => {
      node.publish('zeek/cluster/manager', 'App::event', 'last words');
      void node.leave();
    });
  });
  t.deepEqual(await node('worker-1').leave(), { unacknowledged: {} });
  await cluster.until(() => heard.manager?.length === 1);
  t.deepEqual(heard.manager, [['last words']]);
});

test('a manager that leaves at the last report has the others know that the cluster has started', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const started: string[] = [];
  const setup = (node: ClusterNode) => {
    node.on('Cluster::Experimental::cluster_started', () => {
      started.push(node.name);
      cluster.changed();
    });
    if (node.name !== 'manager') return;
    node.on('Cluster::Experimental::node_fully_connected', (name) => {
      if (name === 'worker-1') void node.leave();
    });
  };
  await cluster.startAll({ manager: { setup }, 'worker-1': { setup } });
  await cluster.until(() => started.length === 2);
  t.deepEqual(started.sort(), ['manager', 'worker-1']);
});

test('the report of leave() counts what a peer did not take that left meanwhile', async (t) => {
  const { node } = await listening(t, ['manager', 'worker-1'], (node) => {
    if (node.name === 'manager') node.on('App::event', () => new Promise(() => {}));
  });
  const [manager, worker] = [node('manager'), node('worker-1')];
  const payload = new Uint8Array(10_000);
  const published = 300;
  for (let i = 0; i < published; i++) worker.publish('zeek/cluster/manager', 'App::event', payload);
  const [report] = await Promise.all([worker.leave(), manager.leave()]);
  const { manager: missing = 0 } = report.unacknowledged;
  t.true(missing > 0 && missing <= published, `${missing} of ${published}`);
});

test('what a node has handled before it leaves is not told as lost', async (t) => {
  const { cluster, heard, node } = await listening(t, ['manager', 'worker-1']);
  const lost: unknown[] = [];
  node('manager').on('Muster::events_lost', (...args) => lost.push(args));
  node('manager').publish('zeek/cluster/worker', 'App::event', 1);
  await cluster.until(() => heard['worker-1']?.length === 1);
  await node('worker-1').leave();
  await cluster.until(() => node('manager').getActiveNodeCount('worker') === 0);
  await node('manager').leave();
  t.deepEqual(lost, []);
});

test('publishing to a node that shares no peering is no error', async (t) => {
  const { heard, node, passed } = await listening(t, ['manager', 'worker-1', 'worker-2']);
  t.true(node('worker-1').publish(node('worker-1').nodeTopic('worker-2'), 'App::event', 1));
  await passed('worker-1', ['manager']);
  t.deepEqual(heard['worker-2'], []);
});
