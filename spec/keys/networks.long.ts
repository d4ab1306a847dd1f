/**
 * A cluster over two networks with `muster keys` and `muster up`, as one sets it up on two machines; and those who come from a
 * third one with the wrong key, an old one, none, or their own under another name.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { readPublicKeys, writePublicKeys, writeSecret } from '../../keys/key-files.js';
import { createKeyPair, readKeyPair } from '../../keys/key-pair.js';
import { type Network, openNetworks, whyNoNetworks } from '../helpers/networks.js';
import { guard } from '../helpers/node-process-guard.js';

const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

/** A `muster` command in a network, and what it has written. */
class Command {
  output = '';
  #changed = () => {};
  readonly #ended: Promise<unknown>;

  constructor(t: ExecutionContext, { within: [command, ...args] }: Network, ...muster: string[]) {
    const child = spawn(command, [...args, process.execPath, main, ...muster], { stdio: ['ignore', 'pipe', 'pipe'] });
    guard(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.#changed();
      });
    }
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    t.teardown(async () => {
      child.kill('SIGTERM');
      await this.#ended;
    });
  }

  async says(...words: RegExp[]): Promise<void> {
    while (!words.every((some) => some.test(this.output))) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

const why = whyNoNetworks();
const title =
  'two machines with keys are a cluster, and nobody comes in from a third one: refused in words at both ends';

if (why !== undefined) test.skip(`SKIPPED, since networks cannot be had here (${why}): ${title}`, () => {});
else
  test(title, async (t) => {
    const networks = (await openNetworks(t, 3)) as [Network, Network, Network];
    const [here, there, elsewhere] = networks;
    const root = mkdtempSync(join(tmpdir(), 'muster-networks-'));
    t.teardown(() => rmSync(root, { recursive: true, force: true }));
    const nodes = {
      'logger-1': { nodeType: 'logger', ip: here.ip, port: 27_761 },
      manager: { nodeType: 'manager', ip: here.ip, port: 27_762 },
      'worker-1': { nodeType: 'worker', ip: there.ip },
      'worker-2': { nodeType: 'worker', ip: elsewhere.ip },
    };
    const machine = (name: string) => join(root, name);
    const layoutAt = (name: string) => join(machine(name), 'cluster-layout.json');
    const keysAt = (name: string) => join(machine(name), 'keys');

    // One machine makes the keys; the others get what is theirs.
    for (const name of ['here', 'there', 'elsewhere']) {
      execFileSync('mkdir', ['-p', keysAt(name)]);
      writeFileSync(layoutAt(name), JSON.stringify({ keys: 'keys', nodes }));
    }
    execFileSync(process.execPath, [main, 'keys', 'init', layoutAt('here')], { stdio: 'pipe' });
    for (const [name, node] of [
      ['there', 'worker-1'],
      ['elsewhere', 'worker-2'],
    ] as const) {
      for (const file of ['public.json', `${node}.secret`])
        cpSync(join(keysAt('here'), file), join(keysAt(name), file));
    }
    const first = new Command(t, here, 'up', layoutAt('here'), '--log-level', 'info');
    const second = new Command(t, there, 'up', layoutAt('there'), '--log-level', 'info');
    await first.says(/manager: ready/, /logger-1: ready/);
    await second.says(/worker-1: ready/);

    const secretFile = join(keysAt('elsewhere'), 'worker-2.secret');
    const own = readKeyPair(JSON.parse(readFileSync(secretFile, 'utf8')).secretKey) ?? createKeyPair();
    const known = await readPublicKeys(keysAt('elsewhere'));
    const come = (as: string, ...more: string[]) =>
      new Command(
        t,
        elsewhere,
        'node',
        as,
        '--layout',
        layoutAt('elsewhere'),
        '--retry-interval',
        '300',
        '--log-level',
        'info',
        ...more,
      );

    // With a key that nobody knows, be it wrong or an old one.
    const wrong = createKeyPair();
    await writeSecret(keysAt('elsewhere'), 'worker-2', wrong);
    await writePublicKeys(keysAt('elsewhere'), new Map([...known, ['worker-2', [wrong.publicKey]]]));
    await come('worker-2').says(/no peering with manager: .*the key of who connects is not admitted/);
    await first.says(/manager \|.*refused a connection from 10\.213\.7\.3: its key is that of no peer of this node/);

    // With the right key of worker-2, as worker-1.
    await writeSecret(keysAt('elsewhere'), 'worker-1', own);
    await writePublicKeys(
      keysAt('elsewhere'),
      new Map([...known, ['worker-1', [own.publicKey]], ['worker-2', [wrong.publicKey]]]),
    );
    await come('worker-1').says(
      /no peering with manager: .*worker-2 says that it is worker-1: it has not the key for that/,
    );
    await first.says(/manager \|.*refused a hello: worker-2 says that it is worker-1/);

    // Without any key.
    const script = join(machine('elsewhere'), 'insecure.mjs');
    writeFileSync(script, 'export const options = { insecure: true }; export default () => {};');
    await come('worker-2', '--load', script).says(
      /no peering with manager: .*one side wants encryption, the other does not/,
    );
    await first.says(/manager \|.*a connection without a handshake: one side wants encryption, the other does not/);

    // With its own key, as itself.
    await writeSecret(keysAt('elsewhere'), 'worker-2', own);
    await writePublicKeys(keysAt('elsewhere'), known);
    const welcome = come('worker-2');
    await welcome.says(/worker-2: ready/);
    t.notRegex(first.output, /node_down|worker-1 is down/);
  });
