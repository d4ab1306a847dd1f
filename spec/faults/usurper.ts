/**
 * Usurpers: somebody listens in the places of two loggers, with their keys, and a manager that exchanges numbers with good
 * peers connects to them again and again. Whatever they say, or do not say, that link has to end, in words; nobody else may
 * notice anything; and once a good logger is in its place, the manager finds it.
 */
import type { ExecutionContext } from 'ava';
import type { KeyPair } from '../../keys/key-pair.js';
import { readExposition, sampled } from '../helpers/exposition.js';
import { ask } from '../helpers/http.js';
import { freePorts } from '../helpers/ports.js';
import { Random } from '../helpers/random.js';
import { SealedHost } from '../helpers/sealed-host.js';
import { Endings, type Words } from './link-endings.js';
import { LocalMember } from './members.js';
import { inMiB } from './memory.js';
import { Siege } from './siege.js';
import { type Deed, unheard, Usurper, wordsOf } from './usurper-deeds.js';

/** By how much the manager may grow: garbage that waits to be collected, and what it keeps for loggers. */
const allowance = 192 * 2 ** 20;

const [loud, silent] = ['logger-2', 'logger-3'] as const;

/** `links`: how many the one who speaks gets, besides those on which he does each of his deeds once. */
export async function usurp(t: ExecutionContext, { links, seed }: { links: number; seed: number }): Promise<Words> {
  const [metricsPort] = (await freePorts(1)) as [number];
  const siege = await Siege.start(t, {
    secured: true,
    usurped: [loud, silent],
    metricsPort,
    options: {
      retryInterval: 1,
      connectTimeout: 1_000,
      helloTimeout: 1_000,
      unresponsiveInterval: 1_000,
      silentInterval: 3_000,
    },
  });
  const { before } = await siege.manager.do('memory');
  const began = performance.now();
  const endings = new Endings(t);
  const done = await Promise.all([attack(t, siege, { links, seed, endings }), fallSilent(t, siege)]);
  const seconds = (performance.now() - began) / 1_000;
  const { peak, now } = await siege.manager.do('memory');
  t.log(`${links} links of seed ${seed} in ${seconds.toFixed(1)} s; memory of the manager: ${inMiB(before, peak, now)}`);
  await siege.flowing();
  await checkMetrics(t, metricsPort, endings);
  await Promise.all(done.map((host) => host.close()));

  const logger = await LocalMember.start(siege.cluster, loud, ['manager']);
  await logger.counting.received(siege.manager.id, 100);
  await siege.manager.do('received', logger.id, 100);

  await siege.end({ maxLines: 200 + 2 * endings.kinds.length * (1 + seconds / 10) });
  t.is(siege.countOf('breaks the protocol: '), endings.count('protocol'));
  const { stderr } = siege.manager;
  t.false(stderr.includes(unheard));
  t.notRegex(stderr, /^forged line/m);
  t.true(peak - before < allowance, `the manager has grown by ${inMiB(peak - before)}`);
  return endings.kinds;
}

interface Plan {
  readonly links: number;
  readonly seed: number;
  readonly endings: Endings;
}

/** One deed on each link: first all of them, then any. @returns the host, who listens on. */
async function attack(t: ExecutionContext, siege: Siege, { links, seed, endings }: Plan): Promise<SealedHost> {
  const host = await listenAs(t, siege, loud);
  const usurper = new Usurper(new Random(seed), loud);
  const meet = async ({ words, mayHave, begin }: Deed) => {
    const guest = await host.next();
    await begin(guest);
    const reject = await guest.gone;
    if (reject !== undefined) endings.note(reject);
    const said = guest.said.filter((code) => mayHave !== undefined && !mayHave.includes(code));
    t.deepEqual(said, [], words);
  };
  // While it is not up, the first line of why it is not is not delayed.
  for (const deed of [...usurper.wrongProofs, ...usurper.wrongHellos, usurper.mirror, ...usurper.refusals.slice(0, 3)]) {
    await meet(usurper.right);
    const told = linesWith(siege, deed.words);
    await meet(deed);
    await siege.cluster.until(() => linesWith(siege, deed.words) > told);
  }
  for (const deed of [...usurper.wrongFrames, ...usurper.refusals.slice(3)]) await meet(deed);
  await siege.told(`${loud} is down: ${wordsOf.seal}`);
  for (let i = 0; i < links; i++) await meet(usurper.any);
  return host;
}

/** Says nothing more after each step in turn. @returns the host, who listens on. */
async function fallSilent(t: ExecutionContext, siege: Siege): Promise<SealedHost> {
  const host = await listenAs(t, siege, silent);
  const usurper = new Usurper(new Random(0), silent);
  for (const deed of usurper.silences) {
    for (const { begin } of [usurper.right, deed]) {
      const guest = await host.next();
      await begin(guest);
      await guest.gone;
    }
    await siege.told(deed.words as string);
  }
  return host;
}

function linesWith({ manager }: Siege, words = ''): number {
  return manager.stderr.split('\n').filter((line) => line.includes(words)).length;
}

async function listenAs(t: ExecutionContext, { cluster, pairs }: Siege, name: string): Promise<SealedHost> {
  const port = cluster.layout[name]?.port as number;
  return SealedHost.open(t, port, pairs[name] as KeyPair, (pairs.manager as KeyPair).publicKey);
}

/** What the manager has counted is what the usurper was told. */
async function checkMetrics(t: ExecutionContext, port: number, endings: Endings): Promise<void> {
  const families = readExposition((await ask(port, '/metrics')).body, 'text');
  t.is(sampled(families, 'muster_protocol_violations_total', {}), endings.count('protocol'));
  const refused = families.get('muster_hellos_refused_total')?.samples ?? [];
  t.is(
    refused.reduce((sum, { value }) => sum + value, 0),
    endings.count('refused'),
  );
}
