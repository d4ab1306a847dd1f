/** A recording: twenty nodes whose connections all break at once, under some load. */
import { simulateCluster, toLine } from '../../testing/index.js';

const ip = '127.0.0.1';
const numbered = (type: string, count: number) => Array.from({ length: count }, (_, index) => `${type}-${index + 1}`);

/** Lines of its trace; goes on until there are `atLeast` of them. */
export async function reconnectOfTwenty(atLeast = 0): Promise<string[]> {
  let port = 5_000;
  const next = () => {
    port += 1;
    return port;
  };
  const layout = {
    logger: { nodeType: 'logger', ip, port: next() },
    manager: { nodeType: 'manager', ip, port: next() },
    ...Object.fromEntries(numbered('proxy', 3).map((name) => [name, { nodeType: 'proxy' as const, ip, port: next() }])),
    ...Object.fromEntries(numbered('worker', 15).map((name) => [name, { nodeType: 'worker' as const, ip }])),
  } as const;
  const lines: string[] = [];
  const cluster = await simulateCluster({
    layout,
    seed: 5,
    options: { retryInterval: 1_000 },
    trace: (record) => lines.push(toLine(record).trimEnd()),
    setup: (node) => {
      node.on('App::x', () => {});
      node.createStore('hosts');
    },
  });
  const publish = () => {
    for (const name of cluster.running.filter((name) => name.startsWith('worker'))) {
      const node = cluster.node(name);
      for (let index = 0; index < 3; index += 1) node.publish(node.options.managerTopic, 'App::x', index);
    }
  };
  const pass = async (ms: number) => {
    for (let time = 0; time < ms; time += 100) {
      publish();
      await cluster.advance(100);
    }
  };
  await cluster.until(() => cluster.running.every((name) => cluster.node(name).state === 'ready'));
  await pass(2_000);
  for (const one of cluster.running) for (const other of cluster.running) if (one < other) cluster.cut(one, other);
  await pass(4_000);
  cluster.crash('worker-3');
  await pass(4_000);
  await cluster.start('worker-3');
  await pass(2_000);
  while (lines.length < atLeast) {
    await pass(1_000);
    cluster.cut('manager', 'worker-7');
  }
  return lines;
}
