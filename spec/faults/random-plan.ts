/**
 * Random plan: what happens to an {@link Ordeal}, chosen by a seed. The same seed gives the same plan; the moment at
 * which a fault meets a frame differs.
 */
import type { OptionsInput } from '../../index.js';
import type { Direction } from '../helpers/cut-proxy.js';
import { Random } from '../helpers/random.js';
import type { Fault, FaultKind } from './faults.js';
import type { OrdealPlan } from './ordeal.js';

export interface RandomPlan extends OrdealPlan {
  readonly seed: number;
  readonly rounds: readonly Round[];
}

export interface Round {
  /** Numbers that flow before. */
  readonly after: number;
  /** They happen at once. */
  readonly faults: readonly Fault[];
}

const kib = 1_024;

/** What is noticed soon, and tried again soon. */
const impatience = {
  heartbeatInterval: 100,
  heartbeatTimeout: 400,
  probeTimeout: 200,
  unresponsiveInterval: 500,
  connectTimeout: 1_000,
  helloTimeout: 1_000,
  leaveTimeout: 10_000,
} satisfies OptionsInput;

const bounds = {
  small: {
    maxEventSize: 512 * kib,
    maxBufferedBytes: 1_024 * kib,
    maxBufferedEvents: 1_000,
    creditWindow: 128 * kib,
  },
  medium: { maxEventSize: 1_024 * kib, maxBufferedBytes: 4_096 * kib, maxBufferedEvents: 8_192 },
  large: {},
} satisfies Record<string, OptionsInput>;

const streams = {
  small: { perSecond: 3_000, sizes: [0, 20, 60, 100] },
  large: { perSecond: 600, sizes: [2_000, 5_000, 9_000] },
  chunked: { perSecond: 30, sizes: [70_000, 150_000, 300_000] },
  mixed: { perSecond: 1_000, sizes: [10, 50, 4_000, 10, 80, 20, 7_000, 30, 10, 100_000] },
} satisfies Record<string, Pick<OrdealPlan['stream'], 'perSecond' | 'sizes'>>;

export function planOf(seed: number): RandomPlan {
  const random = new Random(seed);
  const from = random.pick(['clients', 'clients', 'logger']);
  const clients = random.pick([1, 1, 2, 3]);
  const overflow = random.pick(['block', 'dropOldest', 'dropNewest', 'disconnect']);
  const whileDown = overflow === 'disconnect' ? 'none' : random.pick(['all', 'all', 'burst']);
  const options: OptionsInput = {
    ...impatience,
    ...bounds[random.pick(['small', 'small', 'medium', 'large'])],
    overflow,
    onPeerRestart: random.pick(['drop', 'redeliver']),
    // Longer than any of this lasts, or so short that what was published meanwhile is given up.
    resumeInterval: whileDown === 'burst' ? 250 : 120_000,
  };
  const stream: RandomPlan['stream'] = { ...streams[random.pick(['small', 'large', 'chunked', 'mixed'])], whileDown };
  const rounds = Array.from({ length: random.int(2, 5) }, () => ({
    after: random.int(1, stream.perSecond / 4),
    faults: faultsOf(random, clients),
  }));
  return { seed, from, clients, stream, options, rounds };
}

/** A plan in one line. */
export function describe({ seed, from, clients, stream, options, rounds }: RandomPlan): string {
  const what = rounds.map((round) => round.faults.map(({ kind }) => kind).join(' + ')).join(', ');
  const { overflow, maxBufferedBytes, onPeerRestart } = options;
  const bound = maxBufferedBytes === undefined ? 'default bounds' : `${maxBufferedBytes / kib} KiB`;
  const load = `${stream.perSecond}/s of ${stream.sizes.join(', ')} bytes, ${stream.whileDown} while down`;
  return `seed ${seed}: ${clients} clients, from ${from}, ${load}; ${overflow}, ${bound}, ${onPeerRestart}: ${what}`;
}

/** Something happens to one process or to one connection, or to both. */
function faultsOf(random: Random, clients: number): Fault[] {
  const withProcess = random.isLucky(0.6);
  return [
    ...(withProcess ? [processFault(random, clients)] : []),
    ...(!withProcess || random.isLucky(0.4) ? [lineFault(random, clients)] : []),
  ];
}

function processFault(random: Random, clients: number): Fault {
  const kind: FaultKind = random.pick(['kill', 'stop', 'block', 'slow', 'slow']);
  const end = random.int(0, clients + 1);
  switch (kind) {
    case 'kill':
      return { kind };
    case 'slow':
      return { kind, receiver: random.int(0, clients), ms: random.int(300, 1_500), isBusy: random.isLucky(0.5) };
    default:
      return { kind, end, ms: random.int(50, 1_500) };
  }
}

function lineFault(random: Random, clients: number): Fault {
  const line = random.int(0, clients);
  if (random.isLucky(0.6)) {
    return { kind: 'cut', line, afterBytes: random.int(1, 150_000), how: random.pick(['reset', 'end']) };
  }
  const directions = random.pick<readonly Direction[]>([['there'], ['back'], ['there', 'back']]);
  return { kind: 'hole', line, directions };
}
