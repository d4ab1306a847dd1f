/**
 * Events: what the nodes of this cluster say to each other; the diagram in README.md shows who says what to whom.
 * A node that comes back from the dead is told everything again, so each of these may come more than once.
 */
import type { ClusterNode } from 'muster';
import type { BadLine } from './conn-log.ts';

/** A node of this cluster. */
export type ScanNode = ClusterNode<Events>;

export interface Events {
  /** Any node → manager: all whom I connect to are up, the run may begin. */
  'Scan::ready': [];
  /** Whoever knows of the run → who comes up. */
  'Scan::run': [run: Run];

  /** Worker → all proxies: now comes my share, from its beginning. */
  'Scan::share_begins': [];
  /** Worker → the proxy of this source: one connection. */
  'Scan::attempt': [source: string, destination: string, port: number];
  /** Worker → all proxies: that was all of it. */
  'Scan::share_ends': [share: SentShare];

  /** Proxy → manager: this source has reached the threshold. */
  'Scan::scanner': [source: string];
  /** Proxy → manager: all I know so far. */
  'Scan::counted': [count: ProxyCount];

  /** Manager → loggers: keep this. */
  'Scan::notice': [notice: Notice];
  /** Logger → manager: the notice about this source is in my file. */
  'Scan::kept': [source: string];
}

/** One run of the job. It outlives every node: who is restarted hears of it from the others. */
export type Run = {
  readonly id: string;
  /** By the manager's clock, in ms since 1970. */
  readonly startedAt: number;
  /** Everything is counted and kept: time to leave. */
  readonly isOver: boolean;
};

/** The share of one worker, for all proxies together. */
export type SentShare = {
  readonly connections: number;
  /** Malformed lines. */
  readonly badLines: number;
  readonly firstBadLine: BadLine | null;
  /** How long it took to read and send, in ms. */
  readonly took: number;
};

/** The share of one worker, as it has arrived at one proxy. */
export type CountedShare = SentShare & {
  /** How many of its connections were for this proxy. */
  readonly arrived: number;
};

/** What one proxy has counted. It is complete once it has the share of every worker. */
export type ProxyCount = {
  /** Worker → its share, once all of it has arrived. */
  readonly shares: ReadonlyMap<string, CountedShare>;
  /** Source → different (destination, port) pairs, for sources that have reached the threshold. */
  readonly scanners: ReadonlyMap<string, number>;
};

/** A line of notice.log, but for the run. The names are Zeek's. */
export type Notice = {
  /** When it was raised: seconds since 1970. */
  readonly ts: number;
  readonly note: 'Scan::Scanner';
  readonly src: string;
  readonly msg: string;
};

/** The nodes of one type, in the order of the layout: the same list at every node. */
export function namesOf(node: ScanNode, type: 'logger' | 'proxy' | 'worker'): string[] {
  const nodes = Object.entries(node.nodes());
  return nodes.filter(([, { nodeType }]) => nodeType === type).map(([name]) => name);
}
