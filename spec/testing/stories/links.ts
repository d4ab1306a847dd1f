/**
 * Stories of links that were up: cut, silent, doubted, full, or ended with a word.
 */
import type { Transport } from '../../../transport/transport.js';
import { DoubtfulTransport } from './doubtful.js';
import { Stage } from './stage.js';
import { of, type Story, workers } from './story.js';

/** A manager and a worker that are connected. */
async function pair(options = {}): Promise<Stage> {
  const stage = new Stage({ layout: workers(1), ...options });
  await stage.startAll('manager', 'worker-1');
  await stage.advance(1_000);
  return stage;
}

/** @returns its transport. */
async function launchDoubtful(stage: Stage, name: string): Promise<DoubtfulTransport> {
  const made: DoubtfulTransport[] = [];
  const through = (transport: Transport) => {
    made.push(new DoubtfulTransport(transport));
    return made[0] as Transport;
  };
  await stage.another(name, { through });
  return made[0] as DoubtfulTransport;
}

const names = ['manager', 'worker-1'] as const;

export const links: readonly Story[] = [
  {
    title: 'a cut: the worker calls again at once, before the manager has asked whether it is there',
    reaches: [
      ...of('initiator', 'up link.lost', 'down always'),
      ...of('acceptor', 'up.responsive link.hint', 'up hello.received #1', 'down always'),
    ],
    async play() {
      const stage = await pair();
      stage.cut('manager', 'worker-1');
      await stage.advance(100);
      return stage;
    },
  },
  {
    title: 'a worker that dies, and one that dies when it has been silent for a while',
    reaches: of(
      'acceptor',
      'up.doubted.probing after probeTimeout',
      'up.doubted.judging link.judged',
      'up.unresponsive link.hint',
    ),
    async play() {
      const stage = await pair();
      stage.crash('worker-1');
      await stage.advance(2_000);
      await stage.start('worker-1');
      await stage.advance(1_000);
      stage.freeze('worker-1');
      await stage.advance(6_000);
      stage.crash('worker-1');
      await stage.advance(2_000);
      return stage;
    },
  },
  {
    title: 'a node that stands still for a few seconds',
    reaches: [
      ...of('initiator', 'up.responsive link.quiet', 'up.unresponsive link.heard'),
      ...of('acceptor', 'up.responsive link.quiet', 'up.unresponsive link.heard'),
    ],
    async play() {
      const stage = await pair();
      for (const name of names) {
        stage.freeze(name);
        await stage.advance(8_000);
        stage.thaw(name);
        await stage.advance(2_000);
      }
      return stage;
    },
  },
  {
    title: 'a node that stands still for so long that its peer gives it up, and then tells it so',
    reaches: [...of('initiator', 'up link.quiet', 'up reject.received'), ...of('acceptor', 'up link.quiet')],
    async play() {
      const stage = await pair();
      for (const name of names) {
        stage.freeze(name);
        await stage.advance(40_000);
        stage.thaw(name);
        await stage.advance(5_000);
      }
      return stage;
    },
  },
  {
    title: 'either says bye',
    reaches: [
      ...of('initiator', 'up bye.received', 'up local.leaving'),
      ...of('acceptor', 'up bye.received', 'up local.leaving'),
    ],
    async play() {
      const stage = await pair();
      await stage.leave('worker-1');
      await stage.start('worker-1');
      await stage.advance(1_000);
      await stage.leave('manager');
      await stage.advance(1_000);
      return stage;
    },
  },
  {
    title: 'a buffer that is full, where that ends the peering',
    reaches: [...of('initiator', 'up buffer.overflowed'), ...of('acceptor', 'up buffer.overflowed')],
    async play() {
      const stage = await pair({ options: { overflow: 'disconnect', maxBufferedEvents: 10 } });
      for (const [name, other] of [names, [...names].reverse()] as [string, string][]) {
        stage.freeze(other);
        const node = stage.node(name);
        for (let count = 0; count < 20; count++) node.publish(node.nodeTopic(other), 'Test::event', count);
        await stage.advance(100);
        stage.thaw(other);
        await stage.advance(5_000);
      }
      return stage;
    },
  },
  {
    title: 'a link is suspected, and its other end answers',
    reaches: [
      ...of('initiator', 'up.responsive link.hint', 'up.doubted link.answered'),
      ...of('acceptor', 'up.responsive link.hint', 'up.doubted link.answered'),
    ],
    async play() {
      const stage = new Stage({ layout: workers(1) });
      const transports = [await launchDoubtful(stage, 'manager'), await launchDoubtful(stage, 'worker-1')];
      for (const transport of transports) {
        await stage.advance(1_000);
        transport.doubt();
      }
      await stage.advance(1_000);
      return stage;
    },
  },
  {
    title: 'the key of a worker is taken back, while it greets and while it is up',
    reaches: of('acceptor', 'hello link.lost', 'up link.lost'),
    async play() {
      const stage = new Stage({ layout: workers(1) });
      const transport = await launchDoubtful(stage, 'manager');
      await stage.start('worker-1');
      await stage.taking('acceptor: connecting hello.received');
      transport.revoke();
      await stage.taking('acceptor: hello accept.received');
      transport.revoke();
      await stage.advance(1_000);
      return stage;
    },
  },
  {
    title: 'a manager that is suspected while it stands still, at once and after a while',
    reaches: [
      ...of('initiator', 'up.doubted.probing after probeTimeout', 'up.doubted.judging link.judged'),
      ...of('initiator', 'up.unresponsive link.hint'),
    ],
    async play() {
      const stage = new Stage({ layout: workers(1) });
      await stage.start('manager');
      const transport = await launchDoubtful(stage, 'worker-1');
      for (const silence of [100, 6_000]) {
        await stage.advance(1_000);
        stage.freeze('manager');
        await stage.advance(silence);
        transport.doubt();
        await stage.advance(2_000);
        stage.thaw('manager');
        await stage.advance(5_000);
      }
      return stage;
    },
  },
];
