/**
 * Counts without a cluster, in one process: the answer that the cluster must give.
 *
 *   npx jiti examples/scan-detection/count.ts --input FILE --threshold N
 */
import { fileURLToPath } from 'node:url';
import { type BadLine, readConnLog } from './conn-log.ts';
import { type Job, readJob } from './job.ts';
import { formatResult, type Result } from './report.ts';

export async function countScanners({ input, threshold }: Pick<Job, 'input' | 'threshold'>): Promise<Result> {
  const tried = new Map<string, Set<string>>();
  let connections = 0;
  let badLines = 0;
  let firstBadLine: BadLine | null = null;

  for await (const piece of readConnLog(input)) {
    for (const { source, destination, port } of piece.connections) {
      const pairs = tried.get(source) ?? new Set();
      tried.set(source, pairs.add(`${destination} ${port}`));
      connections++;
    }
    badLines += piece.badLines.length;
    firstBadLine ??= piece.badLines[0] ?? null;
  }

  const scanners = new Map<string, number>();
  for (const [source, { size }] of tried) if (size >= threshold) scanners.set(source, size);
  return { connections, scanners, badLines, firstBadLine };
}

async function main(): Promise<void> {
  const job = await readJob();
  for (const line of formatResult(await countScanners(job), job.threshold)) console.log(line);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
