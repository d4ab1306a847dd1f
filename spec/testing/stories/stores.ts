/**
 * Stories of a clone and its master: one that is there, away for a while or for long, late, silent, and one that says what
 * is not so.
 */
import { partsOf } from '../../../actors/cluster-node.js';
import { type StoreMessageKind, type StoreMessages, storeEvent } from '../../../actors/stores/messages.js';
import { Stage, type StageOptions } from './stage.js';
import { of, type Story, workers } from './story.js';

const store = 'hosts';
const options = { cloneResyncInterval: 2_000, cloneStaleInterval: 5_000 };

/** A manager and a worker, both with the store unless told otherwise. */
async function pair(given: Partial<StageOptions> = {}): Promise<Stage> {
  const stage = new Stage({ layout: workers(1), options, setup: (node) => node.createStore(store), ...given });
  await stage.startAll('manager', 'worker-1');
  await stage.advance(1_000);
  return stage;
}

/** A manager says something of the store that its own master would not, while a clone gets a snapshot, and when it has it. */
async function said<K extends StoreMessageKind>(
  kind: K,
  messageOf: (session: number) => StoreMessages[K],
): Promise<Stage> {
  const stage = new Stage({ layout: workers(1), options });
  const { stores, router, peerings } = partsOf(await stage.start('manager'));
  const { store: master } = stores.create(store, false);
  for (let key = 0; key < many; key++) void master.put(key, 'x'.repeat(1_000));
  await stage.start('worker-1');
  await stage.advance(1_000);
  stage.node('worker-1').createStore(store);
  // Either makes the clone attach anew: that is its next session.
  for (const [i, when] of ['connection.syncing.asking attached', 'connection.syncing synced'].entries()) {
    await stage.taking(`clone: ${when}`);
    router.publishFramework('', storeEvent, [store, kind, ...messageOf(1 + i)], peerings.get('worker-1'));
  }
  await stage.advance(1_000);
  return stage;
}

/** Entries that keep a master busy for a while. */
const many = 2_000;
const wrong = { epoch: 'another', sequence: 0, digest: 1, size: 1, bytes: 1 };

export const stores: readonly Story[] = [
  {
    title: 'a master that is there, is away for a moment, and comes back',
    reaches: of(
      'clone',
      'connection.waiting master.up',
      'connection.syncing.asking attached',
      'connection.syncing synced',
      'content.empty synced',
      'connection master.down',
      'content.current master.down',
      'content.ageing synced',
    ),
    async play() {
      const stage = await pair();
      stage.crash('manager');
      await stage.advance(2_000);
      await stage.start('manager');
      await stage.advance(3_000);
      return stage;
    },
  },
  {
    title: 'a master that is away for so long that its clone is stale',
    reaches: of('clone', 'content.ageing after staleInterval', 'content.stale synced'),
    async play() {
      const stage = await pair();
      stage.crash('manager');
      await stage.advance(10_000);
      await stage.start('manager');
      await stage.advance(3_000);
      return stage;
    },
  },
  {
    title: 'a node that makes its master late',
    reaches: of(
      'clone',
      'connection.syncing.asking refused',
      'connection.syncing.refused after resyncInterval',
      'connection.syncing.refused master.available',
    ),
    async play() {
      const stage = await pair({ setup: (node) => node.name !== 'manager' && node.createStore(store) });
      await stage.advance(3_000);
      stage.node('manager').createStore(store);
      await stage.advance(1_000);
      return stage;
    },
  },
  {
    title: 'a master and its clone are made at the same moment',
    reaches: of('clone', 'connection.syncing.asking master.available'),
    async play() {
      const stage = await pair({ setup: () => {}, latency: [10, 10] });
      for (const name of ['manager', 'worker-1']) stage.node(name).createStore(store);
      await stage.advance(1_000);
      return stage;
    },
  },
  {
    title: 'a master whose node stands still',
    reaches: of('clone', 'connection.syncing.asking after resyncInterval'),
    async play() {
      const stage = await pair({ setup: (node) => node.name === 'manager' && node.createStore(store) });
      stage.freeze('manager');
      stage.node('worker-1').createStore(store);
      await stage.advance(3_000);
      stage.thaw('manager');
      await stage.advance(1_000);
      return stage;
    },
  },
  {
    title: 'a master that is opened anew, while a clone is in sync and while it gets a snapshot',
    reaches: of('clone', 'connection.live master.available', 'connection.syncing.receiving master.available'),
    play: () => said('available', () => []),
  },
  {
    title: 'a clone that is not what its master has, while it is in sync and while it gets a snapshot',
    reaches: of('clone', 'connection.live differs', 'connection.syncing differs'),
    play: () => said('state', (session) => [session, wrong]),
  },
];
