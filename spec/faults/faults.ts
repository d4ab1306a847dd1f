/**
 * Faults: what happens to the processes and connections of an {@link Ordeal}. Each is over when its promise resolves.
 */
import type { Direction } from '../helpers/cut-proxy.js';
import type { NodeProcess } from '../helpers/node-process.js';
import type { Ordeal } from './ordeal.js';

export type Fault =
  /** The connection breaks after so many bytes more, which is hardly ever the end of a frame. */
  | { readonly kind: 'cut'; readonly line: number; readonly afterBytes: number; readonly how: 'reset' | 'end' }
  /** Nothing arrives any more, until either end has noticed. */
  | { readonly kind: 'hole'; readonly line: number; readonly directions: readonly Direction[] }
  /** The listener is killed, and started again. */
  | { readonly kind: 'kill' }
  /** A process is stopped by the system; 0 is the logger, others are the clients. */
  | { readonly kind: 'stop'; readonly end: number; readonly ms: number }
  /** The event loop of a process is busy. */
  | { readonly kind: 'block'; readonly end: number; readonly ms: number }
  /** A receiver is ten times slower than its senders. */
  | { readonly kind: 'slow'; readonly receiver: number; readonly ms: number; readonly isBusy: boolean };

export type FaultKind = Fault['kind'];

export async function happen(ordeal: Ordeal, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'cut':
      ordeal.proxies[fault.line]?.cutAfter(fault.afterBytes, fault.how);
      return ordeal.noticed(fault.line);
    case 'hole':
      ordeal.proxies[fault.line]?.freeze(...fault.directions);
      await ordeal.noticed(fault.line);
      ordeal.proxies[fault.line]?.heal();
      return;
    case 'kill':
      return ordeal.killLogger();
    case 'stop':
      return stop(endOf(ordeal, fault.end), fault.ms);
    case 'block':
      await endOf(ordeal, fault.end).do('block', fault.ms);
      return;
    case 'slow':
      return slow(ordeal, ordeal.receivers[fault.receiver % ordeal.receivers.length] as NodeProcess, fault);
    default:
      fault satisfies never;
  }
}

export async function stop(node: NodeProcess, ms: number): Promise<void> {
  node.signal('SIGSTOP');
  await lasting(ms);
  node.signal('SIGCONT');
}

/** Makes a receiver ten times slower than all that is sent to it, for so many ms. */
export async function slow(
  { senders, plan }: Ordeal,
  receiver: NodeProcess,
  { ms, isBusy }: { readonly ms: number; readonly isBusy: boolean },
): Promise<void> {
  const perSecond = plan.stream.perSecond * senders.length;
  await receiver.do('slow', { perNumber: 10_000 / perSecond, isBusy, lasting: ms });
  await lasting(ms);
}

function endOf({ logger, clients }: Ordeal, end: number): NodeProcess {
  return end === 0 ? logger : (clients[end - 1] as NodeProcess);
}

/** How long a fault lasts is part of the fault. */
function lasting(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
