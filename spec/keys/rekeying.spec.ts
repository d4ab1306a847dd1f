/**
 * A listener that is given its key again and again, while many who are connected to it talk without end.
 */
import test from 'ava';
import { createKeyPair } from '../../keys/key-pair.js';
import { curveOf, HostileMember } from '../helpers/hostile-member.js';
import { Host } from '../helpers/link-witness.js';
import { freePorts } from '../helpers/ports.js';
import { zeromq } from '../helpers/secured-pair.js';

const rounds = 300;
const crowd = 64;

// When the socket was touched in two threads, one in three of these runs ended the process.
test('a listener can change its key as often as it likes, whatever its connections do meanwhile', async (t) => {
  const pair = createKeyPair();
  let admitted = 0;
  const refuses = () => {
    admitted += 1;
    return undefined;
  };
  const transport = zeromq();
  t.teardown(() => transport.close());
  const curve = { secretKey: pair.secretKey.reveal(), refuses };
  // Not a port that the system hands out by itself: one who connects again could get it, and be connected with himself.
  const [port = 0] = await freePorts(1);
  const listener = await transport.listen({ ip: '127.0.0.1', port }, new Host(), curve);
  const members = Array.from({ length: crowd }, () =>
    HostileMember.open(t, listener.address.port, curveOf(createKeyPair(), pair.publicKey)),
  );
  let isOver = false;
  const talk = async () => {
    while (!isOver) {
      for (const member of members) await member.send(Buffer.from('no frame of a link'));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const talking = talk();
  for (let round = 0; round < rounds; round++) {
    await new Promise((resolve) => setTimeout(resolve, round % 6)); // at any moment of what they do
    await listener.rekey(pair.secretKey.reveal());
  }
  isOver = true;
  await talking;
  t.true(admitted > crowd);
});
