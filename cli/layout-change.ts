/**
 * Layout change: takes the nodes of a supervisor from one layout to another. All nodes that stay know it before any other is
 * stopped or started, so that nobody is refused; those that go leave while their peers still listen, so that nothing is lost.
 */
import { MusterError } from '../errors.js';
import type { Layout } from '../layout/types.js';
import type { ReloadOutcome, ReloadPlan } from './messages.js';
import { planReload, staying } from './reload-plan.js';
import type { Roster } from './roster.js';
import { hasEnded, stagesOf, stoppedBefore } from './stages.js';
import type { SupervisedNode } from './supervised-node.js';

/** Nodes that another layout brings are waited for so long, in ms. */
const startTimeout = 30_000;

export interface LayoutChangeSetup {
  readonly roster: Roster;
  /** Whether all nodes are being stopped: then no other is started. */
  isStopping(): boolean;
  /** Has the nodes whose turn it is start. */
  advance(): void;
}

export class LayoutChange {
  readonly #setup: LayoutChangeSetup;
  #isStoppingSome = false;
  /** Those that another layout has brought. */
  readonly #newcomers = new WeakSet<SupervisedNode>();

  constructor(setup: LayoutChangeSetup) {
    this.#setup = setup;
  }

  /** Whether nodes end since others will come: then it is not over when none is left. */
  get isStoppingSome(): boolean {
    return this.#isStoppingSome;
  }

  /** That a node cannot start which another layout has brought is no reason to stop the others. */
  hasBrought(node: SupervisedNode): boolean {
    return this.#newcomers.has(node);
  }

  /**
   * What another layout would mean, with these nodes to run.
   * @throws {@link MusterError} `MUSTER_LAYOUT_INVALID` if a node that runs cannot go on in it.
   */
  async plan(layout: Layout, names: readonly string[]): Promise<ReloadPlan> {
    const { roster } = this.#setup;
    const plan = planReload(roster.layout, layout, roster.byName, names);
    await Promise.all(
      staying(roster.byName, plan).map(async (node) => {
        const problem = await node.tryLayout(layout);
        if (!problem) return;
        throw new MusterError('MUSTER_LAYOUT_INVALID', `${node.name} cannot go on in the new layout: ${problem}`);
      }),
    );
    return plan;
  }

  /** Goes on in another layout, as planned. One at a time. */
  async make(layout: Layout, names: readonly string[], plan: ReloadPlan): Promise<ReloadOutcome> {
    const { started, restarted, stopped } = plan;
    const coming = [...started, ...restarted];
    const failed: Record<string, string> = {};
    const late: string[] = [];
    this.#isStoppingSome = true;
    const stages = stagesOf(layout, names);
    await Promise.all(
      staying(this.#setup.roster.byName, plan).map(async (node) => {
        const problem = await node.follow(layout, stoppedBefore(stages, node.name));
        if (problem === undefined) late.push(node.name);
        if (problem) failed[node.name] = problem;
      }),
    );
    await this.#stop([...restarted, ...stopped]);
    this.#isStoppingSome = false;
    const newcomers = this.#setup.isStopping() ? [] : await this.#start(layout, names, coming);
    for (const name of coming) {
      const node = newcomers.find((newcomer) => newcomer.name === name);
      if (node?.phase === 'failed') failed[name] = node.failure.message;
      else if (!node?.progress.hasListened) late.push(name);
    }
    return { failed, late };
  }

  /** Each stage once the one that is started after it has ended. */
  async #stop(names: readonly string[]): Promise<void> {
    const { roster } = this.#setup;
    for (const stage of stagesOf(roster.layout, names).reverse()) {
      const nodes = stage.map((name) => roster.get(name) as SupervisedNode);
      for (const node of nodes) node.order('stop');
      await roster.until(() => nodes.every(({ phase }) => hasEnded(phase)));
    }
  }

  /** Takes the layout itself, and waits until those that it brings listen, or cannot. */
  async #start(layout: Layout, names: readonly string[], coming: readonly string[]): Promise<SupervisedNode[]> {
    const { roster, advance } = this.#setup;
    roster.take(layout, names, coming);
    const newcomers = coming.map((name) => roster.get(name) as SupervisedNode);
    for (const node of newcomers) {
      this.#newcomers.add(node);
      node.load();
      node.begin();
    }
    advance();
    const isSettled = ({ phase, progress }: SupervisedNode) => progress.hasListened || hasEnded(phase);
    await roster.until(() => newcomers.every(isSettled), startTimeout);
    return newcomers;
  }
}
