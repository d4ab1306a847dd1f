/**
 * What every transport promises of a link whose connection is cut, or carries nothing one way or the other.
 */
import type { ExecutionContext, TestFn } from 'ava';
import type { Address, Transport } from '../../transport/transport.js';
import { dialled, frameOf, Host, payloadOf, textsOf } from '../helpers/link-witness.js';
import { numbered } from './transport.js';

/** What lies between the initiator and the acceptor, and its faults. */
export interface Line {
  /** Where the acceptor is reached over this line. */
  readonly address: Address;
  /** All connections end, with what is on its way. */
  cut(): void;
  /** Nothing gets `there`, to the acceptor, or `back`, and nobody is told. */
  freeze(way: 'there' | 'back'): void;
  heal(): void;
}

/** How soon a connection that carries nothing is given up: within a second, or after some. */
export type Pace = 'hasty' | 'steady';

export interface LineWorld {
  /** One more transport: first the acceptor's, then the initiator's. */
  transport(pace: Pace): Transport;
  readonly anyPort: Address;
  /** A line to where the acceptor listens. */
  line(t: ExecutionContext, to: Address): Promise<Line>;
}

export function testLines(test: TestFn, name: string, createWorld: () => LineWorld): void {
  /** A link over a line. */
  async function start(t: ExecutionContext, pace: Pace) {
    const world = createWorld();
    const [acceptor, initiator] = [world.transport(pace), world.transport(pace)];
    t.teardown(async () => {
      await Promise.all([acceptor.close(), initiator.close()]);
    });
    const host = new Host();
    const listener = await acceptor.listen(world.anyPort, host);
    const line = await world.line(t, listener.address);
    const ends = await dialled(initiator, { ...listener, address: line.address }, host);
    return { acceptor, initiator, line, ...ends };
  }

  const titled = (title: string) => `${name}: ${title}`;

  test(titled('when the connection is cut, both ends hear so, and what has come has no gap'), async (t) => {
    const { acceptor, initiator, line, link, witness, guest } = await start(t, 'steady');
    for (let number = 0; number < 1_000; number++) {
      link.send(frameOf(initiator, numbered(number)));
      guest.link.send(frameOf(acceptor, numbered(number)));
    }
    await guest.witness.received(2);
    line.cut();
    await witness.until(() => witness.losses.length > 0);
    await guest.witness.until(() => guest.witness.hints.length > 0);
    for (const [number, frame] of guest.witness.frames.slice(1).entries()) {
      if (!payloadOf(acceptor, frame).equals(numbered(number))) t.fail(`frame ${number} does not follow`);
    }
    for (const [number, frame] of witness.frames.entries()) {
      if (!payloadOf(initiator, frame).equals(numbered(number))) t.fail(`frame ${number} does not follow`);
    }
    t.is(witness.calls.at(-1), 'lost');
    t.is(guest.witness.calls.at(-1), 'hint');
  });

  for (const way of ['there', 'back'] as const) {
    test(titled(`a half-open link: what does not get ${way} comes later, in order, and nobody is told`), async (t) => {
      const { acceptor, initiator, line, link, witness, guest } = await start(t, 'steady');
      const [near, far] = way === 'there' ? [{ link, witness }, guest] : [guest, { link, witness }];
      const before = far.witness.frames.length;
      line.freeze(way);
      for (let number = 0; number < 100; number++) near.link.send(frameOf(initiator, String(number)));
      far.link.send(frameOf(acceptor, 'the other way is open'));
      await near.witness.until(() => textsOf(initiator, near.witness.frames).includes('the other way is open'));
      t.is(far.witness.frames.length, before);
      line.heal();
      await far.witness.received(before + 100);
      const expected = Array.from({ length: 100 }, (_, number) => String(number));
      t.deepEqual(textsOf(acceptor, far.witness.frames.slice(before)), expected);
      t.deepEqual([...witness.losses, ...guest.witness.hints], []);
    });

    test(titled(`a link on which nothing gets ${way} for long ends at both ends`), async (t) => {
      const { line, witness, guest } = await start(t, 'hasty');
      line.freeze(way);
      await witness.until(() => witness.losses.length > 0);
      await guest.witness.until(() => guest.witness.hints.length > 0);
      t.is(witness.losses.length, 1);
    });
  }
}
