/**
 * Processes: starts those that play the roles of a bench, asks them questions, and ends each by its id.
 * None outlives this process: a child whose channel closes ends itself.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Answers, type FromChild, playId, type Role, type ToChild } from './role.js';

const entry = fileURLToPath(new URL('./child.js', import.meta.url));

/** A process that has not answered, or not ended, after so long, in ms, is given up. */
const answerTimeout = 60_000;
const endTimeout = 10_000;

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** A process that plays a role. */
export class Player<A extends Answers> {
  /** For messages: the role and its process. */
  readonly #title: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #asked = playId;

  constructor(child: ChildProcess, role: string) {
    this.#child = child;
    this.#title = `${role} (process ${child.pid})`;
    child.on('message', (message: FromChild) => this.#take(message));
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => this.#gone(error.message, resolve));
      child.once('exit', (code, signal) => this.#gone(`ended with ${signal ?? code}`, resolve));
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  async play<Input>(role: Role<Input, A>, input: Input): Promise<void> {
    await this.#send(playId, { type: 'play', module: role.module, name: role.name, input });
  }

  /** @throws `Error` if the process fails to answer, or is gone. */
  async ask<Q extends keyof A & string>(
    question: Q,
    argument?: Parameters<A[Q]>[0],
  ): Promise<Awaited<ReturnType<A[Q]>>> {
    this.#asked += 1;
    const id = this.#asked;
    return (await this.#send(id, { type: 'ask', id, question, argument })) as Awaited<ReturnType<A[Q]>>;
  }

  /** Resolves when the process has ended. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.send({ type: 'end' } satisfies ToChild, () => {});
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endTimeout);
    await this.#exited;
    clearTimeout(timer);
  }

  #send(id: number, message: ToChild): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id)?.reject(this.#error('does not answer')), answerTimeout);
      this.#waiting.set(id, {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      if (this.#child.connected) this.#child.send(message, () => {});
      else this.#settle(id)?.reject(this.#error('is gone'));
    });
  }

  #take(message: FromChild): void {
    if (message.type === 'answer') this.#settle(message.id)?.resolve(message.answer);
    else this.#settle(message.id)?.reject(this.#error(message.message));
  }

  #gone(how: string, resolve: () => void): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(this.#error(how));
    resolve();
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #error(what: string): Error {
    return new Error(`${this.#title}: ${what}`);
  }
}

/** A process of any role, to be ended. */
export type AnyPlayer = Pick<Player<Answers>, 'pid' | 'end'>;

export class ProcessPool {
  readonly #profileDir: string | undefined;
  readonly #running = new Set<AnyPlayer>();
  #profiles = 0;
  #isClosed = false;

  /** With a `profileDir`, each process leaves a CPU profile there when it ends. */
  constructor(profileDir?: string) {
    this.#profileDir = profileDir;
  }

  /** Starts a process and resolves when it plays its role. It belongs to this pool until it has ended. */
  async start<Input, A extends Answers>(role: Role<Input, A>, input: Input): Promise<Player<A>> {
    if (this.#isClosed) throw new Error('no more processes are started');
    const child = fork(entry, [], {
      execArgv: this.#profileArguments(role.name),
      // Stdout is for figures.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    const player = new Player<A>(child, role.name);
    this.#running.add(player);
    await player.play(role, input);
    return player;
  }

  /** Ends these processes; all of the pool if none are given. */
  async end(players: Iterable<AnyPlayer> = this.#running): Promise<void> {
    const ending = [...players];
    await Promise.all(ending.map((player) => player.end()));
    for (const player of ending) this.#running.delete(player);
  }

  /** Ends them all, and starts none from now on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.end();
  }

  #profileArguments(role: string): string[] {
    if (this.#profileDir === undefined) return [];
    this.#profiles += 1;
    const name = `${String(this.#profiles).padStart(3, '0')}-${role}.cpuprofile`;
    return ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${this.#profileDir}`, `--cpu-prof-name=${name}`];
  }
}
