/**
 * Worker: reads its share of the input, and puts each source that the store does not have yet into it.
 * Looking it up costs no message: a clone has all of it. Putting it asks the master, and of several workers that see the
 * same host at the same time one inserts it.
 */
import type { StoreInfo } from 'muster';
import { readConnLog } from '../scan-detection/conn-log.ts';
import type { Host, HostsNode } from './events.ts';

/** A host that has not been seen for so long is new again, in ms. Zeek forgets its known hosts after a day, too. */
const forgottenAfter = 24 * 60 * 60 * 1000;

/** Who is asked for nothing for so long has missed the end, in ms: it was killed while the others left. */
const patience = 20_000;

export function worker(node: HostsNode, { ready }: StoreInfo<string, Host>, input: string): void {
  const workers = Object.entries(node.nodes()).flatMap(([name, { nodeType }]) => (nodeType === 'worker' ? [name] : []));
  const share = { index: workers.indexOf(node.name), of: workers.length };
  const timer = setTimeout(() => void node.leave(), patience).unref();

  /** What is being read, or has been. */
  let last: { readonly run: number; readonly reading: Promise<number> } | undefined;

  node.on('Hosts::begin', async (run) => {
    clearTimeout(timer);
    // A manager that was started again asks for the same run: nothing is read twice.
    if (last?.run !== run) last = { run, reading: readShare(run) };
    const connections = await last.reading;
    node.publish(node.options.managerTopic, 'Hosts::done', run, connections);
  });
  node.on('Hosts::end', () => void node.leave());

  async function readShare(run: number): Promise<number> {
    const hosts = await ready;
    let count = 0;
    for await (const { connections } of readConnLog(input, share)) {
      const unknown = new Set(connections.map(({ source }) => source).filter((source) => !hosts.has(source)));
      // Once this has settled, the master has them on its disk, and this clone shows them.
      await Promise.all(
        [...unknown].map((host) => hosts.putUnique(host, { run, by: node.name }, { expiry: forgottenAfter })),
      );
      count += connections.length;
    }
    return count;
  }
}
