/**
 * The commands that work through a control node or the supervisor, their arguments and options, and what `--help` says.
 */
import { Argument, type Command, Option } from 'commander';
import { diagnosticsLevels } from '../logs/diagnostics.js';
import { codes, count, examples, jsonOption, loadOption, milliseconds, stateDirOption, word } from './help.js';
import type { Attempt } from './program.js';

const loadNodes = () => import('./commands/nodes.js');
const loadCall = () => import('./commands/call.js');

const outcomes = ['ok', 'failed', 'usage', 'noSupervisor', 'absent', 'controlTaken'] as const;
const way = 'Through the supervisor of this machine if it runs all nodes, else as the first control node that is free.';
const jsonArguments = 'JSON, or a word that is a string; the notation is that of "muster store --help"';

export function addControlCommands(program: Command, attempt: Attempt): void {
  const add = (name: string, summary: string, description: string, timeout = 5_000) =>
    program
      .command(name)
      .summary(summary)
      .description(`${description}\n${way}`)
      .option('--layout <layout>', 'the layout of the cluster; default: the one found in the search path')
      .addOption(stateDirOption('the one that the cluster was started with'))
      .addOption(optionsOption())
      .addOption(timeoutOption(timeout))
      .addOption(jsonOption());

  add(
    'top',
    'watch what nodes take and do',
    'Shows processor, memory, events, buffers, losses and delays of all nodes.',
  )
    .addOption(new Option('--interval <ms>', 'between two tables').argParser(milliseconds).default(1_000))
    .addOption(new Option('--count <n>', 'end after so many tables').argParser(count))
    .action((options) => attempt(options, async () => (await import('./commands/top.js')).top(options)))
    .addHelpText('after', examples('muster top', 'muster top --count 1 --json'))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'noSupervisor', 'controlTaken'));

  add('peers', 'show the peerings of nodes', 'Shows the peerings of nodes, and what has passed on each.')
    .argument('[nodes...]', 'default: all')
    .action((nodes, options) => attempt(options, async () => (await loadNodes()).peers(nodes, options)))
    .addHelpText('after', examples('muster peers', 'muster peers worker-1 --json'))
    .addHelpText('after', codes(...outcomes));

  add(
    'config',
    'show the options that are in force at nodes',
    'Shows effective options; "*" marks what is not default.',
  )
    .argument('[nodes...]', 'default: all')
    .action((nodes, options) => attempt(options, async () => (await loadNodes()).config(nodes, options)))
    .addHelpText('after', examples('muster config manager', 'muster config --json | jq ".options.retryInterval"'))
    .addHelpText('after', codes(...outcomes));

  add('history', 'show the last changes of state of nodes', 'Shows the last changes of state of the machines of nodes.')
    .argument('[nodes...]', 'default: all')
    .action((nodes, options) => attempt(options, async () => (await loadNodes()).history(nodes, options)))
    .addHelpText('after', examples('muster history worker-1'))
    .addHelpText('after', codes(...outcomes));

  add('log-level', 'show or set the log level of nodes', 'Shows, or sets, the least severe diagnostics of nodes.')
    .addArgument(new Argument('[level]', 'absent: it is shown').choices(diagnosticsLevels))
    .argument('[nodes...]', 'default: all')
    .action((level, nodes, options) =>
      attempt(options, async () => (await loadNodes()).logLevel(level, nodes, options)),
    )
    .addHelpText('after', examples('muster log-level', 'muster log-level debug worker-1 worker-2'))
    .addHelpText('after', codes(...outcomes));

  add('events', 'watch events that nodes publish', 'Shows what nodes publish: at most 100 events a second of each.')
    .option('--follow', 'until it is ended; default: for --timeout ms')
    .option('--topic <prefix>', 'only topics that begin so')
    .action((options) => attempt(options, async () => (await import('./commands/events.js')).events(options)))
    .addHelpText(
      'after',
      examples('muster events --follow', 'muster events --follow --topic zeek/cluster/manager --json'),
    )
    .addHelpText('after', codes(...outcomes));

  add('publish', 'publish an event', 'Has an event handled by all nodes that subscribe to a topic.')
    .argument('<topic>')
    .argument('<event>', 'its name')
    .argument('[args...]', jsonArguments, words)
    .action((topic, event, args, options) =>
      attempt(options, async () => (await loadCall()).publish(topic, event, args, options)),
    )
    .addHelpText('after', examples(`muster publish zeek/cluster/worker App::reload '{"rules":3}'`))
    .addHelpText('after', codes(...outcomes));

  add(
    'call',
    'call what an application exposes at a node',
    'Calls a function that a node exposes, and prints its answer.',
  )
    .argument('<node>')
    .argument('<name>', 'as given to node.control.expose()')
    .argument('[args...]', jsonArguments, words)
    .action((node, name, args, options) =>
      attempt(options, async () => (await loadCall()).call(node, name, args, options)),
    )
    .addHelpText(
      'after',
      examples('muster call worker-1 flushCache', `muster call manager lookup 10.0.0.1 '{"deep":true}'`),
    )
    .addHelpText('after', codes(...outcomes));

  add('restart', 'restart nodes', 'Has nodes leave, and waits until they are started again.', 30_000)
    .argument('<nodes...>')
    .action((nodes, options) =>
      attempt(options, async () => (await import('./commands/restart.js')).restart(nodes, options)),
    )
    .addHelpText('after', examples('muster restart worker-1 worker-2'))
    .addHelpText('after', codes(...outcomes));
}

/** The deadline of a command that works through the cluster. */
export function timeoutOption(standard: number): Option {
  return new Option('--timeout <ms>', 'the command takes no longer').argParser(milliseconds).default(standard);
}

/** Scripts that give the command the options of its own node. */
export function optionsOption(): Option {
  return loadOption('take the exported "options" of a bootstrap script, such as clusterName; may be repeated');
}

function words(text: string, before: readonly unknown[] | undefined): readonly unknown[] {
  return [...(before ?? []), word(text)];
}
