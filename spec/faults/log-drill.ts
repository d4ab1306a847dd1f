/**
 * Log drill: loggers and writers in processes of their own. Loggers are killed in turn and started again while records flow;
 * at the end all that was acknowledged has to be in the files, as was promised.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { Archive } from '../../cli/logs/archive.js';
import { merge } from '../../cli/logs/merge.js';
import type { OptionsInput } from '../../index.js';
import { guard } from '../helpers/node-process-guard.js';
import { TestCluster } from '../helpers/test-cluster.js';
import type { LogAssignment, LogNews, LogOrder } from './log-member.js';

const program = fileURLToPath(new URL('./log-member.js', import.meta.url));
const loggers = ['logger-1', 'logger-2', 'logger-3'];

export interface LogDrillPlan {
  readonly writers: number;
  /** ms after each 500 records of a writer. */
  readonly pause: number;
  readonly options?: OptionsInput;
  /** Called again and again; kills when its promise is settled. */
  readonly nextKill: (drill: LogDrill) => Promise<void>;
  /** Writers halt after so many kills, and when so many records are kept. */
  readonly kills: number;
  readonly records: number;
}

export class LogDrill {
  readonly #t: ExecutionContext;
  readonly #cluster: TestCluster;
  readonly #plan: LogDrillPlan;
  readonly #processes = new Map<string, ChildProcess>();
  readonly #ready = new Set<ChildProcess>();
  readonly #kept = new Map<string, number>();
  readonly #written = new Map<string, number>();
  lost = 0;
  kills = 0;

  private constructor(t: ExecutionContext, cluster: TestCluster, plan: LogDrillPlan) {
    this.#t = t;
    this.#cluster = cluster;
    this.#plan = plan;
  }

  static async run(t: ExecutionContext, plan: LogDrillPlan): Promise<void> {
    const writers = Array.from({ length: plan.writers }, (_, i) => `worker-${i + 1}`);
    const cluster = await TestCluster.create(t, ['manager', ...loggers, ...writers]);
    const drill = new LogDrill(t, cluster, plan);
    await Promise.all([...loggers, 'manager'].map((name) => drill.#start(name)));
    for (const name of writers) void drill.#start(name);
    await drill.#killWhileTheyWrite();
    await drill.#halt(writers);
    await drill.#leave([...writers, 'manager', ...loggers]);
    await drill.#check(writers);
  }

  /** Records that are kept, of all writers. */
  get kept(): number {
    return sumOf(this.#kept);
  }

  /** Resolves once so many records are kept. */
  keeps(count: number): Promise<void> {
    return this.#cluster.until(() => this.kept >= count);
  }

  async #killWhileTheyWrite(): Promise<void> {
    while (this.kills < this.#plan.kills || this.kept < this.#plan.records) {
      await this.#plan.nextKill(this);
      const name = loggers[this.kills % loggers.length] as string;
      const victim = this.#processes.get(name) as ChildProcess;
      // One that is only just starting would show nothing.
      await this.#cluster.until(() => this.#ready.has(victim));
      victim.kill('SIGKILL');
      await once(victim, 'exit');
      this.kills += 1;
      await this.#start(name);
    }
  }

  async #halt(writers: readonly string[]): Promise<void> {
    for (const name of writers) this.#processes.get(name)?.send('halt' satisfies LogOrder);
    await this.#cluster.until(() => this.#written.size === writers.length);
  }

  async #start(name: string): Promise<void> {
    const { pause, options } = this.#plan;
    const assignment: LogAssignment = {
      name,
      layout: this.#cluster.layout,
      options: { stateDir: this.#cluster.stateDir, retryInterval: 50, logLevel: 'error', ...options },
      pause: name.startsWith('worker') ? pause : undefined,
    };
    const child = fork(program, [JSON.stringify(assignment)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    guard(child);
    this.#processes.set(name, child);
    this.#t.teardown(() => child.kill('SIGKILL'));
    child.on('message', (news: LogNews) => {
      if (news.type === 'ready') this.#ready.add(child);
      if (news.type === 'kept') this.#kept.set(name, news.count);
      if (news.type === 'written') this.#written.set(name, news.count);
      if (news.type === 'lost') this.lost += news.count;
      this.#cluster.changed();
    });
    await this.#cluster.until(() => this.#ready.has(child));
  }

  async #leave(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const child = this.#processes.get(name) as ChildProcess;
      child.send('leave' satisfies LogOrder);
      const [code] = await once(child, 'exit');
      this.#t.is(code, 0, name);
    }
  }

  async #check(writers: readonly string[]): Promise<void> {
    const t = this.#t;
    const total = sumOf(this.#written);
    t.is(this.lost, 0);
    const spread: Record<string, number> = {};
    let copies = -total;
    for (const logger of loggers) {
      const lines = await linesOf(join(this.#cluster.stateDir, 'logs', logger));
      t.is(new Set(lines).size, lines.length, `${logger} has each record once`);
      spread[logger] = lines.length;
      copies += lines.length;
    }
    // Each is down for a while; more or less evenly spread is what they get while all are up.
    for (const count of Object.values(spread)) t.true(count > total / 10, JSON.stringify(spread));
    t.log(`${this.kills} kills, ${copies} copies, ${JSON.stringify(spread)}`);

    const numbers = new Map(writers.map((writer) => [writer, 0]));
    const archive = new Archive(this.#cluster.stateDir);
    let wrong = 0;
    for await (const { line } of merge(archive, await archive.batchesOf('drill'))) {
      const { writer, number, text } = JSON.parse(line);
      const last = numbers.get(writer) as number;
      if (number !== last + 1 || text !== `${number}\t${'x'.repeat(number % 100)}`) wrong += 1;
      numbers.set(writer, number);
    }
    await archive.close();
    t.is(wrong, 0, 'each record once, in the order of its writer');
    t.deepEqual(numbers, new Map(writers.map((writer) => [writer, this.#written.get(writer) ?? 0])));
  }
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Of all its files, as they are on the disk: no journal helps. */
async function linesOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => /^drill\..*log$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.stringify(JSON.parse(line))),
  );
}
