/**
 * Manager: begins the run, raises one notice per scanner, and ends the run when everything is counted and kept.
 * It holds nothing that is not elsewhere too: one that is started again hears it all from the proxies.
 */
import { join } from 'node:path';
import { type Notice, namesOf, type ProxyCount, type Run, type ScanNode } from './events.ts';
import type { Job } from './job.ts';
import { formatCount, formatResult, formatSeconds, type Result } from './report.ts';
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
  /** By proxy: what it told last. One that was started again tells less, until it has everything again. */
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
    const result = resultOf([...counts.values()]);
    if (result.sent !== result.connections) node.log(`${result.sent} connections sent, ${result.connections} arrived`);
    const files = loggers.map((logger) => join(node.options.stateDir, 'logs', logger, 'notice.log'));
    const lines = [
      ...formatResult(result, threshold),
      `time: read and sent in ${formatSeconds(result.sending)}, all counted after ${formatSeconds(elapsed)}`,
      `events per second: ${formatCount(result.connections / (elapsed / 1000))}`,
      `notices: kept in ${files.join(', ')}`,
      ...(staysUp ? ['the cluster stays up; Ctrl-C ends it'] : []),
    ];
    console.log(lines.join('\n'));
  }

  /** Inside a handler: who published the event. */
  const sender = (): string => node.eventSender() ?? node.name;
}

/** What all proxies together have counted, what was sent, and how long the slowest worker took to read and send, in ms. */
function resultOf(counts: readonly ProxyCount[]): Result & { readonly sent: number; readonly sending: number } {
  const shares = counts.flatMap((count) => [...count.shares.values()]);
  // Each worker tells every proxy the same of its share.
  const readers = [...(counts[0]?.shares.values() ?? [])];
  const firstBadLines = readers.flatMap(({ firstBadLine }) => firstBadLine ?? []);
  return {
    connections: sum(shares.map((share) => share.arrived)),
    sent: sum(readers.map((reader) => reader.connections)),
    scanners: new Map(counts.flatMap((count) => [...count.scanners])),
    badLines: sum(readers.map((reader) => reader.badLines)),
    firstBadLine: firstBadLines.sort((a, b) => a.line - b.line)[0] ?? null,
    sending: Math.max(...shares.map((share) => share.took)),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
