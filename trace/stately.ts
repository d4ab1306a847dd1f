/**
 * Stately: a trace as events of the protocol of `@statelyai/inspect` (0.7), for tools that speak it: actors, what they are
 * told, and the snapshots that follow.
 */
import type { StateValue, TraceRecord } from './record.js';

interface Base {
  /** The actor, in one lifetime of its node. */
  readonly sessionId: string;
  readonly rootId: string;
  /** ms since 1970. */
  readonly createdAt: string;
  readonly id: string;
  readonly _version: string;
}

interface Snapshot {
  readonly status: 'active' | 'done' | 'error';
  readonly value: StateValue;
  readonly context: object;
}

export type StatelyEvent =
  | (Base & {
      readonly type: '@xstate.actor';
      readonly name: string;
      readonly snapshot: Snapshot;
      /** The machine, as JSON. */
      readonly definition: string | undefined;
      readonly parentId: undefined;
    })
  | (Base & {
      readonly type: '@xstate.event';
      readonly event: { readonly type: string };
      readonly sourceId: undefined;
    })
  | (Base & {
      readonly type: '@xstate.snapshot';
      readonly event: { readonly type: string };
      readonly snapshot: Snapshot;
    });

const protocolVersion = '0.7.2';

/** Follows the contexts of actors from record to record. */
export class StatelyAdapter {
  readonly #definitionOf: (machine: string) => string | undefined;
  readonly #contexts = new Map<string, object>();

  /** @param definitionOf - Gives the definition of a machine as JSON, if it is known. */
  constructor(definitionOf: (machine: string) => string | undefined) {
    this.#definitionOf = definitionOf;
  }

  /** The event that stands for a record; undefined for one that no machine is part of. */
  convert(record: TraceRecord): StatelyEvent | undefined {
    const { kind, data } = record;
    switch (kind) {
      case 'actor': {
        const { actor, machine, state, context } = data;
        const base = baseOf(record, actor);
        this.#contexts.set(base.sessionId, context);
        return {
          ...base,
          type: '@xstate.actor',
          name: `${record.node} ${actor}`,
          snapshot: { status: 'active', value: state, context },
          definition: this.#definitionOf(machine),
          parentId: undefined,
        };
      }
      case 'event':
        return { ...baseOf(record, data.actor), type: '@xstate.event', event: data.event, sourceId: undefined };
      case 'transition': {
        const base = baseOf(record, data.actor);
        const context = { ...this.#contexts.get(base.sessionId), ...data.changes };
        this.#contexts.set(base.sessionId, context);
        const snapshot = { status: 'active', value: data.to, context } as const;
        return { ...base, type: '@xstate.snapshot', event: { type: data.event }, snapshot };
      }
      case 'stopped': {
        const base = baseOf(record, data.actor);
        const context = this.#contexts.get(base.sessionId) ?? {};
        const status = data.error === undefined ? 'done' : 'error';
        const event = { type: data.error === undefined ? 'xstate.stop' : 'xstate.error' };
        return { ...base, type: '@xstate.snapshot', event, snapshot: { status, value: data.state, context } };
      }
      default:
        return undefined;
    }
  }
}

function baseOf({ id, sequence, wall }: TraceRecord, actor: string): Base {
  const sessionId = `${id} ${actor}`;
  return { sessionId, rootId: sessionId, createdAt: `${wall}`, id: `${id}#${sequence}`, _version: protocolVersion };
}
