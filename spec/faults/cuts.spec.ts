/**
 * Cuts: connections that break while both processes live. Alone in its process, whose descriptors it counts.
 */
import test from 'ava';
import { Line } from './line.js';
import { backTo, cutHandshakes, cutOften, openDescriptors } from './reconnects.js';

test.serial('50 cuts under load lose, repeat and reorder nothing, and leave no descriptor behind', async (t) => {
  const warm = await Line.start(t);
  await cutOften(warm, 2);
  await warm.close();
  const before = openDescriptors();
  const line = await Line.start(t);
  await cutOften(line, 50);
  await line.check();
  t.deepEqual(
    [line.ups, line.downs],
    [
      [51, 51],
      [50, 50],
    ],
  );
  await line.close();
  await backTo(before);
});

test.serial('cuts within the handshakes delay a peering, and do it no harm', async (t) => {
  const line = await Line.start(t);
  await cutHandshakes(line, 30);
  await line.check();
});
