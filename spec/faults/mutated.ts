/**
 * Mutated frames of admitted members, at a manager that exchanges numbers with others meanwhile. Each link on which something
 * wrong was said has to end, in words that the member gets and the manager writes, and nobody else may notice anything.
 */
import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { decodeValue } from '../../transport/codec.js';
import { frameCode, type Reject } from '../../transport/frames/frames.js';
import { headroom } from '../../transport/zeromq/frame.js';
import { HostileMember } from '../helpers/hostile-member.js';
import { accept, hello } from '../helpers/hostile-peer.js';
import { Random } from '../helpers/random.js';
import { type Ending, SealedMember } from '../helpers/sealed-member.js';
import { Endings, type Words } from './link-endings.js';
import { LocalMember } from './members.js';
import { inMiB } from './memory.js';
import { mutatedWords, mutateForCertain } from './mutated-frames.js';
import { guises, Siege } from './siege.js';

/** Links of a member that may wait for their end. */
const atOnce = 128;
/** Altered frames in a row, before one that is as it was. */
const inARow = 100;
/** By how much the manager may grow: garbage that waits to be collected, nearly all of it. */
const allowance = 160 * 2 ** 20;

/** What the manager has to have told, and how often. */
type Told = readonly (readonly [words: string, count: number])[];

export interface SealedPlan {
  /** Frames that are mutated and then sealed, each on a link of its own. */
  readonly said: number;
  /** Frames that are mutated after they were sealed, on a link that goes on; one in ten is the proof that begins a link. */
  readonly altered: number;
  readonly seed: number;
}

/** Mutated frames of members who have proved their keys. */
export async function attackSealed(t: ExecutionContext, { said, altered, seed }: SealedPlan): Promise<Words> {
  return attack(t, { secured: true, count: said + altered, seed }, async (siege, random, endings) => {
    const proofs = Math.floor(altered / 10);
    const alter = (frame: Uint8Array) => mutateForCertain(random, frame);
    const members = await Promise.all(guises.map((name) => sealedMember(t, siege, name)));
    await Promise.all(
      members.map((member, i) =>
        inParallel(said / members.length, async (number) => {
          const words = mutatedWords(random, ...greetingOf(guises[i] as string, number));
          const link = member.begin();
          await link.sealed;
          link.say(...words);
          endings.note(await link.ended);
        }),
      ),
    );
    const [member] = members as [SealedMember];
    const [name] = guises;
    const link = member.begin();
    await link.sealed;
    link.say(hello({ from: name, to: 'manager', nodeType: 'worker', id: `${name}_goes_on` }), accept);
    for (let sent = proofs; sent < altered; sent += inARow) {
      await link.pingAfter(Math.min(inARow, altered - sent), alter);
    }
    await inParallel(proofs, async () => endings.note(await member.begin(alter).ended));
    await link.pingAfter(0, alter);
    return [[`dropped a frame on a link of ${name} that somebody else has sent`, altered - proofs]];
  });
}

/** `count` mutated frames, each on a link of its own, without keys. */
export async function attackInClear(t: ExecutionContext, count: number, seed: number): Promise<Words> {
  return attack(t, { secured: false, count, seed }, async (siege, random, endings) => {
    const [name] = guises;
    const member = HostileMember.open(t, siege.port);
    const open = new Map<string, (ending: Ending) => void>();
    member.take = (part) => {
      if (part[headroom] !== frameCode.reject) return;
      open.get(part.toString('hex', 0, headroom))?.(decodeValue(part.subarray(headroom + 1)) as Reject);
    };
    await member.send(Buffer.of(1));
    await inParallel(count, async (i) => {
      const topic = Buffer.concat([Buffer.of(2), randomBytes(headroom - 1)]);
      const key = topic.toString('hex');
      const ended = new Promise<Ending>((resolve) => open.set(key, resolve));
      for (const payload of mutatedWords(random, ...greetingOf(name, i)))
        void member.send(Buffer.concat([topic, payload]));
      endings.note(await ended);
      open.delete(key);
    });
    return [];
  });
}

/** What a worker says to a manager on link number `i` before both have accepted. */
function greetingOf(from: string, i: number): [Uint8Array, Uint8Array] {
  return [hello({ from, to: 'manager', nodeType: 'worker', id: `${from}_${i}` }), accept];
}

/** The manager tells of each violation, each hello and each link that it refuses. */
function toldOf(endings: Endings): Told {
  return [
    ['breaks the protocol: ', endings.count('protocol')],
    ['refused a hello: ', endings.count('refused') + endings.count('name-taken')],
    ['refused a link', endings.count('refusal')],
  ];
}

/** Lets members attack a manager, and looks at what it was to the manager, to them and to others. */
async function attack(
  t: ExecutionContext,
  { secured, count, seed }: { readonly secured: boolean; readonly count: number; readonly seed: number },
  deed: (siege: Siege, random: Random, endings: Endings) => Promise<Told>,
): Promise<Words> {
  const siege = await Siege.start(t, { secured, tellsGuises: false });
  const endings = new Endings(t);
  const { before } = await siege.manager.do('memory');
  const began = performance.now();
  const dropped = await deed(siege, new Random(seed), endings);
  const seconds = (performance.now() - began) / 1_000;
  const { peak, now } = await siege.manager.do('memory');
  t.log(
    `${count} frames of seed ${seed} in ${seconds.toFixed(1)} s; memory of the manager: ${inMiB(before, peak, now)}`,
  );
  await siege.flowing();

  // Who has the name and the key by right finds nothing in his way.
  const [name] = guises;
  const latecomer = await LocalMember.start(siege.cluster, name, []);
  await siege.cluster.until(() => latecomer.node.peers.some((peer) => peer.name === 'manager' && peer.state === 'up'));
  await latecomer.node.leave();

  await siege.end({ maxLines: 100 + 2 * endings.kinds.length * (1 + seconds / 10) });
  for (const [words, times] of [...toldOf(endings), ...dropped]) t.is(siege.countOf(words), times, words);
  t.true(peak - before < allowance, `the manager has grown by ${inMiB(peak - before)}`);
  return endings.kinds;
}

async function sealedMember(t: ExecutionContext, siege: Siege, name: (typeof guises)[number]): Promise<SealedMember> {
  const { own, theirs } = siege.curveAs(name);
  return SealedMember.open(t, siege.port, own, theirs);
}

/** Does `deed` with each number below `count`, some at once. */
async function inParallel(count: number, deed: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const some = Array.from({ length: atOnce }, async () => {
    while (next < count) await deed(next++);
  });
  await Promise.all(some);
}
