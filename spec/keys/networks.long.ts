/**
 * A cluster over two networks with `muster keys` and `muster up`, as one sets it up on two machines; those who come from a
 * third one with the wrong key, an old one, none, or their own under another name; and what can be read on the cable.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type PublicKeys, readPublicKeys, writePublicKeys, writeSecret } from '../../keys/key-files.js';
import { createKeyPair, type KeyPair, readKeyPair } from '../../keys/key-pair.js';
import { type Network, openNetworks, whyNoNetworks } from '../helpers/networks.js';
import { guard } from '../helpers/node-process-guard.js';
import { capture, whyNoCapture } from '../helpers/packet-capture.js';

const main = fileURLToPath(new URL('../../../lib/muster.js', import.meta.url));
const secret = 'a-payload-that-is-nobody-elses-to-read';

/** What nodes do: the manager and its workers say words to each other, and all read their keys again when they change. */
const script = (options: object) => `
import { watchFile } from 'node:fs';
export const options = ${JSON.stringify(options)};
export default (node) => {
  watchFile(node.options.keysDir + '/public.json', { interval: 100 }, () => void node.reloadKeys().catch(() => {}));
  let heard = 0;
  node.on('Talk::word', () => {
    heard += 1;
    if (heard === 100) console.log(node.name + ' has heard a hundred words');
  });
  const { managerTopic, workerTopic } = node.options;
  const topic = node.localNodeType() === 'manager' ? workerTopic : managerTopic;
  if (node.localNodeType() !== 'logger') setInterval(() => node.publish(topic, 'Talk::word', '${secret}'), 10).unref();
};
`;

/** A `muster` command in a network, and what it has written. */
class Command {
  output = '';
  #from = 0;
  #changed = () => {};
  readonly #stop: () => boolean;
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
    this.#stop = () => child.kill('SIGTERM');
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    t.teardown(() => this.end());
  }

  async end(): Promise<void> {
    this.#stop();
    await this.#ended;
  }

  /** What it has written so far counts no more. */
  forget(): void {
    this.#from = this.output.length;
  }

  async says(...words: RegExp[]): Promise<void> {
    while (!words.every((some) => some.test(this.output.slice(this.#from)))) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

/** Three machines on a network: two with nodes that run, and one of worker-2, whose owner is up to no good. */
async function place(t: ExecutionContext) {
  const [here, there, elsewhere] = (await openNetworks(t, 3)) as [Network, Network, Network];
  const root = mkdtempSync(join(tmpdir(), 'muster-networks-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const nodes = {
    'logger-1': { nodeType: 'logger', ip: here.ip, port: 27_761 },
    manager: { nodeType: 'manager', ip: here.ip, port: 27_762 },
    'worker-1': { nodeType: 'worker', ip: there.ip },
    'worker-2': { nodeType: 'worker', ip: elsewhere.ip },
  };
  const at = (name: string, file: string) => join(root, name, file);
  for (const name of ['here', 'there', 'elsewhere']) {
    mkdirSync(at(name, 'keys'), { recursive: true });
    writeFileSync(at(name, 'cluster-layout.json'), JSON.stringify({ keys: 'keys', nodes }));
    writeFileSync(at(name, 'talk.mjs'), script({}));
    writeFileSync(at(name, 'insecure.mjs'), script({ insecure: true }));
  }
  const muster = (...args: string[]) => execFileSync(process.execPath, [main, ...args], { stdio: 'pipe' });
  const copy = (to: string, ...files: string[]) => {
    for (const file of files) cpSync(at('here', `keys/${file}`), at(to, `keys/${file}`));
  };
  const up = (name: string, network: Network, load: string) => {
    const where = ['up', at(name, 'cluster-layout.json'), '--host', network.ip, '--load', at(name, load)];
    return new Command(t, network, ...where, '--log-level', 'info');
  };
  return { here, there, elsewhere, at, muster, copy, up };
}

function define(title: string, why: string | undefined, body: (t: ExecutionContext) => Promise<void>): void {
  if (why === undefined) test(title, body);
  else test.skip(`SKIPPED, since it cannot be done here (${why}): ${title}`, () => {});
}

define(
  'two machines with keys are a cluster, and nobody comes in from a third one: refused in words at both ends',
  whyNoNetworks(),
  async (t) => {
    t.timeout(120_000);
    const { here, there, elsewhere, at, muster, copy, up } = await place(t);
    // One machine makes the keys; the others get what is theirs.
    muster('keys', 'init', at('here', 'cluster-layout.json'));
    copy('there', 'public.json', 'worker-1.secret');
    copy('elsewhere', 'public.json', 'worker-2.secret');
    const first = up('here', here, 'talk.mjs');
    const second = up('there', there, 'talk.mjs');
    await first.says(/manager: ready/, /logger-1: ready/, /manager has heard a hundred words/);
    await second.says(/worker-1: ready/, /worker-1 has heard a hundred words/);

    const keys = at('elsewhere', 'keys');
    const come = (as: string, load = 'talk.mjs') => {
      first.forget();
      const where = ['--layout', at('elsewhere', 'cluster-layout.json'), '--load', at('elsewhere', load)];
      return new Command(t, elsewhere, 'node', as, ...where, '--retry-interval', '300', '--log-level', 'info');
    };
    const own = readKeyPair(JSON.parse(readFileSync(join(keys, 'worker-2.secret'), 'utf8')).secretKey) as KeyPair;
    const known = await readPublicKeys(keys);
    const as = async (name: string, pair: KeyPair, others: PublicKeys = new Map()) => {
      await writeSecret(keys, name, pair);
      await writePublicKeys(keys, new Map([...known, ...others, [name, [pair.publicKey]]]));
    };

    // With its own key, until that is rotated away: an old key.
    const old = come('worker-2');
    await old.says(/worker-2: ready/, /worker-2 has heard a hundred words/);
    muster('keys', 'rotate', 'worker-2', '--layout', at('here', 'cluster-layout.json'));
    muster('keys', 'rotate', 'worker-2', '--finish', '--layout', at('here', 'cluster-layout.json'));
    await old.says(/manager is down: .*manager refuses: its key is not accepted any more/);
    await first.says(/worker-2 is down: the key of worker-2 is not accepted any more/);
    await old.says(/no peering with manager: .*the key of who connects is not admitted/);
    await first.says(/manager \|.*refused a connection from 10\.213\.7\.3: its key is that of no peer of this node/);
    await old.end();

    // With a key that nobody has ever known.
    const wrong = createKeyPair();
    await as('worker-2', wrong);
    const stranger = come('worker-2');
    await stranger.says(/no peering with manager: .*the key of who connects is not admitted/);
    await first.says(/manager \|.*refused a connection from 10\.213\.7\.3: its key is that of no peer of this node/);
    await stranger.end();

    // With the right key of worker-2, the new one, as worker-1.
    const next = readKeyPair(JSON.parse(readFileSync(at('here', 'keys/worker-2.secret'), 'utf8')).secretKey) as KeyPair;
    t.not(next.publicKey, own.publicKey);
    await as('worker-1', next, new Map([['worker-2', [wrong.publicKey]]]));
    const impostor = come('worker-1');
    await impostor.says(/no peering with manager: .*worker-2 says that it is worker-1: it has not the key for that/);
    await first.says(/manager \|.*refused a hello: worker-2 says that it is worker-1/);
    await impostor.end();

    // Without any key.
    const clear = come('worker-2', 'insecure.mjs');
    await clear.says(/no peering with manager: .*one side wants encryption, the other does not/);
    await first.says(/manager \|.*a connection without a handshake: one side wants encryption, the other does not/);
    await clear.end();

    // With its new key, as itself.
    await as('worker-2', next, new Map([['worker-1', known.get('worker-1') ?? []]]));
    await come('worker-2').says(/worker-2: ready/, /worker-2 has heard a hundred words/);
    for (const { output } of [first, second]) t.notRegex(output, /(worker-1|manager|logger-1) is down/);
  },
);

for (const [load, isReadable] of [
  ['talk.mjs', false],
  ['insecure.mjs', true],
] as const) {
  const title = isReadable
    ? 'what nodes say can be read on the cable with the option insecure'
    : 'nothing of what nodes say can be read on the cable';
  define(title, whyNoNetworks() ?? whyNoCapture(), async (t) => {
    t.timeout(120_000);
    const { here, there, at, muster, copy, up } = await place(t);
    muster('keys', 'init', at('here', 'cluster-layout.json'));
    copy('there', 'public.json', 'worker-1.secret');
    const tap = await capture(t, there.cable);
    const [first, second] = [up('here', here, load), up('there', there, load)];
    await first.says(/manager has heard a hundred words/);
    await second.says(/worker-1 has heard a hundred words/);
    await Promise.all([first.end(), second.end()]);
    const packets = (await tap.end()).toString('latin1');
    t.log(`${packets.length} bytes`);
    t.true(packets.length > 200 * secret.length);
    for (const words of [secret, 'Talk::word', 'zeek/cluster', 'worker-1'])
      t.is(packets.includes(words), isReadable, words);
  });
}
