/**
 * The run: what all nodes know of the job as a whole, and the order in which they leave when it is over.
 * The manager begins it once every node is ready, and ends it. Whoever knows of it tells each node that comes up: so the
 * run survives any of them, the manager too.
 */
import type { NodeType } from 'muster';
import type { Run, ScanNode } from './events.ts';

/** Who sends leaves before who receives. */
const leavingOrder: readonly NodeType[] = ['worker', 'proxy', 'manager', 'logger'];

/** The end of the run waits so long for nodes that are down, in ms. */
const endTimeout = 10_000;

/** Who has heard of no run so long after its start has missed the end of it, in ms. */
const forgottenTimeout = 20_000;

export interface RunFollower {
  /** Undefined until it has begun, or until this node has heard of it. */
  readonly current: Run | undefined;
  /** Runs `handler` when this node first hears of the run. */
  onNews(handler: (run: Run) => void): void;
  /** For the manager: begins the run, everywhere. */
  begin(): void;
  /** For the manager: ends the run, everywhere, once all nodes are up to hear of it. */
  end(): void;
}

export function followRun(node: ScanNode, { staysUp }: { readonly staysUp: boolean }): RunFollower {
  const nodes = node.nodes();
  const isManager = node.localNodeType() === 'manager';
  const up = new Set<string>();
  const handlers: ((run: Run) => void)[] = [];
  let current: Run | undefined;
  let isEnding = false;

  node.on('Scan::run', learn);
  node.on('Cluster::node_up', (name) => {
    up.add(name);
    if (isEnding) endIfAllAreUp();
    if (current) tell(name, current);
    if (nodes[name]?.nodeType === 'manager') reportReady();
  });
  node.on('Cluster::node_down', (name) => {
    up.delete(name);
    leaveInTurn();
  });
  if (!staysUp) setTimeout(leaveIfForgotten, forgottenTimeout).unref();

  function learn(run: Run): void {
    const isFirst = current === undefined;
    const isNews = isFirst || (run.isOver && !current?.isOver);
    if (!isNews) return;
    current = run;
    // The manager tells all. So that it may be killed while it does, those who leave later hear it from the others too.
    for (const name of up) if (isManager || rank(name) > rank(node.name)) tell(name, run);
    if (isFirst) for (const handler of handlers) handler(run);
    leaveInTurn();
  }

  function tell(name: string, run: Run): void {
    if (node.state !== 'leaving') node.publish(node.nodeTopic(name), 'Scan::run', run);
  }

  function endIfAllAreUp(): void {
    const others = Object.keys(nodes).filter((name) => name !== node.name && rank(name) >= 0);
    if (others.every((name) => up.has(name))) announceEnd();
  }

  function announceEnd(): void {
    if (current) learn({ ...current, isOver: true });
  }

  function reportReady(): void {
    const report = () => node.publish(node.options.managerTopic, 'Scan::ready');
    const ignore = () => {}; // It leaves before it is ready: then nobody waits for it.
    node.ready().then(report).catch(ignore);
  }

  /** Leaves once nobody is there any more who has to leave earlier. */
  function leaveInTurn(): void {
    const mustWait = [...up].some((name) => rank(name) < rank(node.name));
    if (current?.isOver && !mustWait) void node.leave();
  }

  function rank(name: string): number {
    return leavingOrder.indexOf(nodes[name]?.nodeType ?? 'none');
  }

  /** A node that is killed while the others leave is started again, and nobody is there to tell it of the run. */
  function leaveIfForgotten(): void {
    if (current) return;
    node.log('nobody knows of a run: it must be over');
    void node.leave();
  }

  return {
    get current() {
      return current;
    },
    onNews: (handler) => handlers.push(handler),
    begin: () => learn({ id: node.id, startedAt: Date.now(), isOver: false }),
    end: () => {
      isEnding = true;
      setTimeout(announceEnd, endTimeout).unref();
      endIfAllAreUp();
    },
  };
}
