/**
 * Rules between the fields of a node and between nodes, on nodes whose fields were checked one by one.
 * A field with a fault of its own is absent here and gets no second one.
 */
import { canonicalAddress, isLinkLocal, isUnspecified } from './address.js';
import type { FieldValues } from './check-fields.js';
import type { nodeFields } from './node-fields.js';
import { type Fault, gotAndExpected } from './problems.js';
import { didYouMean, show, showChoice } from './show.js';
import type { NodeType } from './types.js';

/** The sound fields of each node, by name. */
export type NodeDrafts = ReadonlyMap<string, FieldValues<typeof nodeFields>>;

export interface NodeFault extends Fault {
  readonly node: string;
  readonly field: string;
}

/** Everything that is wrong between sound fields. */
export function crossFaults(nodes: NodeDrafts): NodeFault[] {
  return [
    ...zoneFaults(nodes),
    ...referenceFaults(nodes, 'manager', 'manager'),
    ...referenceFaults(nodes, 'timeMachine', 'timeMachine'),
    ...portFaults(nodes),
  ];
}

/** What is allowed but should change: deprecated fields, addresses that cannot work for others. One line per matter. */
export function layoutWarnings(nodes: NodeDrafts): string[] {
  const matters: [matter: string, applies: (node: FieldValues<typeof nodeFields>) => boolean][] = [
    ['interface is deprecated and unused', (node) => node.interface !== undefined],
    ['timeMachine is deprecated', (node) => node.timeMachine !== undefined],
    ['node type "timeMachine" is deprecated', (node) => node.nodeType === 'timeMachine'],
    [
      'others cannot connect to an ip that stands for all addresses; give it as listenAddress and a real one as ip',
      (node) => node.port !== undefined && node.ip !== undefined && isUnspecified(node.ip),
    ],
    ['zoneId should be the name of an interface; ZeroMQ takes no number', (node) => /^\d+$/.test(node.zoneId ?? '')],
  ];
  return matters.flatMap(([matter, applies]) => {
    const names = [...nodes].filter(([, node]) => applies(node)).map(([name]) => name);
    return names.length > 0 ? [`${names.join(', ')}: ${matter}`] : [];
  });
}

function zoneFaults(nodes: NodeDrafts): NodeFault[] {
  return [...nodes].flatMap(([node, { ip, zoneId }]) => {
    if (ip === undefined || isLinkLocal(ip) === (zoneId !== undefined)) return [];
    const message =
      zoneId === undefined
        ? `missing, expected the zone of the link-local address ${ip}, such as "eth0"`
        : `got ${show(zoneId)}, expected none: ${ip} is not a link-local IPv6 address`;
    return [{ node, field: 'zoneId', value: zoneId, message }];
  });
}

/** `field` must name a node of type `type`. */
function referenceFaults(nodes: NodeDrafts, field: 'manager' | 'timeMachine', type: NodeType): NodeFault[] {
  const candidates = [...nodes].filter(([, node]) => node.nodeType === type).map(([name]) => name);
  const rule = candidates.length > 0 ? showChoice(candidates) : `a node of type ${show(type)}, of which there is none`;
  return [...nodes].flatMap(([node, { [field]: value }]) => {
    const target = value === undefined ? undefined : nodes.get(value);
    // A target whose own type is at fault is given the benefit of the doubt.
    if (value === undefined || (target && (target.nodeType ?? type) === type)) return [];
    const why = target ? `, which is of type ${show(target.nodeType)}` : ', which is not in the layout';
    const hint = target ? '' : didYouMean(value, candidates);
    return [{ node, field, value, message: `got ${show(value)}${why}, expected ${rule}${hint}` }];
  });
}

/** Each port may be used once on one ip, whatever for. */
function portFaults(nodes: NodeDrafts): NodeFault[] {
  const taken = new Map<string, string>();
  const faults: NodeFault[] = [];
  for (const [node, { ip, zoneId = '', ...ports }] of nodes) {
    if (ip === undefined) continue;
    for (const field of ['port', 'metricsPort'] as const) {
      const value = ports[field];
      if (value === undefined) continue;
      const place = `${canonicalAddress(ip)}%${zoneId} ${value}`;
      const owner = taken.get(place);
      if (owner === undefined) taken.set(place, `${field} of ${node}`);
      else
        faults.push({
          node,
          field,
          value,
          message: gotAndExpected(value, `a port that is free on ${ip}: it is the ${owner}`),
        });
    }
  }
  return faults;
}
