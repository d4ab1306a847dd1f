/**
 * The commands `muster log` and `muster logs`, their arguments and options, and what `--help` says of them.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { codes, examples, jsonOption, stateDirOption } from './help.js';
import type { Attempt } from './program.js';

const streamHelp = 'its id or path, such as Conn::LOG or conn; default: the cluster log';

export function addLogCommands(program: Command, attempt: Attempt): void {
  program
    .command('log')
    .summary('show the last records of a log, and follow it')
    .description('Shows the last records of a log that nodes of this machine keep, and with -f those that come.')
    .argument('[stream]', streamHelp, 'Cluster::LOG')
    .option('-f, --follow', 'go on until it is interrupted')
    .addOption(new Option('-n, --lines <n>', 'how many of the last records').default(10).argParser(count))
    .addOption(formatOption())
    .option('--layout <layout>', 'the layout of the cluster; default: the one found in the search path')
    .addOption(stateDirOption('where logs are kept'))
    .addOption(jsonOption())
    .action((stream, options) => attempt(options, async () => (await import('./commands/log.js')).log(stream, options)))
    .addHelpText('after', examples('muster log -f', 'muster log Conn::LOG -n 100 --format tsv'))
    .addHelpText('after', codes('ok', 'failed', 'usage'));

  program
    .command('logs')
    .summary('read the logs of a cluster as a whole')
    .description('Reads what the loggers of this machine have kept, rotated and compressed files too.')
    .command('cat')
    .summary('print all records of a log, each once')
    .description(
      'Prints all records of a log: the files of all loggers merged by time, each record once,\n' +
        'those of one writer in the order in which it wrote them.',
    )
    .argument('[stream]', streamHelp, 'Cluster::LOG')
    .addOption(formatOption())
    .option('--layout <layout>', 'the layout of the cluster; default: the one found in the search path')
    .addOption(stateDirOption('where logs are kept'))
    .addOption(jsonOption())
    .action((stream, options) =>
      attempt(options, async () => (await import('./commands/logs.js')).cat(stream, options)),
    )
    .addHelpText('after', examples('muster logs cat', 'muster logs cat Conn::LOG --format tsv | zeek-cut ts host'))
    .addHelpText('after', codes('ok', 'failed', 'usage'));
}

function formatOption(): Option {
  return new Option('--format <format>', 'how records look').choices(['json', 'tsv']).default('json');
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number of records.');
}
