/**
 * Answers: what a node says and does when it is asked as the control protocol has it, by a control node or by its
 * supervisor. Who may ask is decided elsewhere.
 */
import { MusterError } from '../../errors.js';
import { isFrameworkEvent } from '../events.js';
import { logEvent } from '../logging/messages.js';
import type { NodeParts } from '../node-parts.js';
import { storeEvent } from '../stores/messages.js';
import { failed } from './errors.js';
import type { NodeHost } from './host.js';
import {
  type ControlCounters,
  type ControlKind,
  type ControlRequest,
  controlEvent,
  type NodeReport,
  type Traffic,
} from './messages.js';
import type { TakeSample, Watches } from './watches.js';

/** A function of the application that others may call. Its arguments come from elsewhere: it has to check them. */
export type Exposed = (...args: never[]) => unknown;

/** Who asks. */
export interface Asker {
  /** Name of a node; empty: the supervisor. */
  readonly name: string;
  /** Where samples of a watch go. */
  take(watch: string): TakeSample;
}

/** What is needed of a node; made before all of it is there. */
export type AnswerParts = Pick<NodeParts, 'core' | 'bus' | 'peerings' | 'membership' | 'logs' | 'isLeaving' | 'leave'>;

type Answering = { readonly [K in ControlKind]: (request: ControlRequest<K>, asker: Asker) => unknown };

/** Options that hold a secret have such a word in their name. */
const secret = /secret|password|passphrase|token|privatekey/i;

export class Answers {
  readonly #parts: AnswerParts;
  readonly #watches: Watches;
  readonly #host: NodeHost | undefined;
  readonly #exposed = new Map<string, Exposed>();
  readonly #born: number;

  constructor(parts: AnswerParts, watches: Watches, host: NodeHost | undefined) {
    this.#parts = parts;
    this.#watches = watches;
    this.#host = host;
    this.#born = parts.core.runtime.monotonic();
  }

  /** @throws {@link MusterError} `MUSTER_CONTROL_FAILED` for a name that is in use */
  expose(name: string, fn: Exposed): () => void {
    if (this.#exposed.has(name)) throw failed(`${JSON.stringify(name)} is exposed already at ${this.#parts.core.name}`);
    this.#exposed.set(name, fn);
    return () => {
      if (this.#exposed.get(name) === fn) this.#exposed.delete(name);
    };
  }

  /** @throws what the application throws, and {@link MusterError} `MUSTER_CONTROL_FAILED` */
  async perform(request: ControlRequest, asker: Asker): Promise<unknown> {
    const answer = this.#answering[request.kind] as (request: ControlRequest, asker: Asker) => unknown;
    return answer(request, asker);
  }

  readonly #answering: Answering = {
    status: () => this.#report(),
    peers: () => [...this.#parts.peerings].map(({ info }) => info),
    counters: () => this.#counters(),
    options: () => withoutSecrets(this.#parts.core.options),
    history: () => this.#parts.core.history.transitions,
    logLevel: ({ level }) => {
      const { diagnostics } = this.#needHost('log level');
      if (level !== undefined) diagnostics.level = level;
      return diagnostics.level;
    },
    rotateLogs: () => {
      this.#parts.logs.rotate();
      return null;
    },
    shutDown: ({ restart = false }, { name }) => {
      const why = restart
        ? new MusterError('MUSTER_RESTART', `${name || 'its supervisor'} asks for a restart`)
        : undefined;
      // The answer leaves first.
      this.#parts.core.runtime.endOfTurn(() => void this.#parts.leave(why));
      return null;
    },
    call: ({ name, args }) => this.#call(name, args),
    inject: ({ topic, event, args }, { name }) => this.#inject(name, topic, event, args),
    watch: ({ watch, topic, lease }, asker) => {
      if (!this.#watches.watch(`${asker.name} ${watch}`, topic, lease, asker.take(watch))) {
        throw failed('too many watches at once');
      }
      return null;
    },
  };

  #report(): NodeReport {
    const { core, membership, peerings } = this.#parts;
    const expected = [...peerings].filter(({ nodeType }) => nodeType !== 'control');
    return {
      id: core.id,
      state: membership.state,
      uptime: core.runtime.monotonic() - this.#born,
      peersUp: expected.filter(({ isUp }) => isUp).length,
      peersExpected: expected.length,
      traffic: this.#traffic(),
      process: this.#host?.vitals() ?? null,
    };
  }

  #traffic(): Traffic {
    const sum = { eventsOut: 0, eventsIn: 0, bytesOut: 0, bytesIn: 0, unacknowledged: 0, fill: 0, lost: 0 };
    for (const { info, session } of this.#parts.peerings) {
      const { counters } = info;
      sum.eventsOut += counters.eventsOut;
      sum.eventsIn += counters.eventsIn;
      sum.bytesOut += counters.bytesOut;
      sum.bytesIn += counters.bytesIn;
      sum.unacknowledged += counters.unacknowledged;
      for (const count of Object.values(counters.lost)) sum.lost += count;
      sum.fill = Math.max(sum.fill, session.channel?.outbox.fill() ?? 0);
    }
    return sum;
  }

  #counters(): ControlCounters {
    const { core, bus, peerings } = this.#parts;
    const lostByReason: Record<string, number> = {};
    let connections = 0;
    for (const { info } of peerings) {
      connections += info.counters.connections;
      for (const [reason, count] of Object.entries(info.counters.lost)) {
        lostByReason[reason] = (lostByReason[reason] ?? 0) + count;
      }
    }
    const { invalid, failed: failedHandlers } = bus.counters;
    return { ...this.#traffic(), lostByReason, connections, ...core.counters, invalidEvents: invalid, failedHandlers };
  }

  async #call(name: string, args: readonly unknown[]): Promise<unknown> {
    const exposed = this.#exposed.get(name) as ((...args: readonly unknown[]) => unknown) | undefined;
    if (exposed === undefined) {
      const known = [...this.#exposed.keys()].sort().join(', ') || 'none';
      throw failed(`nothing is exposed as ${JSON.stringify(name)}; there are: ${known}`);
    }
    return (await exposed(...args)) ?? null;
  }

  /** @returns whether this node subscribes to the topic. */
  async #inject(from: string, topic: string, event: string, args: readonly unknown[]): Promise<boolean> {
    const { core, bus } = this.#parts;
    if (isFrameworkEvent(event) || event === storeEvent || event === logEvent || event === controlEvent) {
      throw failed(`${event} is an event of the framework: only the framework publishes it`);
    }
    if (![...core.subscriptions.prefixes].some((prefix) => topic.startsWith(prefix))) return false;
    if (from === '') bus.raise(event, args);
    else void bus.deliver(from, event, [...args]);
    return true;
  }

  #needHost(what: string): NodeHost {
    if (this.#host === undefined) throw failed(`a simulated node has no ${what}`);
    return this.#host;
  }
}

/** A copy without functions, and without what must not be told. */
export function withoutSecrets(options: object): Record<string, unknown> {
  const shown = Object.entries(options).filter(
    ([name, value]) => value !== undefined && typeof value !== 'function' && !secret.test(name),
  );
  return Object.fromEntries(shown.map(([name, value]) => [name, isPlain(value) ? withoutSecrets(value) : value]));
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
