/**
 * Told: what it costs a node to handle an event that is not told to who watches, in this process alone, so that what else the
 * machine does matters little: CPU, watched and not, in turns.
 */
import { partsOf } from '../../actors/cluster-node.js';
import { joinCluster } from '../../index.js';

const events = 1_000_000;

/** ns that an event takes while nobody watches, and how many more while somebody does: one value for each pair. */
export async function costOfEvents(
  stateDir: string,
  pairs: number,
): Promise<{ readonly unwatched: number[]; readonly added: number[] }> {
  const layout = { manager: { nodeType: 'manager', ip: '127.0.0.1' } } as const;
  const node = await joinCluster({ layout, name: 'manager', options: { stateDir, logLevel: 'warn' } });
  let sum = 0;
  node.on('Told::event', (value: number) => {
    sum += value;
  });
  const unwatched = (): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < events; i += 1) node.raise('Told::event', 1);
    const { user, system } = process.cpuUsage(before);
    return (1_000 * (user + system)) / events;
  };
  const watched = (): number => {
    const stop = partsOf(node).core.tracer.listen(() => {}, 'control');
    const cost = unwatched();
    stop();
    return cost;
  };
  const measured = { unwatched: [] as number[], added: [] as number[] };
  // The first two are compiling.
  for (let pair = -2; pair < pairs; pair += 1) {
    const [first, second] = pair % 2 === 0 ? [watched(), unwatched()] : [unwatched(), watched()];
    const [on, off] = pair % 2 === 0 ? [first, second] : [second, first];
    if (pair < 0) continue;
    measured.unwatched.push(off);
    measured.added.push(on - off);
  }
  await node.leave();
  if (sum !== 2 * (pairs + 2) * events) throw new Error(`${sum} events were handled`);
  return measured;
}
