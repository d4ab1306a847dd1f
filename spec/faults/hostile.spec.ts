/**
 * Hostile peers: whatever they say to the port of a node, good peers do not notice, and the node says in words, and in
 * few lines, what it was.
 */
import test, { type ExecutionContext } from 'ava';
import { frameCode } from '../../transport/frames/frames.js';
import { accept, anyFrame, event, events, HostilePeer, hello } from '../helpers/hostile-peer.js';
import { sniffTopic } from '../helpers/hostile-sniffer.js';
import { NodeProcess } from '../helpers/node-process.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';
import { type Attack, badBeginnings, badHandshakes, badPeers, forgedEvents, nonsense } from './hostile-frames.js';
import { checkNumbers, flowing, LocalMember, type Member, times } from './members.js';

/** More lines on stderr than this are a flood. */
const maxLines = 250;

/** A manager in a process of its own, which is attacked, with two good peers; nobody runs as worker-2. */
class Scene {
  readonly cluster: TestCluster;
  readonly manager: NodeProcess;
  readonly members: readonly Member[];
  readonly port: number;
  readonly #t: ExecutionContext;

  private constructor(t: ExecutionContext, cluster: TestCluster, manager: NodeProcess, peers: readonly LocalMember[]) {
    this.#t = t;
    this.cluster = cluster;
    this.manager = manager;
    this.members = [manager, ...peers];
    this.port = cluster.layout.manager?.port as number;
  }

  static async start(t: ExecutionContext): Promise<Scene> {
    const cluster = await TestCluster.create(t, ['logger-1', 'manager', 'worker-1', 'worker-2']);
    const logger = await LocalMember.start(cluster, 'logger-1', ['manager']);
    const manager = await NodeProcess.start(t, cluster, 'manager', { flows: ['logger-1', 'worker-1'] });
    const worker = await LocalMember.start(cluster, 'worker-1', ['manager']);
    const scene = new Scene(t, cluster, manager, [logger, worker]);
    await cluster.until(() => [logger, worker].every(({ id }) => times(manager, 'node_up', id) === 1));
    await scene.flowing();
    return scene;
  }

  async flowing(): Promise<void> {
    await flowing(this.members);
  }

  /** Says all this `rounds` times over one connection. Resolves once the manager has taken it in. */
  async attack(attacks: readonly Attack[], rounds: number): Promise<void> {
    const hostile = await HostilePeer.open(this.port);
    for (let round = 0; round < rounds; round++) {
      for (const { frames } of attacks) hostile.say(...frames(round));
    }
    await this.#passes(hostile);
    const { stderr } = this.manager;
    for (const { words } of attacks) this.#t.true(stderr.includes(words) || stderr.length > 0, words);
    await hostile.raw.end();
  }

  /** Resolves once the manager has seen a good hello on this connection, which comes last; takes back that it came. */
  async #passes(hostile: HostilePeer): Promise<void> {
    const id = `worker-2_last${this.#last++}`;
    const bye = anyFrame(frameCode.bye, 0, 0, 0, 0, 0, 0, 0, 0);
    hostile.say(hello({ from: 'worker-2', to: 'manager', nodeType: 'worker', id }), accept, bye);
    await this.cluster.until(() => times(this.manager, 'node_down', id) === 1);
  }
  #last = 0;

  /** The manager leaves, which tells what it has only counted so far. Then nothing is to be missing or in excess. */
  async check(told: readonly Attack[], rounds: number): Promise<void> {
    const t = this.#t;
    await checkNumbers(t, this.members);
    for (const member of this.members) {
      for (const other of this.members)
        t.is(times(member, 'node_down', other.id), 0, `${other.name} at ${member.name}`);
    }
    await this.manager.do('leave');
    t.deepEqual(await this.manager.exited, { code: 0, signal: null });
    const lines = this.manager.stderr.split('\n').slice(0, -1);
    t.true(lines.length < maxLines, `${lines.length} lines`);
    const sent = new Map<string, number>();
    for (const { words } of told) sent.set(words, (sent.get(words) ?? 0) + rounds);
    for (const [words, count] of sent) t.is(countOf(lines, words), count, words);
    t.notRegex(this.manager.stderr, / ERROR |Error:|at .*:\d+:\d+/);
  }
}

/** How often a node has met with something, by its lines about it. */
function countOf(lines: readonly string[], words: string): number {
  let count = 0;
  for (const line of lines.filter((line) => line.includes(words))) {
    count += Number(/\((\d+) of the kind since the last line\)$/.exec(line)?.[1] ?? 1);
  }
  return count;
}

test('links that begin with anything but a good hello are refused and counted, and disturb nobody', async (t) => {
  const scene = await Scene.start(t);
  await scene.attack(badBeginnings, 100);
  await scene.check(badBeginnings, 100);
});

test('peers that break the protocol lose their link, and disturb nobody', async (t) => {
  const scene = await Scene.start(t);
  const attacks = [...badHandshakes, ...badPeers];
  await scene.attack(attacks, 30);
  await scene.check(attacks, 30);
});
void [RawPeer, sniffTopic, forgedEvents, nonsense, event, events, factsOf];
