/**
 * The page `docs/machines.md`, made from the machines, so that it says what they do: `npm run docs` writes it.
 */
import { policy } from '../../cli/supervised-node.js';
import { seconds } from '../../cli/words.js';
import { defaults } from '../../layout/defaults.js';
import { type Chart, charts } from '../../machines/charts.js';
import { backOff } from '../../machines/child.js';
import { mermaidOf } from '../../machines/mermaid.js';
import { statesOf } from '../../machines/states.js';
import { type Transition, transitionsOf } from '../../machines/transitions.js';

export const path = 'docs/machines.md';

const introduction = `# State charts

Machines decide, actors do: what a node does about its peers, its cluster and its stores is decided by the state charts below,
and what a supervisor does about its nodes. Each runs as an XState actor. Events of users pass through none of them.

\`muster charts\` prints these diagrams, and \`muster charts --json\` the tables. Traces and the coverage of the tests speak of
an arrow by its state and event: \`up.responsive link.hint\`, \`down after retryInterval\`, \`(any) local.leaving\`; where several
have the same state and event, by its place among them, too: \`up hello.received #2\`.

In the diagrams, \`[…]\` is a condition, \`else\` what holds when those of the other arrows do not. A line in a state is what it does
without being left. \`(any)\` is any state of the box in which it stands: Mermaid draws no arrow from a state to one within it.

*This page is made from the machines by \`npm run docs\`.*`;

/** What each delay is, and how long unless told otherwise. */
const delays: Readonly<Record<string, string>> = {
  connectTimeout: option('connectTimeout'),
  helloTimeout: option('helloTimeout'),
  probeTimeout: option('probeTimeout'),
  retryInterval: option('retryInterval'),
  resyncInterval: option('cloneResyncInterval'),
  staleInterval: `${option('cloneStaleInterval')}; negative: never`,
  backOff: `${seconds(backOff(1, policy))} after the first death, doubled with each further one, up to ${seconds(policy.maxBackOff)}`,
  settledAfter: `${seconds(policy.settledAfter)}: then earlier deaths are forgotten`,
  slowAfter: `${seconds(policy.slowAfter)}: then a start is told to be slow`,
  stopTimeout: `${seconds(policy.stopTimeout)}: then a process that was asked to leave is killed`,
};

export function machinesPage(): string {
  const sections = Object.entries(charts).map(([name, chart]) => sectionOf(name, chart));
  return `${[introduction, ...sections].join('\n\n')}\n`;
}

function sectionOf(name: string, { machine, file, purpose }: Chart): string {
  const transitions = transitionsOf(machine);
  const deeds = statesOf(machine).filter(({ entry, exit }) => entry.length + exit.length > 0);
  const used = [...new Set(transitions.flatMap(({ delay }) => delay ?? []))];
  return [
    `## ${name}`,
    `${purpose} Source: [\`${file}\`](../${file}).`,
    `\`\`\`mermaid\n${mermaidOf(machine)}\n\`\`\``,
    table(['state', 'event', 'guard', 'target', 'actions'], transitions.map(rowOf)),
    ...(deeds.length === 0
      ? []
      : [
          table(
            ['state', 'when entered', 'when left'],
            deeds.map(({ path, entry, exit }) => [code([path]), code(entry), code(exit)]),
          ),
        ]),
    ...(used.length === 0
      ? []
      : [
          table(
            ['delay', 'how long'],
            used.map((delay) => [code([delay]), lengthOf(delay)]),
          ),
        ]),
  ].join('\n\n');
}

function rowOf({ source, event, index, guard, targets, reenters, actions }: Transition): readonly string[] {
  const condition = guard === null ? (index > 0 ? 'else' : '') : code([guard]);
  const target = targets.length === 0 ? 'stays' : `${code(targets)}${reenters ? ', entered again' : ''}`;
  return [code([source]), code([event]), condition, target, code(actions)];
}

function lengthOf(delay: string): string {
  const words = delays[delay];
  if (words === undefined) throw new Error(`${import.meta.filename}: what is the delay ${delay}?`);
  return words;
}

function option(name: keyof typeof defaults): string {
  return `the [option](layouts.md) \`${name}\`, ${seconds(Number(defaults[name]))}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.map((line) => line.replace(/ +/g, ' ')).join('\n');
}

function code(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
