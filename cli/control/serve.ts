/**
 * Serve: what a node of this process answers to its supervisor, which may ask all that a control node may.
 */
import { type ClusterNode, partsOf } from '../../actors/cluster-node.js';
import { toProblem } from '../../actors/control/errors.js';
import { isRequest } from '../../actors/control/messages.js';
import type { ControlOutcome, FromNode } from '../messages.js';
import { fromJson, type Json, toJson } from '../stores/notation.js';

/** Never rejects. @param tell where samples go */
export async function answerControl(
  node: ClusterNode | undefined,
  given: Json,
  tell: (message: FromNode) => void,
): Promise<ControlOutcome> {
  try {
    if (node === undefined) throw new Error('its bootstrap scripts still run');
    const request = fromJson(given);
    if (!isRequest(request)) throw new Error('this is no request that a node knows');
    const take = (watch: string) => (sample: object) => {
      tell({ type: 'sample', watch, sample: toJson(sample) });
      return true;
    };
    return { value: toJson(await partsOf(node).control.perform(request, { name: '', take })) };
  } catch (thrown) {
    return { problem: toProblem(thrown) };
  }
}
