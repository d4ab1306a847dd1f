/**
 * Stories of those who are not whom one expects: several processes under one name, and hosts that break the protocol.
 */
import type { Link } from '../../../transport/transport.js';
import { Stage } from './stage.js';
import { manager, of, type Story, workers } from './story.js';
import type { Stranger } from './stranger.js';

const asWorker = { from: 'worker-1', to: 'manager', nodeType: 'worker' } as const;
const asManager = { from: 'manager', to: 'worker-1', nodeType: 'manager' } as const;

/** A manager is called by somebody who passes himself off as worker-1, and replies to its `count`th frame so. */
async function called(reply: (stranger: Stranger, link: Link, count: number) => void): Promise<Stage> {
  const stage = new Stage({ layout: workers(1) });
  await stage.start('manager');
  const stranger = stage.stranger();
  stranger.call(manager, asWorker, (link, count) => reply(stranger, link, count));
  await stage.advance(500);
  return stage;
}

/** A worker calls somebody who passes himself off as the manager, and replies to its `count`th frame so. */
async function calling(reply: (stranger: Stranger, link: Link, count: number) => void): Promise<Stage> {
  const stage = new Stage({ layout: workers(1) });
  const stranger = stage.stranger();
  await stranger.listen(manager, (link, count) => reply(stranger, link, count));
  await stage.start('worker-1');
  await stage.advance(500);
  return stage;
}

export const names: readonly Story[] = [
  {
    title: 'a twin calls: the one who was first answers, and the twin is refused',
    reaches: [
      ...of('acceptor', 'up hello.received #2', 'up.doubted link.answered'),
      ...of('initiator', 'hello reject.received'),
    ],
    async play() {
      const stage = new Stage({ layout: workers(1) });
      await stage.startAll('manager', 'worker-1');
      await stage.advance(1_000);
      await stage.another('worker-1');
      await stage.advance(1_000);
      return stage;
    },
  },
  {
    title: 'two twins of a process that stands still: the later one is asked in',
    reaches: of('acceptor', 'up.doubted hello.received', 'up.doubted.judging link.judged', 'down always'),
    async play() {
      const stage = new Stage({ layout: workers(1) });
      await stage.startAll('manager', 'worker-1');
      await stage.advance(1_000);
      stage.freeze('worker-1');
      await stage.another('worker-1');
      await stage.another('worker-1');
      await stage.advance(2_000);
      return stage;
    },
  },
  {
    title: 'two processes of one name call at once',
    reaches: of('acceptor', 'hello hello.received'),
    async play() {
      const stage = new Stage({ layout: workers(1), latency: [10, 10] });
      await stage.startAll('manager', 'worker-1');
      await stage.another('worker-1');
      await stage.advance(1_000);
      return stage;
    },
  },
  {
    title: 'a caller that answers a hello with nonsense',
    reaches: of('acceptor', 'hello protocol.violated'),
    play: () => called((stranger, link, count) => count === 1 && link.send(stranger.nonsense())),
  },
  {
    title: 'a caller that answers a hello with a bye',
    reaches: of('acceptor', 'hello bye.received'),
    play: () => called((stranger, link, count) => count === 1 && link.send(stranger.bye())),
  },
  {
    title: 'a caller that accepts, and then talks nonsense',
    reaches: of('acceptor', 'up protocol.violated'),
    play: () =>
      called((stranger, link, count) => {
        if (count > 1) return;
        link.send(stranger.accept());
        link.send(stranger.nonsense());
      }),
  },
  {
    title: 'a caller that accepts, and then rejects',
    reaches: of('acceptor', 'up reject.received'),
    play: () =>
      called((stranger, link, count) => {
        if (count > 1) return;
        link.send(stranger.accept());
        link.send(stranger.reject());
      }),
  },
  {
    title: 'somebody who answers a hello with nonsense',
    reaches: of('initiator', 'hello protocol.violated'),
    play: () => calling((stranger, link) => link.send(stranger.nonsense())),
  },
  {
    title: 'somebody who answers a hello with a bye',
    reaches: of('initiator', 'hello bye.received'),
    play: () => calling((stranger, link) => link.send(stranger.bye())),
  },
  {
    title: 'somebody who says hello, and then talks nonsense',
    reaches: of('initiator', 'up protocol.violated'),
    play: () =>
      calling((stranger, link, count) => link.send(count === 1 ? stranger.hello(asManager) : stranger.nonsense())),
  },
];
