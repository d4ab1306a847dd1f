/**
 * Primes: a manager has the primes below two millions counted, in pieces that the workers get in turn.
 *
 *   npx muster up examples/primes/cluster-layout.ts --load examples/primes/primes.ts
 *
 * What a worker that dies had to do is lost: when it is back, all that nobody has answered is given out again.
 */
import type { ClusterNode, OptionsInput } from 'muster';

interface Events {
  /** Manager → a worker: count the primes in the piece that begins here. */
  'Primes::piece': [from: number];
  /** Worker → manager. May come twice for a piece. */
  'Primes::counted': [from: number, count: number];
  /** Manager → all workers. */
  'Primes::over': [];
}

const limit = 2_000_000;
const size = 100_000;

export const options: OptionsInput = { logLevel: 'warn' };

export default function primes(node: ClusterNode<Events>): void {
  if (node.localNodeType() === 'manager') manager(node);
  else worker(node);
}

function manager(node: ClusterNode<Events>): void {
  const { workerPool } = node;
  const open = new Set(Array.from({ length: limit / size }, (_, i) => i * size));
  const countedBy = new Map<string, number>();
  let total = 0;

  node.on('Muster::pool_changed', (_topic, name, alive) => {
    if (open.size > 0) handOutIfAllAreUp();
    else if (alive) node.publish(node.nodeTopic(name), 'Primes::over');
    else if (workerPool.aliveCount === 0) void node.leave(); // Last, so that a worker that comes up now is told as well.
  });
  node.on('Primes::counted', (from, count) => {
    if (!open.delete(from)) return;
    const worker = node.eventSender() ?? '';
    countedBy.set(worker, (countedBy.get(worker) ?? 0) + 1);
    total += count;
    if (open.size > 0) return;
    for (const [name, pieces] of [...countedBy].sort()) console.log(`${name}: ${pieces} pieces`);
    console.log(`${total.toLocaleString('en-US')} primes below ${limit.toLocaleString('en-US')}`);
    node.publish(workerPool.spec.topic, 'Primes::over');
  });

  function handOutIfAllAreUp(): void {
    if (workerPool.aliveCount < workerPool.members.length) return;
    for (const from of open) node.publishRr(workerPool, 'primes', 'Primes::piece', from);
  }
}

function worker(node: ClusterNode<Events>): void {
  node.on('Primes::piece', (from) => {
    node.publish(node.options.managerTopic, 'Primes::counted', from, countPrimes(from, from + size));
  });
  node.on('Primes::over', () => void node.leave());
}

function countPrimes(from: number, to: number): number {
  let count = 0;
  for (let n = Math.max(from, 2); n < to; n++) if (isPrime(n)) count++;
  return count;
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}
