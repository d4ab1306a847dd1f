/**
 * Traffic: events and bytes of one direction, by class of topic. The topics of single nodes and of their lifetimes are a
 * class each; of all others the first have classes of their own, and what comes after them shares one.
 * Who counts keeps the class, or comes with the same topic again and again: then it is a comparison and two additions.
 */
import type { Options } from '../layout/options.js';

/** The class of stores, whose messages have no topic. */
const none = '(none)';
const others = '(other)';
/** Topics that have a class of their own. */
const maxTopics = 64;

export interface TopicClass {
  readonly topic: string;
  events: number;
  /** Encoded, without the frame around them. */
  bytes: number;
}

export class Traffic {
  readonly #prefixes: readonly string[];
  readonly #classes = new Map<string, TopicClass>();
  #topic: string | undefined;
  #class: TopicClass = { topic: '', events: 0, bytes: 0 };

  constructor({ nodeTopicPrefix, nodeidTopicPrefix }: Pick<Options, 'nodeTopicPrefix' | 'nodeidTopicPrefix'>) {
    this.#prefixes = [nodeTopicPrefix, nodeidTopicPrefix];
  }

  get classes(): readonly TopicClass[] {
    return [...this.#classes.values()];
  }

  count(topic: string, bytes: number): void {
    if (topic !== this.#topic) {
      this.#topic = topic;
      this.#class = this.classOf(topic);
    }
    this.#class.events += 1;
    this.#class.bytes += bytes;
  }

  classOf(topic: string): TopicClass {
    const folded = this.#fold(topic);
    const known = this.#classes.get(folded);
    if (known !== undefined) return known;
    const isFull = this.#classes.size >= maxTopics && folded === topic;
    return this.#open(isFull ? others : folded);
  }

  #open(topic: string): TopicClass {
    const opened = this.#classes.get(topic) ?? { topic, events: 0, bytes: 0 };
    this.#classes.set(topic, opened);
    return opened;
  }

  #fold(topic: string): string {
    if (topic === '') return none;
    const prefix = this.#prefixes.find((prefix) => topic.startsWith(prefix));
    return prefix === undefined ? topic : `${prefix}*`;
  }
}
