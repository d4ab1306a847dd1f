/**
 * Unfinished proof: who gets the challenge, and says nothing sealed after it or is heard late.
 */
import test from 'ava';
import { createKeyPair } from '../../keys/key-pair.js';
import type { ConnectHandlers } from '../../transport/transport.js';
import { Host } from '../helpers/link-witness.js';
import { SealedMember } from '../helpers/sealed-member.js';
import { secured, zeromq } from '../helpers/secured-pair.js';

test('a proof that is not completed in time ends the link, in words at both ends', async (t) => {
  const [acceptor, initiator] = [createKeyPair(), createKeyPair()];
  const listening = secured(zeromq(), acceptor, { guest: [initiator.publicKey] }, { proofTimeout: 50 });
  const connecting = secured(zeromq(), initiator, { host: [acceptor.publicKey] });
  t.teardown(() => Promise.all([listening.close(), connecting.close()]));
  const host = new Host();
  const { address } = await listening.listen({ ip: '127.0.0.1', port: 0 }, host);
  let isOpen = false;
  const reason = await new Promise<string>((resolve) => {
    const handlers: ConnectHandlers = { open: () => (isOpen = true), frame: () => {}, hint: () => {}, lost: resolve };
    connecting.connect(address, handlers, 'host');
  });
  t.true(isOpen);
  t.is(reason, 'host refuses: a link of guest: it did not complete the proof of its key in time');
  t.deepEqual(host.refusals, ['proof: a link of guest: it did not complete the proof of its key in time']);
  t.is(host.guests.length, 0);
});

test('a proof that has come in time is taken, although the node was stuck until it was too late', async (t) => {
  const [acceptor, initiator] = [createKeyPair(), createKeyPair()];
  const proofTimeout = 500;
  const listening = secured(zeromq(), acceptor, { guest: [initiator.publicKey] }, { proofTimeout });
  t.teardown(() => listening.close());
  const host = new Host();
  const { address } = await listening.listen({ ip: '127.0.0.1', port: 0 }, host);
  const member = await SealedMember.open(t, address.port, initiator, acceptor.publicKey);
  const link = member.begin();
  await link.sealed;
  link.say(Buffer.from('hello'));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * proofTimeout);
  await Promise.race([host.until(() => host.guests.length > 0), link.ended]);
  t.deepEqual(host.refusals, []);
});
