/**
 * Program: the commands of `muster`, their arguments and options, and what `--help` says of them.
 * A command is loaded when it is called: `muster --help` needs no cluster, and `muster check` no socket.
 */
import { Command, CommanderError, Option } from 'commander';
import { version } from '../package.js';
import { addControlCommands, optionsOption, timeoutOption } from './control-program.js';
import { exitCodeOf, exitCodes } from './exit-codes.js';
import { codes, examples, jsonOption, loadOption, milliseconds, stateDirOption } from './help.js';
import { addKeysCommands } from './keys-program.js';
import { addLogCommands } from './log-program.js';
import { printError } from './print.js';
import { addStoreCommands } from './store-program.js';

const killedCode = '  128+n  a second signal n ended it at once';

/** What a command gives: its exit code; nothing when it ends the process itself. */
export type Result = Promise<number | undefined> | Promise<void>;

/** Runs a command, and says what went wrong. */
export type Attempt = (options: { json?: boolean }, command: () => Result) => Promise<void>;

/**
 * Runs a command line.
 * @returns the exit code; undefined when the command ends the process itself
 */
export async function run(argv: readonly string[]): Promise<number | undefined> {
  // What comes after `--` is the script's; commander would take it for arguments of the command.
  const dashes = argv[0] === 'node' || argv[0] === 'up' ? argv.indexOf('--') : -1;
  const own = dashes === -1 ? argv : argv.slice(0, dashes);
  const scriptArgs = dashes === -1 ? [] : argv.slice(dashes + 1);

  let exitCode: number | undefined = exitCodes.ok;
  const attempt: Attempt = async ({ json = false }, command) => {
    try {
      exitCode = (await command()) ?? undefined;
    } catch (error) {
      printError(error, json);
      exitCode = exitCodeOf(error);
    }
  };

  try {
    await createProgram(scriptArgs, attempt).parseAsync(own, { from: 'user' });
  } catch (error) {
    // Commander has printed it.
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  return exitCode;
}

function createProgram(scriptArgs: readonly string[], attempt: Attempt): Command {
  const program = new Command('muster')
    .description('Runs clusters of named nodes. A layout says which nodes there are; bootstrap scripts, what they do.')
    .version(version, '-V, --version')
    .exitOverride()
    .addHelpText('after', examples('muster check cluster-layout.json', 'muster up --load app.ts', 'muster status'));

  program
    .command('check')
    .summary('validate a layout; show its nodes and who connects to whom')
    .description('Validates a layout, and shows its nodes and who connects to whom. Opens no port.')
    .argument('[layout]', 'a .json, .ts, .js or .zeek file; default: the one found in the search path')
    .option('--strict', 'fail for warnings and topology problems, too')
    .addOption(jsonOption())
    .action((layout, options) =>
      attempt(options, async () => (await import('./commands/check.js')).check(layout, options)),
    )
    .addHelpText(
      'after',
      examples('muster check cluster-layout.json', 'muster check --strict --json cluster-layout.zeek'),
    )
    .addHelpText('after', codes('ok', 'failed', 'usage'));

  program
    .command('node')
    .summary('run one node in the foreground')
    .description(
      'Runs one node of a layout in the foreground. SIGINT and SIGTERM make it leave its cluster; a second one ends it at once.\n' +
        'What follows "--" are the arguments of the bootstrap scripts.',
    )
    .argument('[name]', 'the node; default: $CLUSTER_NODE')
    .option('--layout <layout>', 'a .json, .ts, .js or .zeek file; default: the one found in the search path')
    .addOption(scriptOption())
    .addOption(retryIntervalOption('60000'))
    .addOption(stateDirOption('where logs are kept'))
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .addOption(traceOption())
    .addOption(inspectOption())
    .addOption(jsonOption())
    .action((given: string | undefined, options, command: Command) => {
      const name = given ?? process.env.CLUSTER_NODE;
      if (!name) command.error('error: which node? Give its name, or set CLUSTER_NODE', { exitCode: exitCodes.usage });
      return attempt(options, async () => (await import('./commands/node.js')).node({ ...options, name, scriptArgs }));
    })
    .addHelpText(
      'after',
      examples(
        'muster node worker-1 --layout cluster-layout.json --load app.ts',
        'CLUSTER_NODE=worker-1 muster node --load app.ts -- --input conn.log',
      ),
    )
    .addHelpText('after', codes('ok', 'failed', 'usage', 'topology', 'port', 'script', 'nameTaken', 'keys'))
    .addHelpText('after', killedCode);

  program
    .command('up')
    .summary('run all nodes of a layout that are on this machine')
    .description(
      'Runs all nodes of a layout whose address is one of this machine, a process each, and restarts those that die.\n' +
        'SIGINT and SIGTERM stop them, workers first; a second one kills them. Ends by itself when all nodes have left.\n' +
        'What follows "--" are the arguments of the bootstrap scripts.',
    )
    .argument('[layout]', 'a .json, .ts, .js or .zeek file; default: the one found in the search path')
    .addOption(scriptOption())
    .option('--host <ip>', 'run the nodes of this address; default: of all addresses of this machine')
    .addOption(retryIntervalOption('1000'))
    .addOption(stateDirOption('where logs and the supervisor are'))
    .addOption(logLevelOption())
    .addOption(logFormatOption())
    .addOption(traceOption())
    .addOption(inspectOption())
    .addOption(jsonOption())
    .action((layout: string | undefined, options) =>
      attempt(options, async () => (await import('./commands/up.js')).up({ ...options, layout, scriptArgs })),
    )
    .addHelpText(
      'after',
      examples(
        'muster up cluster-layout.json --load app.ts',
        'muster up --load app.ts --load stats.ts -- --input conn.log',
      ),
    )
    .addHelpText('after', codes('ok', 'failed', 'usage', 'supervisorRunning', 'topology', 'port', 'script', 'keys'))
    .addHelpText('after', killedCode);

  program
    .command('status')
    .summary('show how the nodes are')
    .description(
      'Asks the supervisor that "muster up" runs how its nodes are.\n' +
        'Where none runs, asks the nodes as the first control node of the layout that is free.',
    )
    .argument('[layout]', 'the layout it was started with; default: the one found in the search path')
    .addOption(stateDirOption('the one it was started with'))
    .addOption(optionsOption())
    .addOption(timeoutOption(5_000))
    .addOption(jsonOption())
    .action((layout: string | undefined, options) =>
      attempt(options, async () => (await import('./commands/status.js')).status({ ...options, layout })),
    )
    .addHelpText('after', examples('muster status', 'muster status --json | jq ".nodes[] | [.name, .state]"'))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'noSupervisor', 'controlTaken'));

  program
    .command('stop')
    .summary('stop the running supervisor and its nodes')
    .description(
      'Asks the supervisor that "muster up" runs to stop its nodes, workers first, and waits until all are gone.\n' +
        'Where none runs, asks the nodes themselves, as the first control node of the layout that is free.',
    )
    .argument('[layout]', 'the layout it was started with; default: the one found in the search path')
    .addOption(stateDirOption('the one it was started with'))
    .addOption(optionsOption())
    .addOption(
      new Option('--timeout <ms>', 'kill what has not ended by then; without a supervisor, give it up').argParser(
        milliseconds,
      ),
    )
    .addOption(jsonOption())
    .action((layout: string | undefined, options) =>
      attempt(options, async () => (await import('./commands/stop.js')).stop({ ...options, layout })),
    )
    .addHelpText('after', examples('muster stop', 'muster stop cluster-layout.json --timeout 5000'))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'noSupervisor', 'absent', 'controlTaken'));

  program
    .command('reload')
    .summary('go on in another layout')
    .description(
      'Has the supervisor that "muster up" runs read its layout again, and go on in it: starts nodes that are new in it, stops\n' +
        'those that it has no more, restarts those that it changes. All others keep their peerings.',
    )
    .argument('[layout]', 'the layout to read; default: the one that it was started with, found in the search path')
    .option('--dry-run', 'only print what would change')
    .addOption(stateDirOption('the one it was started with'))
    .addOption(jsonOption())
    .action((layout: string | undefined, options) =>
      attempt(options, async () => (await import('./commands/reload.js')).reload({ ...options, layout })),
    )
    .addHelpText('after', examples('muster reload --dry-run', 'muster reload cluster-layout.json'))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'noSupervisor', 'topology', 'absent'));

  program
    .command('charts')
    .summary("print the state charts of Muster's machines")
    .description("Prints the state charts of Muster's machines as Mermaid diagrams, all of them or those named.")
    .argument('[names...]', 'node, initiator, acceptor, clusterStart, clone, child')
    .addOption(jsonOption())
    .action(async (names: readonly string[], options, command: Command) => {
      const { chartNames, isChart, printCharts } = await import('./commands/charts.js');
      const unknown = names.find((name) => !isChart(name));
      if (unknown !== undefined) {
        const all = chartNames.join(', ');
        command.error(`error: there is no chart ${unknown}, only ${all}`, { exitCode: exitCodes.usage });
      }
      return attempt(options, () => printCharts(names.filter(isChart), options));
    })
    .addHelpText('after', examples('muster charts', 'muster charts initiator', 'muster charts --json node'))
    .addHelpText('after', codes('ok', 'failed', 'usage'));

  addLogCommands(program, attempt);
  addControlCommands(program, attempt);
  program
    .command('inspect')
    .summary('show a running cluster, or a recorded trace, in a browser')
    .description(
      'Serves a page that shows what the machines of all nodes do: of the cluster that "muster up" runs, or of a trace\n' +
        'that was written with --trace. Only this machine can open it, with the link that is printed. Changes nothing.',
    )
    .argument('[trace]', 'a trace file; default: the running cluster')
    .option('--layout <layout>', 'the layout the cluster was started with; default: the one found in the search path')
    .addOption(stateDirOption('the one the cluster was started with'))
    .option('--stately', 'print the trace as events of the protocol of @statelyai/inspect instead, a line each')
    .addOption(jsonOption())
    .action((trace: string | undefined, options, command: Command) => {
      if (options.stately && trace === undefined) command.error('error: which trace?', { exitCode: exitCodes.usage });
      return attempt(options, async () => (await import('./commands/inspect.js')).inspect({ ...options, trace }));
    })
    .addHelpText('after', examples('muster inspect', 'muster inspect run.ndjson'))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'noSupervisor', 'port'));

  addStoreCommands(program, attempt);
  addKeysCommands(program, attempt);
  return program;
}

function scriptOption(): Option {
  return loadOption('a bootstrap script (.ts, .js): its default export is called with the node; may be repeated');
}

function retryIntervalOption(standard: string): Option {
  const description = `pause before a failed connection is tried again (default: ${standard})`;
  return new Option('--retry-interval <ms>', description).argParser(milliseconds);
}

function logLevelOption(): Option {
  const levels = ['silent', 'error', 'warn', 'info', 'debug'];
  return new Option('--log-level <level>', 'least severe diagnostics that go to stderr').choices(levels);
}

function logFormatOption(): Option {
  return new Option('--log-format <format>', 'form of log files').choices(['json', 'tsv']);
}

function inspectOption(): Option {
  return new Option('--inspect', 'serve the inspector; its link is printed on a terminal, or with --json');
}

function traceOption(): Option {
  return new Option('--trace <file>', 'append what machines and links do, as lines of JSON');
}
