/**
 * The commands of `muster store`, their arguments and options, and what `--help` says of them.
 */
import { type Command, Option } from 'commander';
import { codes, examples, jsonOption, milliseconds, stateDirOption, word } from './help.js';
import type { Attempt } from './program.js';

const load = () => import('./commands/store.js');
const loadFiles = () => import('./commands/store-files.js');

export function addStoreCommands(program: Command, attempt: Attempt): void {
  const store = program
    .command('store')
    .summary('look into the stores of a cluster, and change them')
    .description(
      'Asks the masters of the stores of a cluster that "muster up" runs.\n' +
        'Without a supervisor, export, import and check work on the files of persistent stores.',
    )
    .addHelpText('after', examples('muster store list', 'muster store get known_hosts 10.0.0.1'))
    .addHelpText('after', notation);

  /** A command with what all of them have. */
  const add = (name: string, summary: string, description = `${summary[0]?.toUpperCase()}${summary.slice(1)}.`) =>
    store
      .command(name)
      .summary(summary)
      .description(description)
      .option('--layout <layout>', 'the layout of the cluster; default: the one found in the search path')
      .addOption(stateDirOption('the one that the cluster was started with'))
      .addOption(jsonOption());

  add('list', 'show all stores, where their masters and clones are')
    .action((options) => attempt(options, async () => (await load()).list(options)))
    .addHelpText('after', examples('muster store list', 'muster store list --json | jq -r .name'))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'noSupervisor'));

  add('keys', 'print the keys of a store, one per line')
    .argument('<name>', 'the store')
    .action((name, options) => attempt(options, async () => (await load()).keys(name, options)))
    .addHelpText('after', examples('muster store keys known_hosts'))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'noSupervisor', 'store'));

  add('get', 'print the value of a key')
    .argument('<name>', 'the store')
    .argument('<key>', keyHelp, word)
    .action((name, key, options) => attempt(options, async () => (await load()).get(name, key, options)))
    .addHelpText('after', examples('muster store get known_hosts 10.0.0.1', `muster store get pairs '["a", 1]' --json`))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'noSupervisor', 'store', 'key'));

  add('put', 'set the value of a key')
    .argument('<name>', 'the store')
    .argument('<key>', keyHelp, word)
    .argument('<value>', 'likewise', word)
    .addOption(new Option('--expiry <ms>', 'it expires so many milliseconds from now').argParser(milliseconds))
    .action((name, key, value, options) => attempt(options, async () => (await load()).put(name, key, value, options)))
    .addHelpText(
      'after',
      examples(`muster store put settings limit 20`, `muster store put known_hosts 10.0.0.1 '{"run":1}'`),
    )
    .addHelpText('after', codes('ok', 'failed', 'usage', 'noSupervisor', 'store'));

  add('erase', 'remove a key')
    .argument('<name>', 'the store')
    .argument('<key>', keyHelp, word)
    .action((name, key, options) => attempt(options, async () => (await load()).erase(name, key, options)))
    .addHelpText('after', examples('muster store erase known_hosts 10.0.0.1'))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'noSupervisor', 'store'));

  add(
    'export',
    'print all entries, one per line',
    'Prints all entries of a store as lines of JSON, with the times at which they expire. Without a supervisor, from its files.',
  )
    .argument('<name>', 'the store')
    .option('--file <file>', 'write to a file; it is replaced once all is written. Default: stdout')
    .addOption(storeDirOption())
    .action((name, options) => attempt(options, async () => (await loadFiles()).exportStore(name, options)))
    .addHelpText('after', examples('muster store export known_hosts > hosts.ndjson'))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'supervisorRunning', 'store', 'storeDamaged'));

  add(
    'import',
    'put entries that were exported',
    'Puts entries as "muster store export" prints them, and leaves others as they are. Without a supervisor, into its files.',
  )
    .argument('<name>', 'the store')
    .option('--file <file>', 'read from a file; default: stdin')
    .option('--clear', 'remove all that the store has, first')
    .addOption(storeDirOption())
    .action((name, options) => attempt(options, async () => (await loadFiles()).importStore(name, options)))
    .addHelpText(
      'after',
      examples(
        'muster store import known_hosts < hosts.ndjson',
        'muster store import known_hosts --file hosts.ndjson --clear',
      ),
    )
    .addHelpText('after', codes('ok', 'failed', 'usage', 'supervisorRunning', 'store', 'storeDamaged'));

  add(
    'check',
    'compare the replicas of stores',
    'Compares the replicas of a store, or of all. Without a supervisor, reads their files as a whole and checks them.',
  )
    .argument('[name]', 'the store; default: all')
    .addOption(storeDirOption())
    .action((name, options) =>
      attempt(options, async () => (await import('./commands/store-check.js')).checkStores(name, options)),
    )
    .addHelpText('after', examples('muster store check', 'muster store check known_hosts --json'))
    .addHelpText('after', codes('ok', 'failed', 'usage', 'supervisorRunning', 'store', 'storeDamaged'));
}

const keyHelp = 'JSON, or else a bare word that is a string';

const notation = `
Keys and values are JSON. What JSON has not is written {"$bigint": "1"}, {"$date": "2026-01-01T00:00:00.000Z"},
{"$bytes": "aGk="}, {"$set": [1, 2]}, {"$map": [["key", "value"]]}, {"$number": "NaN"}; see docs/stores.md.`;

function storeDirOption(): Option {
  return new Option(
    '--store-dir <dir>',
    'where the files are, for defaultStoreDir or a store with a path (default: stores/ in the state directory)',
  );
}
