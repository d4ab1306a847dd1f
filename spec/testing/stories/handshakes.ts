/**
 * Stories of peerings that are not up yet: who is not there, says nothing, stops, leaves or is cut off before both have
 * accepted.
 */
import { Stage } from './stage.js';
import { manager, of, type Story, worker, workers } from './story.js';

/** A frame takes so long that something can happen between a hello and its answer. */
const slowly = { latency: [10, 10] } as const;

const greeted = 'acceptor: connecting hello.received';

export const handshakes: readonly Story[] = [
  {
    title: 'nothing listens where a worker connects; it tries again until the manager is there',
    reaches: of('initiator', 'connecting link.lost', 'down after retryInterval', 'connecting link.up'),
    async play() {
      const stage = new Stage({ layout: workers(1) });
      await stage.start('worker-1');
      await stage.advance(5_000);
      await stage.start('manager');
      await stage.advance(2_000);
      return stage;
    },
  },
  {
    title: 'a way that carries nothing',
    reaches: of('initiator', 'connecting after connectTimeout'),
    async play() {
      const stage = new Stage({ layout: workers(1) });
      await stage.start('manager');
      stage.block('worker-1', 'manager');
      await stage.start('worker-1');
      await stage.advance(6_000);
      return stage;
    },
  },
  {
    title: 'a manager that stands still takes connections and says nothing; a worker gives up, and calls again',
    reaches: [
      ...of('initiator', 'hello after helloTimeout', 'hello hello.received'),
      ...of('acceptor', 'connecting hello.received', 'hello accept.received'),
    ],
    async play() {
      const stage = new Stage({ layout: workers(1) });
      await stage.start('manager');
      stage.freeze('manager');
      await stage.start('worker-1');
      await stage.advance(6_000);
      stage.thaw('manager');
      await stage.advance(5_000);
      return stage;
    },
  },
  {
    title: 'a worker that stands still between its hello and the answer',
    reaches: of('acceptor', 'hello after helloTimeout', 'down hello.received'),
    async play() {
      const stage = new Stage({ layout: workers(1), ...slowly });
      await stage.startAll('manager', 'worker-1');
      await stage.taking(greeted);
      stage.freeze('worker-1');
      await stage.advance(6_000);
      stage.thaw('worker-1');
      await stage.advance(5_000);
      return stage;
    },
  },
  {
    title: 'a cut between the hello and its answer',
    reaches: [...of('initiator', 'hello link.lost'), ...of('acceptor', 'hello link.hint')],
    async play() {
      const stage = new Stage({ layout: workers(1), ...slowly });
      await stage.startAll('manager', 'worker-1');
      await stage.taking(greeted);
      stage.cut('worker-1', 'manager');
      await stage.advance(100);
      return stage;
    },
  },
  {
    title: 'workers that leave before they are connected',
    reaches: of('initiator', 'connecting local.leaving', 'hello local.leaving', 'down local.leaving'),
    async play() {
      const stage = new Stage({ layout: workers(3), options: { retryInterval: 60_000 } });
      await stage.start('worker-1');
      await stage.advance(100);
      await stage.start('manager');
      stage.block('worker-2', 'manager');
      stage.freeze('manager');
      await stage.startAll('worker-2', 'worker-3');
      await stage.advance(100);
      for (const name of ['worker-1', 'worker-2', 'worker-3']) await stage.leave(name);
      return stage;
    },
  },
  {
    title: 'a manager that leaves while one worker greets, one is gone, one is up and one is away',
    reaches: of(
      'acceptor',
      'hello local.leaving',
      'down local.leaving',
      'up local.leaving',
      'connecting local.leaving',
    ),
    async play() {
      const stage = new Stage({ layout: workers(4), ...slowly });
      await stage.startAll('manager', 'worker-1');
      await stage.taking(greeted);
      stage.freeze('worker-1');
      await stage.startAll('worker-2', 'worker-3');
      await stage.advance(500);
      await stage.leave('worker-2');
      await stage.advance(100);
      await stage.leave('manager');
      return stage;
    },
  },
  {
    title: 'a worker whose layout calls the manager a logger',
    reaches: [...of('initiator', 'hello hello.refused'), ...of('acceptor', 'hello reject.received')],
    async play() {
      const stage = new Stage({ layout: workers(1) });
      await stage.start('manager');
      const { manager: _, ...unmanaged } = worker;
      await stage.start('worker-1', { layout: { manager: { ...manager, nodeType: 'logger' }, 'worker-1': unmanaged } });
      await stage.advance(100);
      return stage;
    },
  },
];
