/**
 * Admission: whose hello is accepted. Every refusal is a sentence that both ends log.
 */
import type { Layout } from '../layout/types.js';
import type { Hello } from '../transport/frames/frames.js';

/** Who is asked. */
export interface Doorkeeper {
  readonly name: string;
  readonly id: string;
  readonly layout: Layout;
  readonly options: { readonly clusterName: string };
}

/** Why `hello` is refused by `own`, or undefined. `expected` is the peer that it has to come from, where that is known. */
export function whyRefused(
  hello: Hello,
  expected: { readonly name: string } | undefined,
  own: Doorkeeper,
): string | undefined {
  const from = JSON.stringify(hello.from);
  if (hello.cluster !== own.options.clusterName) {
    return `${from} is of cluster ${JSON.stringify(hello.cluster)}, this node of ${JSON.stringify(own.options.clusterName)}`;
  }
  if (hello.to !== own.name) return `${from} wants to speak to ${JSON.stringify(hello.to)}, this node is ${own.name}`;
  if (expected !== undefined && hello.from !== expected.name)
    return `${from} answers where ${expected.name} is expected`;
  if (hello.from === own.name) return `${from} is the name of this node`;
  const node = Object.hasOwn(own.layout, hello.from) ? own.layout[hello.from] : undefined;
  if (node === undefined) return `${from} is no node of the layout`;
  if (node.nodeType !== hello.nodeType) {
    return `${from} says it is a ${JSON.stringify(hello.nodeType)}, the layout says ${node.nodeType}`;
  }
  if (!/^[\x21-\x7e]{1,256}$/.test(hello.id)) return `${from} has an id that is none`;
  return undefined;
}
