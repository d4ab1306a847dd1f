/**
 * Logger: keeps the notices of the run in `notice.log`, one per source, as lines of JSON.
 * Started again in the same run it goes on with its file; the file of an earlier run gives way.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Notice, ScanNode } from './events.ts';
import type { RunFollower } from './run.ts';

/** A line of the file: a notice, and the run it belongs to. */
type KeptNotice = Notice & { readonly run: string };

export function logger(node: ScanNode, run: RunFollower): void {
  const folder = join(node.options.stateDir, 'logs', node.name);
  const file = join(folder, 'notice.log');
  const kept = new Set<string>();

  run.onNews(({ id }) => {
    const notices = readNotices(file).filter((notice) => notice.run === id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.new`, notices.map(toLine).join(''));
    renameSync(`${file}.new`, file);
    for (const { src } of notices) kept.add(src);
  });

  node.on('Scan::notice', (notice) => {
    if (run.current === undefined) return; // The manager tells of the run first, and of all notices when we come up.
    if (!kept.has(notice.src)) {
      appendFileSync(file, toLine({ ...notice, run: run.current.id }));
      kept.add(notice.src);
    }
    node.publish(node.options.managerTopic, 'Scan::kept', notice.src);
  });
}

const toLine = (notice: KeptNotice): string => `${JSON.stringify(notice)}\n`;

/** What is whole: a logger that is killed may leave the beginning of a line. */
function readNotices(file: string): KeptNotice[] {
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => JSON.parse(line));
}
