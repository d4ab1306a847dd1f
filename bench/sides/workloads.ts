/**
 * Workloads: the events that streams consist of, made and checked in the same way on every side.
 * Their arguments come from a small stock, so that neither side is measured making strings.
 */
import type { ClusterNode } from '../../index.js';

export const workloadNames = ['small', 'large'] as const;
export type WorkloadName = (typeof workloadNames)[number];

/** An event without its topic. */
export type BareEvent = readonly [name: string, sequence: number, ...args: unknown[]];

export interface Workload {
  readonly event: string;
  /** Bytes of payload in an event; 0 where only their number counts. */
  readonly payload: number;
  /** `node.publish()` with the arguments of that number. */
  publish(node: ClusterNode, topic: string, sequence: number): boolean;
  /** The event as a program without Muster would send it. */
  bare(sequence: number): BareEvent;
  /** Whether these are the arguments that follow that number; an event has four at most. */
  isRight(sequence: number, a: unknown, b: unknown, c: unknown, d: unknown): boolean;
}

/** Numbers of this size and above take as many bytes as any that are reached here. */
export const firstSequence = 0x1_0000;

/** A power of two. */
const stockSize = 1_024;

/** About 53 bytes of msgpack, name included. */
const connections = Array.from({ length: stockSize }, (_, i) => ({
  source: `10.${i % 13}.${i % 251}.${(i * 7) % 256}`,
  port: 1_024 + ((i * 61) % 60_000),
  target: `192.0.2.${(i * 31) % 256}`,
  duration: i / 7 + 0.001,
}));

const connectionOf = (sequence: number) => connections[sequence % stockSize] as (typeof connections)[number];

const small: Workload = {
  event: 'Conn::seen',
  payload: 0,
  publish(node, topic, sequence) {
    const { source, port, target, duration } = connectionOf(sequence);
    return node.publish(topic, 'Conn::seen', sequence, source, port, target, duration);
  },
  bare(sequence) {
    const { source, port, target, duration } = connectionOf(sequence);
    return ['Conn::seen', sequence, source, port, target, duration];
  },
  isRight(sequence, a, b, c, d) {
    const { source, port, target, duration } = connectionOf(sequence);
    return a === source && b === port && c === target && d === duration;
  },
};

const payloads = Array.from({ length: 64 }, (_, i) => new Uint8Array(4_096).map((_, at) => i + at * 7));

const payloadOf = (sequence: number) => payloads[sequence % payloads.length] as Uint8Array;

const large: Workload = {
  event: 'File::piece',
  payload: 4_096,
  publish(node, topic, sequence) {
    return node.publish(topic, 'File::piece', sequence, payloadOf(sequence));
  },
  bare(sequence) {
    return ['File::piece', sequence, payloadOf(sequence)];
  },
  isRight(sequence, a) {
    return a instanceof Uint8Array && Buffer.compare(a, payloadOf(sequence)) === 0;
  },
};

export const workloads: Readonly<Record<WorkloadName, Workload>> = { small, large };

/** Every so many events, all arguments are compared; the sequence number always. */
const fullCheck = 61;

/** What one subscriber gets: each event once, in order, and as it was sent. */
export class Arrivals {
  readonly #workload: Workload;
  #next = firstSequence;
  #fault: string | undefined;

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  get count(): number {
    return this.#next - firstSequence;
  }

  /** What was wrong first, if anything was. */
  get fault(): string | undefined {
    return this.#fault;
  }

  take(sequence: number, a: unknown, b: unknown, c: unknown, d: unknown): void {
    if (sequence !== this.#next) {
      this.#fault ??= `event ${sequence} came where ${this.#next} was due`;
    } else if (sequence % fullCheck === 0 && !this.#workload.isRight(sequence, a, b, c, d)) {
      this.#fault ??= `event ${sequence} has other arguments than were sent`;
    }
    this.#next += 1;
  }
}
