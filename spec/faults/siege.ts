/**
 * Siege: a manager in a process of its own that is attacked, while it exchanges numbers with two good peers. The layout
 * has two more workers, which do not run: an attacker may use their names, and their keys where nodes have some.
 */
import type { ExecutionContext } from 'ava';
import type { OptionsInput } from '../../index.js';
import type { KeyPair } from '../../keys/key-pair.js';
import { accept, bye, HostilePeer, hello } from '../helpers/hostile-peer.js';
import { makeKeys, withKeys } from '../helpers/keys.js';
import { NodeProcess } from '../helpers/node-process.js';
import { SealedHost } from '../helpers/sealed-host.js';
import { TestCluster } from '../helpers/test-cluster.js';
import type { Attack } from './hostile-frames.js';
import { checkNumbers, flowing, LocalMember, times } from './members.js';

export interface Outcome {
  /** As many lines the manager may have written at most. */
  readonly maxLines: number;
  /** Attacks of which the manager has to have told exactly how often they came, which was `rounds` times each. */
  readonly counts?: readonly Attack[];
  readonly rounds?: number;
}

export interface SiegeOptions {
  /** Whether the nodes have keys. @defaultValue false */
  readonly secured?: boolean;
  /** Of the manager. */
  readonly options?: OptionsInput;
  /** Whether what the manager raises of the workers that do not run is told: not for as many as a test could not hold. @defaultValue true */
  readonly tellsGuises?: boolean;
  /**
   * Loggers of which somebody else has taken the places and the keys, and what he does from the start: the manager connects
   * to them, good peers do not. @defaultValue none
   */
  readonly usurped?: Readonly<Record<string, (host: SealedHost) => unknown>>;
  /** Where the manager tells its metrics. @defaultValue nowhere */
  readonly metricsPort?: number;
}

const names = ['logger-1', 'manager', 'worker-1', 'worker-2', 'worker-3'];

/** The workers that do not run. */
export const guises = ['worker-2', 'worker-3'] as const;

export class Siege {
  readonly cluster: TestCluster;
  /** By name; empty without keys. */
  readonly pairs: Readonly<Record<string, KeyPair>>;
  readonly manager: NodeProcess;
  readonly members: readonly [NodeProcess, LocalMember, LocalMember];
  readonly port: number;
  readonly #t: ExecutionContext;
  #passes = 0;

  private constructor(t: ExecutionContext, cluster: TestCluster, pairs: Siege['pairs'], members: Siege['members']) {
    this.#t = t;
    this.cluster = cluster;
    this.pairs = pairs;
    this.manager = members[0];
    this.members = members;
    this.port = cluster.layout.manager?.port as number;
  }

  /** Resolves once the good peers are connected and numbers flow. */
  static async start(
    t: ExecutionContext,
    { secured = false, options = {}, tellsGuises = true, usurped = {}, metricsPort }: SiegeOptions = {},
  ): Promise<Siege> {
    const keyed = secured ? withKeys : {};
    const taken = Object.keys(usurped);
    const all = [...names, ...taken];
    const cluster = await TestCluster.create(t, all, keyed);
    const { manager: definition } = cluster.layout;
    if (definition !== undefined && metricsPort !== undefined) cluster.layout.manager = { ...definition, metricsPort };
    const pairs = secured ? await makeKeys(cluster.stateDir, all) : {};
    for (const [name, deed] of Object.entries(usurped)) {
      const port = cluster.layout[name]?.port as number;
      deed(await SealedHost.open(t, port, pairs[name] as KeyPair, (pairs.manager as KeyPair).publicKey));
    }
    const logger = await LocalMember.start(cluster, 'logger-1', ['manager']);
    const manager = await NodeProcess.start(t, cluster, 'manager', {
      flows: ['logger-1', 'worker-1', ...taken],
      unwatched: [...(tellsGuises ? [] : guises), ...taken],
      options: { ...keyed, maxHelloRate: 1_000_000, ...options }, // so that each of a flood is judged by what it says
    });
    const worker = await LocalMember.start(cluster, 'worker-1', ['manager'], {
      options: { connectNode: ({ name }) => !taken.includes(name) },
    });
    await cluster.until(() => [logger, worker].every(({ id }) => times(manager, 'node_up', id) === 1));
    const siege = new Siege(t, cluster, pairs, [manager, logger, worker]);
    await siege.flowing();
    return siege;
  }

  async flowing(): Promise<void> {
    await flowing(this.members);
  }

  /** Says all this so often over one connection. Resolves once the manager has taken it in. */
  async attack(attacks: readonly Attack[], rounds: number): Promise<void> {
    const hostile = await HostilePeer.open(this.port);
    for (let round = 0; round < rounds; round++) {
      for (const { frames } of attacks) hostile.say(...frames(round));
    }
    await this.#passed(hostile);
  }

  async forgeUnsubscriptions(topic: Uint8Array, count: number): Promise<void> {
    const hostile = await HostilePeer.open(this.port);
    for (let i = 0; i < count; i++) hostile.forgeUnsubscription(topic);
    await this.#passed(hostile);
  }

  /** What another member needs to come with the key of a guise. */
  curveAs(name: (typeof guises)[number]): { readonly own: KeyPair; readonly theirs: string } {
    return { own: this.pairs[name] as KeyPair, theirs: (this.pairs.manager as KeyPair).publicKey };
  }

  /** Resolves once the manager has written all these words. */
  async told(...words: string[]): Promise<void> {
    await this.cluster.until(() => words.every((some) => this.manager.stderr.includes(some)));
  }

  /**
   * Makes the manager leave, so that it tells what it has only counted so far, and checks that nobody else has noticed
   * anything.
   */
  async end({ maxLines, counts = [], rounds = 0 }: Outcome): Promise<void> {
    const t = this.#t;
    const { members, manager } = this;
    await checkNumbers(t, members);
    for (const member of members) {
      for (const other of members) t.is(times(member, 'node_down', other.id), 0, `${other.name} at ${member.name}`);
    }
    await manager.do('leave');
    t.deepEqual(await manager.exited, { code: 0, signal: null });
    const lines = manager.stderr.split('\n').slice(0, -1);
    t.true(lines.length <= maxLines, `${lines.length} lines:\n${lines.slice(0, 100).join('\n')}`);
    const expected = new Map<string, number>();
    for (const { words } of counts) expected.set(words, (expected.get(words) ?? 0) + rounds);
    for (const [words, count] of expected) t.is(countOf(lines, words), count, words);
    t.notRegex(manager.stderr, / ERROR |Error:|\bat .*:\d+:\d+/);
  }

  /** How often the manager has told of something, by its lines so far. */
  countOf(words: string): number {
    return countOf(this.manager.stderr.split('\n'), words);
  }

  /** Says a good hello and a bye on this connection, behind all else. Resolves once the manager has taken that in. */
  async #passed(hostile: HostilePeer): Promise<void> {
    this.#passes += 1;
    const id = `worker-2_pass${this.#passes}`;
    hostile.say(hello({ from: 'worker-2', to: 'manager', nodeType: 'worker', id }), accept, bye(0));
    await this.cluster.until(() => times(this.manager, 'node_down', id) === 1);
    await hostile.raw.end();
  }
}

/** How often a node has met with something, by its lines about it. */
function countOf(lines: readonly string[], words: string): number {
  let count = 0;
  for (const line of lines) {
    if (!line.includes(words) || !/refused a (hello|link)|breaks the protocol|dropped (an event|a frame)/.test(line))
      continue;
    count += Number(/\((\d+) of the kind since the last line\)$/.exec(line)?.[1] ?? 1);
  }
  return count;
}
