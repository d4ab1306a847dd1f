/**
 * Manager: begins the run, raises one notice per scanner, and ends the run when everything is counted and kept.
 * It holds nothing that is not elsewhere too: one that is started again hears it all from the proxies.
 */
import { join, relative } from 'node:path';
import { type Notice, namesOf, type ProxyCount, type Run, type ScanNode } from './events.ts';
import type { Job } from './job.ts';
import { formatCount, formatResult, formatSeconds } from './report.ts';
import type { RunFollower } from './run.ts';

export function manager(node: ScanNode, run: RunFollower, { threshold, staysUp }: Job): void {
  const loggers = namesOf(node, 'logger');
  const proxies = namesOf(node, 'proxy');
  const workers = namesOf(node, 'worker');

  const notReady = new Set([...loggers, ...proxies, ...workers]);
  /** By source. */
  const notices = new Map<string, Notice>();
  /** Logger → sources whose notice is in its file. */
  const kept = new Map(loggers.map((logger) => [logger, new Set<string>()]));
  /** By proxy, as long as it is up: one that comes back may have begun anew, and tells all again. */
  const counts = new Map<string, ProxyCount>();
  let isDone = false;

  node.on('Scan::ready', () => {
    notReady.delete(sender());
    if (notReady.size === 0 && run.current === undefined) run.begin();
  });

  node.on('Scan::scanner', raiseNotice);
  node.on('Scan::counted', (count) => {
    for (const source of count.scanners.keys()) raiseNotice(source);
    counts.set(sender(), count);
    finishIfDone();
  });
  node.on('Cluster::node_down', (name) => {
    counts.delete(name);
  });

  node.on('Scan::notice', (notice) => {
    node.publish(node.options.loggerTopic, 'Scan::notice', notice);
  });
  node.on('Cluster::node_up', (name) => {
    if (!loggers.includes(name)) return;
    for (const notice of notices.values()) node.publish(node.nodeTopic(name), 'Scan::notice', notice);
  });
  node.on('Scan::kept', (source) => {
    kept.get(sender())?.add(source);
    finishIfDone();
  });

  function raiseNotice(source: string): void {
    if (notices.has(source)) return;
    const notice: Notice = {
      ts: Date.now() / 1000,
      note: 'Scan::Scanner',
      src: source,
      msg: `${source} tried ${threshold} or more different (destination, port) pairs`,
    };
    notices.set(source, notice);
    node.raise('Scan::notice', notice);
  }

  function finishIfDone(): void {
    const isCounted = proxies.every((proxy) => counts.get(proxy)?.shares.size === workers.length);
    const isKept = loggers.every((logger) => kept.get(logger)?.size === notices.size);
    if (isDone || !isCounted || !isKept || run.current === undefined) return;
    isDone = true;
    print(run.current);
    if (!staysUp) run.end();
  }

  function print({ startedAt }: Run): void {
    const elapsed = Date.now() - startedAt;
    const all = [...counts.values()];
    const shares = all.flatMap((count) => [...count.shares.values()]);
    const connections = shares.reduce((sum, share) => sum + share.connections, 0);
    // Each worker says the same of its malformed lines to every proxy.
    const readers = [...(all[0]?.shares.values() ?? [])];
    const badLines = readers.reduce((sum, reader) => sum + reader.badLines, 0);
    const firstBadLines = readers.flatMap(({ firstBadLine }) => firstBadLine ?? []);
    const [firstBadLine = null] = firstBadLines.sort((a, b) => a.line - b.line);
    const scanners = new Map(all.flatMap((count) => [...count.scanners]));
    const files = loggers.map((logger) => relative('', join(node.options.stateDir, 'logs', logger, 'notice.log')));

    const sending = Math.max(...shares.map(({ took }) => took));
    const lines = [
      ...formatResult({ connections, scanners, badLines, firstBadLine }, threshold),
      `time: read and sent in ${formatSeconds(sending)}, all counted after ${formatSeconds(elapsed)}`,
      `events per second: ${formatCount(connections / (elapsed / 1000))}`,
      `notices: kept in ${files.join(', ')}`,
      ...(staysUp ? ['the cluster stays up; Ctrl-C ends it'] : []),
    ];
    console.log(lines.join('\n'));
  }

  /** Inside a handler: who published the event. */
  const sender = (): string => node.eventSender() ?? node.name;
}
