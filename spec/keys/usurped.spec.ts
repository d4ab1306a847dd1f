/**
 * Who has the key of a node, and listens in its place, to whoever opens a link there: what he hears of why the link has ended,
 * and what is handed to him of what was said. `spec/faults/usurper.spec.ts` has a whole node that it happens to.
 */
import test from 'ava';
import { createKeyPair } from '../../keys/key-pair.js';
import { frameOf } from '../../keys/secured-link.js';
import { frameCode } from '../../transport/frames/frames.js';
import { headroom } from '../../transport/zeromq/frame.js';
import { type Deed, Usurper, wordsOf } from '../faults/usurper-deeds.js';
import { hello } from '../helpers/hostile-peer.js';
import { freePorts } from '../helpers/ports.js';
import { Random } from '../helpers/random.js';
import { SealedHost } from '../helpers/sealed-host.js';
import { secured, zeromq } from '../helpers/secured-pair.js';

test('whatever an acceptor does that has not to be, who opened the link is told why it ended, and of nothing that follows', async (t) => {
  const [own, theirs] = [createKeyPair(), createKeyPair()];
  const [port] = (await freePorts(1)) as [number];
  const host = await SealedHost.open(t, port, theirs, own.publicKey);
  const transport = secured(zeromq(), own, { 'logger-2': [theirs.publicKey] });
  t.teardown(() => transport.close());
  const greeting = hello({ from: 'manager', to: 'logger-2', nodeType: 'manager', id: 'manager_a' });

  /** What is heard on a link on which `deed` is done, and why it has ended; if more is heard than so much, it goes on. */
  const meet = async ({ begin, words }: Deed, most: number) => {
    const heard: (number | undefined)[] = [];
    const ended = new Promise<string>((resolve) => {
      const goesOn = () => {
        link.close();
        resolve('it goes on');
      };
      const link = transport.connect(
        { ip: '127.0.0.1', port },
        {
          open: () => {
            link.send(frameOf(headroom, greeting));
            if (words === wordsOf.proof) goesOn();
          },
          frame: (frame) => {
            heard.push(frame[headroom]);
            if (heard.length > most) goesOn();
          },
          hint: () => {},
          lost: resolve,
        },
        'logger-2',
      );
    });
    await begin(await host.next());
    return { reason: await ended, heard };
  };

  const usurper = new Usurper(new Random(20261122), 'logger-2');
  t.deepEqual(await meet(usurper.right, 1), { reason: 'it goes on', heard: [frameCode.hello, frameCode.bye] });
  for (const deed of [...usurper.wrongProofs, ...usurper.wrongHellos, usurper.mirror]) {
    t.deepEqual(await meet(deed, 0), { reason: deed.words, heard: [] });
  }
  for (const deed of usurper.wrongFrames) {
    t.deepEqual(await meet(deed, 1), { reason: deed.words, heard: [frameCode.hello] });
  }
  for (const [deed, before] of [
    [usurper.refusals[0], []],
    [usurper.refusals[1], []],
    [usurper.refusals[3], [frameCode.hello]],
  ] as const) {
    const { reason, heard } = await meet(deed as Deed, before.length);
    t.true(reason.startsWith(deed?.words ?? ' ') && reason.length < 1_100, reason);
    t.deepEqual(heard, [...before]);
  }
});
