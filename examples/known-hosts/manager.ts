/**
 * Manager: begins the run once it has the stores, and ends it when every worker has read its share.
 * What it has to remember is in its stores: one that is started again goes on with the same run.
 */
import type { Store } from 'muster';
import type { Host, HostsNode, Run } from './events.ts';

/** Lines about single hosts; the rest is counted. */
const shownHosts = 5;

export async function manager(node: HostsNode, hosts: Store<string, Host>, runs: Store<'last', Run>): Promise<void> {
  const workers = Object.entries(node.nodes()).flatMap(([name, { nodeType }]) => (nodeType === 'worker' ? [name] : []));
  const last = runs.get('last') ?? { number: 0, isOver: true };
  const run = last.isOver ? last.number + 1 : last.number;
  await runs.put('last', { number: run, isOver: false });
  console.log(`run ${run} ${last.isOver ? 'begins' : 'goes on'}: ${hosts.size} hosts are known`);

  /** Worker → connections in its share. */
  const done = new Map<string, number>();
  const up = new Set<string>();
  let isOver = false;

  node.on('Cluster::node_up', (name) => {
    up.add(name);
    if (isOver) node.publish(node.nodeTopic(name), 'Hosts::end');
    else node.publish(node.nodeTopic(name), 'Hosts::begin', run);
  });
  node.on('Hosts::done', async (of, connections) => {
    done.set(node.eventSender() ?? '', connections);
    if (of !== run || isOver || done.size < workers.length) return;
    isOver = true;
    report();
    await runs.put('last', { number: run, isOver: true });
    for (const name of up) node.publish(node.nodeTopic(name), 'Hosts::end');
  });
  node.on('Cluster::node_down', (name) => {
    up.delete(name);
    if (isOver && up.size === 0) void node.leave();
  });

  function report(): void {
    const found = [...hosts].filter(([, host]) => host.run === run).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [address, { by }] of found.slice(0, shownHosts)) console.log(`new host ${address}, seen first by ${by}`);
    if (found.length > shownHosts) console.log(`… and ${found.length - shownHosts} more new hosts`);
    const connections = [...done.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `${connections} connections: ${found.length} new ${found.length === 1 ? 'host' : 'hosts'}, ${hosts.size} known now`,
    );
  }
}
