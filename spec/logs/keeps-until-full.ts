/** A node of its own that logs more than its files may hold, and ends once all is kept. */
import { joinCluster } from 'muster';

const node = await joinCluster({
  options: { stateDir: process.argv[2] as string, logLevel: 'warn', leaveTimeout: 100 },
});
const stream = node.createLogStream('Full::LOG', { columns: { n: 'count', text: 'string' } });
for (let n = 1; n <= 300; n++) stream.write({ n, text: 'x'.repeat(100) });
await node.flush();
await node.leave();
