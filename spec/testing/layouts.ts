/**
 * Layouts: arbitrary ones of 1 to 12 nodes, of all node types, that can work. They shrink to few nodes.
 */
import fc from 'fast-check';
import type { LayoutDefinition, NodeDefinition } from '../../index.js';
import { topologyProblems } from '../../layout/topology.js';

const nodeTypes = ['worker', 'manager', 'logger', 'proxy', 'control', 'timeMachine'] as const;

/** A node before it has a name, and before it is known whom it peers with. */
interface Draft {
  readonly nodeType: (typeof nodeTypes)[number];
  /** Whether it listens even if nobody has to connect to it. */
  readonly listens: boolean;
  /** Which of the managers is its own. */
  readonly manager: number;
  readonly usesTimeMachine: boolean;
}

const draft: fc.Arbitrary<Draft> = fc.record({
  nodeType: fc.oneof(
    { arbitrary: fc.constant('worker' as const), weight: 5 },
    { arbitrary: fc.constantFrom('manager' as const, 'logger', 'proxy'), weight: 5 },
    { arbitrary: fc.constantFrom('control' as const, 'timeMachine'), weight: 1 },
  ),
  listens: fc.boolean(),
  manager: fc.nat(3),
  usesTimeMachine: fc.boolean(),
});

/** Most are small: they live faster, and faults meet more often. */
export const anyLayout: fc.Arbitrary<LayoutDefinition> = fc
  .oneof({ weight: 3, arbitrary: upTo(5) }, { weight: 1, arbitrary: upTo(12) })
  .map(layoutOf);

function upTo(maxLength: number): fc.Arbitrary<Draft[]> {
  return fc.array(draft, { minLength: 1, maxLength, size: 'max' });
}

function layoutOf(given: readonly Draft[]): LayoutDefinition {
  const drafts = withManager(given);
  const names = namesOf(drafts);
  const managers = names.filter((_, i) => drafts[i]?.nodeType === 'manager');
  const timeMachine = names.find((_, i) => drafts[i]?.nodeType === 'timeMachine');
  const layout = Object.fromEntries(
    drafts.map(({ nodeType, listens, manager, usesTimeMachine }, i): [string, NodeDefinition] => {
      const ofManager = nodeType === 'worker' || nodeType === 'proxy';
      const ofTimeMachine = nodeType !== 'timeMachine' && nodeType !== 'control' && usesTimeMachine;
      return [
        names[i] as string,
        {
          nodeType,
          ip: '127.0.0.1',
          ...(listens && { port: 1_000 + i }),
          ...(ofManager && { manager: managers[manager % managers.length] as string }),
          ...(ofTimeMachine && timeMachine !== undefined && { timeMachine }),
        },
      ];
    }),
  );
  // Who has to be reached gets a port.
  const deaf = new Set(topologyProblems(layout as never).flatMap(({ nodes }) => nodes));
  return Object.fromEntries(
    Object.entries(layout).map(([name, node], i) => [name, deaf.has(name) ? { ...node, port: 1_000 + i } : node]),
  );
}

/** Workers and proxies need one: one more node, or in the place of the first of twelve. */
function withManager(drafts: readonly Draft[]): readonly Draft[] {
  const needsOne = drafts.some(({ nodeType }) => nodeType === 'worker' || nodeType === 'proxy');
  if (!needsOne || drafts.some(({ nodeType }) => nodeType === 'manager')) return drafts;
  const [first, ...others] = drafts as [Draft, ...Draft[]];
  const manager: Draft = { ...first, nodeType: 'manager' };
  return drafts.length < 12 ? [manager, ...drafts] : [manager, ...others];
}

function namesOf(drafts: readonly Draft[]): string[] {
  const counts = new Map<string, number>();
  return drafts.map(({ nodeType }) => {
    const number = (counts.get(nodeType) ?? 0) + 1;
    counts.set(nodeType, number);
    return `${nodeType}-${number}`;
  });
}
