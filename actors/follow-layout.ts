/**
 * Follow layout: a running node takes another layout: whether it can, and that all its parts follow.
 * Peerings that both layouts have the same are left alone, so that nothing on them is lost.
 */
import { MusterError, messageOf } from '../errors.js';
import { differenceOf } from '../layout/difference.js';
import type { Layout } from '../layout/types.js';
import type { ClusterLog } from '../logs/cluster-log.js';
import type { Leaving } from './leaving.js';
import type { OwnCore } from './node-core.js';
import type { NodeSetup } from './node-setup.js';
import type { PartList } from './part.js';

export interface LayoutFollowerParts {
  readonly core: OwnCore;
  readonly clusterLog: ClusterLog;
  readonly leaving: Leaving;
}

export class LayoutFollower {
  readonly #parts: LayoutFollowerParts;
  readonly #list: PartList;
  readonly #prepare: NodeSetup['prepare'];

  constructor(parts: LayoutFollowerParts, list: PartList, prepare: NodeSetup['prepare']) {
    this.#parts = parts;
    this.#list = list;
    this.#prepare = prepare;
  }

  /** Why the node cannot go on in another layout; undefined if it can. */
  async whyNot(layout: Layout): Promise<string | undefined> {
    try {
      const why = this.#whyNotIn(layout);
      if (why === undefined) await this.#prepare?.(layout);
      return why;
    } catch (error) {
      return messageOf(error);
    }
  }

  /**
   * Goes on in another layout: ends and begins peerings, and leaves the others alone. Does nothing if the node leaves.
   * @throws {@link MusterError} `MUSTER_LAYOUT_INVALID` if it cannot; then nothing has changed.
   */
  async follow(layout: Layout): Promise<void> {
    const { core, clusterLog, leaving } = this.#parts;
    const why = await this.whyNot(layout);
    const secure = why === undefined ? await this.#prepare?.(layout) : undefined;
    if (leaving.hasBegun) return;
    if (why !== undefined) throw new MusterError('MUSTER_LAYOUT_INVALID', `${core.name} cannot go on in it: ${why}`);
    const before = core.layout;
    core.layout = layout;
    const secured = secure?.();
    clusterLog.log('following another layout');
    this.#list.follow(before);
    await secured;
  }

  #whyNotIn(layout: Layout): string | undefined {
    const { core } = this.#parts;
    if (!Object.hasOwn(layout, core.name)) return `it has no node ${core.name}`;
    const own = differenceOf(core.layout, layout).changed.find(({ name }) => name === core.name);
    if (own?.restarts) return `its own entry has changed (${own.fields.join(', ')}): it has to be restarted`;
    return this.#list.whyNot(layout);
  }
}
