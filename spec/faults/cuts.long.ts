/**
 * Many cuts: what leaks a little at each reconnect shows after a thousand.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { Line } from './line.js';
import { backTo, cutHandshakes, cutOften, openDescriptors } from './reconnects.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const megabyte = 1_024 * 1_024;

function memory(): { heap: number; resident: number } {
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / megabyte, resident: rss / megabyte };
}

test.serial('1,000 cuts under load lose nothing, and leave neither descriptors nor memory behind', async (t) => {
  const warm = await Line.start(t);
  await cutOften(warm, 2);
  await warm.close();
  const closed = openDescriptors();
  const line = await Line.start(t);
  await cutOften(line, 200);
  const before = memory();
  const open = openDescriptors();
  await cutOften(line, 800);
  const after = memory();
  await backTo(open);
  t.log({ before, after });
  t.true(after.heap - before.heap < 4);
  t.true(after.resident - before.resident < 40);
  await line.check();
  t.deepEqual(
    [line.ups, line.downs],
    [
      [1_001, 1_001],
      [1_000, 1_000],
    ],
  );
  await line.close();
  await backTo(closed);
});

test.serial('500 cuts within the handshakes do a peering no harm', async (t) => {
  const line = await Line.start(t);
  await cutHandshakes(line, 500);
  await line.check();
});
