/**
 * The commands of `muster keys`, their arguments and options, and what `--help` says of them.
 */
import { type Command, Option } from 'commander';
import { codes, examples, jsonOption, stateDirOption } from './help.js';
import type { Attempt } from './program.js';

const load = () => import('./commands/keys.js');

export function addKeysCommands(program: Command, attempt: Attempt): void {
  const keys = program
    .command('keys')
    .summary('make, show, replace and check the keys of nodes')
    .description(
      'Nodes that other machines can reach prove with keys who they are, and encrypt what they say.\n' +
        'Secret keys are files of mode 0600, one for each node; public.json beside them may be shared.',
    )
    .addHelpText('after', examples('muster keys init cluster-layout.json', 'muster keys rotate worker-1'));

  /** A command with what all of them have. */
  const add = (name: string, summary: string) =>
    keys
      .command(name)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
      .addOption(stateDirOption('the one of the cluster'))
      .addOption(keysDirOption())
      .addOption(jsonOption())
      .addHelpText('after', codes('ok', 'failed', 'usage', 'keys'));
  const layoutArgument = 'a .json, .ts, .js or .zeek file; default: the one found in the search path';
  const layoutOption = () =>
    new Option('--layout <layout>', 'the layout of the cluster; default: the one found in the search path');

  add('init', 'make keys for all nodes that have none')
    .argument('[layout]', layoutArgument)
    .action((layout, options) => attempt(options, async () => (await load()).init({ ...options, layout })));
  add('show', 'show the public keys, and whose secret ones are here')
    .argument('[layout]', layoutArgument)
    .action((layout, options) => attempt(options, async () => (await load()).show({ ...options, layout })));
  add('check', "check that keys are there, fit together and are nobody else's to read")
    .argument('[layout]', layoutArgument)
    .action((layout, options) => attempt(options, async () => (await load()).check({ ...options, layout })));
  add('add', 'make a key for a node that has none')
    .argument('<node>', 'its name')
    .addOption(layoutOption())
    .action((node, options) => attempt(options, async () => (await load()).add(node, options)));
  add('rotate', 'give a node another key; both are accepted until --finish')
    .argument('<node>', 'its name')
    .option('--finish', 'accept the old one no more')
    .addOption(layoutOption())
    .action((node, options) => attempt(options, async () => (await load()).rotate(node, options)));
}

function keysDirOption(): Option {
  return new Option(
    '--keys-dir <dir>',
    'where the keys are (default: as the layout says, else keys/ in the state directory)',
  );
}
