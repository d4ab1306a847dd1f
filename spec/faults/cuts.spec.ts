/**
 * Cuts: connections that break while both processes live. Alone in its process, whose descriptors it counts.
 */
import test from 'ava';
import { backTo, cutHandshakes, cutOften, openDescriptors } from './reconnects.js';

test.serial('50 cuts under load lose, repeat and reorder nothing, and leave no descriptor behind', async (t) => {
  const warm = await cutOften(t, 2);
  await Promise.all(warm.ends.map(({ node }) => node.leave()));
  warm.proxy.close();
  const before = openDescriptors();
  const line = await cutOften(t, 50);
  await Promise.all(line.ends.map(({ node }) => node.leave()));
  line.proxy.close();
  await backTo(before);
  t.pass();
});

test.serial('cuts within the handshakes delay a peering, and do it no harm', async (t) => {
  await cutHandshakes(t, 30);
});
