/**
 * Usurpers: somebody listens in the places of some loggers, with their keys, and a manager that exchanges numbers with good
 * peers connects to them again and again. Whatever they say, or do not say, that link has to end, in words; nobody else may
 * notice anything; and once a good logger is in its place, the manager finds it.
 */
import type { ExecutionContext } from 'ava';
import { readExposition, sampled } from '../helpers/exposition.js';
import { ask } from '../helpers/http.js';
import { freePorts } from '../helpers/ports.js';
import { Random } from '../helpers/random.js';
import type { SealedHost } from '../helpers/sealed-host.js';
import { Endings, type Words } from './link-endings.js';
import { LocalMember } from './members.js';
import { inMiB } from './memory.js';
import { Siege } from './siege.js';
import { type Deed, Usurper, unheard, wordsOf } from './usurper-deeds.js';

/** By how much the manager may grow: garbage that waits to be collected, and what it keeps for loggers. */
const allowance = 192 * 2 ** 20;

/** Who speaks, and those who fall silent, each after another step. */
const loud = 'logger-2';
const silent = ['logger-3', 'logger-4', 'logger-5'] as const;

export interface UsurperPlan {
  /** How many the one who speaks gets, besides those on which he does each of his deeds once. */
  readonly links: number;
  readonly seed: number;
  /** Whether somebody who falls silent while he is up is waited for until he is down, which takes `silentInterval`. */
  readonly outlastsSilence: boolean;
}

export async function usurp(t: ExecutionContext, { links, seed, outlastsSilence }: UsurperPlan): Promise<Words> {
  const [metricsPort] = (await freePorts(1)) as [number];
  const hosts: SealedHost[] = [];
  const silences = silent.map((name, i) => {
    const deed = new Usurper(new Random(0), name).silences[i] as Deed;
    return [name, { ...deed, words: `${name}${deed.words}` }] as const;
  });
  const siege = await Siege.start(t, {
    secured: true,
    usurped: {
      [loud]: (host) => hosts.push(host),
      ...Object.fromEntries(silences.map(([name, deed]) => [name, (host: SealedHost) => always(host, deed)])),
    },
    metricsPort,
    options: {
      retryInterval: 1,
      connectTimeout: 1_000,
      helloTimeout: 1_000,
      unresponsiveInterval: 1_000,
    },
  });
  const [host] = hosts as [SealedHost];
  const { before } = await siege.manager.do('memory');
  const began = performance.now();
  const endings = new Endings(t);
  await attack(t, host, { links, seed, endings });
  await siege.told(`${loud} is down: ${wordsOf.seal}`, ...silences.map(([, { words }]) => words));
  if (outlastsSilence) await siege.told(`${silent[2]} is down: it has sent nothing for`);
  const seconds = (performance.now() - began) / 1_000;
  const { peak, now } = await siege.manager.do('memory');
  t.log(
    `${links} links of seed ${seed} in ${seconds.toFixed(1)} s; memory of the manager: ${inMiB(before, peak, now)}`,
  );
  await siege.flowing();
  await checkMetrics(t, metricsPort, endings);
  await host.close();

  const logger = await LocalMember.start(siege.cluster, loud, ['manager']);
  await logger.counting.received(siege.manager.id, 100);
  await siege.manager.do('received', logger.id, 100);

  await siege.end({ maxLines: 60 + 2 * endings.kinds.length * (1 + seconds / 10) });
  t.is(siege.countOf('breaks the protocol: '), endings.count('protocol'));
  const { stderr } = siege.manager;
  // At once, then every ten seconds, and at the end: however often it has been up meanwhile.
  const lines = stderr.split('\n').filter((line) => line.includes(`no peering with ${loud}`)).length;
  t.true(lines <= 5 + seconds / 10, `${lines} lines of one kind`);
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

/** One deed on each link: first all of them, then any. */
async function attack(t: ExecutionContext, host: SealedHost, { links, seed, endings }: Plan): Promise<void> {
  const usurper = new Usurper(new Random(seed), loud);
  const meet = async ({ words, mayHave, begin }: Deed) => {
    const guest = await host.next();
    await begin(guest);
    const reject = await guest.gone;
    if (reject !== undefined) endings.note(reject);
    const said = guest.said.filter((code) => mayHave !== undefined && !mayHave.includes(code));
    if (said.length > 0) t.fail(`after what should have ended a link, the manager has said ${said} (${words})`);
  };
  for (const deed of usurper.all) await meet(deed);
  for (let i = 0; i < links; i++) await meet(usurper.any);
}

/** The same on each link that comes. */
async function always(host: SealedHost, { begin }: Deed): Promise<never> {
  for (;;) await begin(await host.next());
}

/** What the manager has counted is what the usurper was told. */
async function checkMetrics(t: ExecutionContext, port: number, endings: Endings): Promise<void> {
  const families = readExposition((await ask(port, '/metrics')).body, 'text');
  t.is(sampled(families, 'muster_protocol_violations_total'), endings.count('protocol'));
  const refused = families.get('muster_hellos_refused_total')?.samples ?? [];
  t.is(
    refused.reduce((sum, { value }) => sum + value, 0),
    endings.count('refused'),
  );
}
