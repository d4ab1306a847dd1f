/**
 * Chart recorder: what a machine does, for the trace: what its actor is told, the transitions that follow, the timers they
 * set. It watches XState's inspection, so a machine knows nothing of it.
 */
import type { AnyActorRef, AnyTransitionDefinition, InspectionEvent, Subscription } from 'xstate';
import { messageOf } from '../errors.js';
import type { ChartName } from '../machines/charts.js';
import { nameOf } from '../machines/transitions.js';
import type { Runtime } from '../runtime.js';
import type { Cause, StateValue } from '../trace/record.js';
import type { Tracer, TraceSource } from '../trace/tracer.js';

/** The part of a machine's snapshot that is told. */
interface ChartSnapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly value: StateValue;
  readonly context: object;
  readonly error?: unknown;
}

export interface RecordedChart {
  /** Unique in the node, such as `peering manager`. */
  readonly name: string;
  readonly machine: ChartName;
  readonly runtime: Pick<Runtime, 'monotonic'>;
}

/** Has the trace tell what an actor does, whenever somebody listens. To be called before it is started. */
export function recordChart(tracer: Tracer, actor: AnyActorRef, chart: RecordedChart): void {
  const recorder: ChartRecorder = new ChartRecorder(tracer, actor, chart, () => forget());
  const forget = tracer.add(recorder);
}

class ChartRecorder implements TraceSource {
  readonly #tracer: Tracer;
  readonly #actor: AnyActorRef;
  readonly #chart: RecordedChart;
  readonly #ended: () => void;
  #inspection: Subscription | undefined;
  #snapshot: ChartSnapshot;
  /** The record of each event that waits for its turn. */
  readonly #events = new WeakMap<object, Cause | undefined>();
  /** The record of each timer, by the event that it sends. */
  readonly #timers = new Map<string, Cause | undefined>();
  /** Timers that the transition under way has set: its record comes first. */
  #set: { readonly event: string; readonly delay: number }[] = [];
  /** What was being handled before the actor's turn; undefined: it is not its turn. */
  #outer: { readonly cause: Cause | undefined } | undefined;

  constructor(tracer: Tracer, actor: AnyActorRef, chart: RecordedChart, ended: () => void) {
    this.#tracer = tracer;
    this.#actor = actor;
    this.#chart = chart;
    this.#ended = ended;
    this.#snapshot = actor.getSnapshot();
  }

  begin(): void {
    this.#snapshot = this.#actor.getSnapshot();
    this.#inspection = this.#actor.system.inspect((inspected) => this.#take(inspected));
  }

  end(): void {
    this.#inspection?.unsubscribe();
    this.#timers.clear();
    this.#set = [];
    this.#leave();
  }

  describe(): Cause | undefined {
    const { value, context } = this.#snapshot;
    const { name, machine } = this.#chart;
    return this.#tracer.record('actor', { actor: name, machine, state: value, context });
  }

  #take(inspected: InspectionEvent): void {
    switch (inspected.type) {
      case '@xstate.event':
        if (inspected.event.type === 'xstate.init') this.#enter(this.describe());
        else this.#told(inspected.event);
        break;
      case '@xstate.action':
        if (inspected.action.type === 'xstate.raise') this.#raised(inspected.action.params as RaiseParams);
        break;
      case '@xstate.microstep':
        this.#changed(inspected.event, inspected.snapshot as unknown as ChartSnapshot, inspected._transitions);
        break;
      case '@xstate.snapshot':
        this.#finished(inspected.snapshot as unknown as ChartSnapshot);
        break;
    }
  }

  #told(event: { readonly type: string }): void {
    const cause = this.#timers.get(event.type) ?? this.#tracer.train.cause;
    this.#events.set(event, this.#tracer.record('event', { actor: this.#chart.name, event }, cause));
  }

  #raised({ event, delay }: RaiseParams): void {
    if (delay !== undefined) this.#set.push({ event: event.type, delay });
  }

  #changed(
    event: { readonly type: string },
    after: ChartSnapshot,
    transitions: readonly AnyTransitionDefinition[],
  ): void {
    const before = this.#snapshot;
    this.#snapshot = after;
    if (transitions.length === 0) return;
    const { name: actor, machine } = this.#chart;
    // A transition that needs no event follows from the one before.
    const cause = this.#outer === undefined ? this.#events.get(event) : this.#tracer.train.cause;
    this.#enter(
      this.#tracer.record(
        'transition',
        {
          actor,
          machine,
          transitions: transitions.map(nameOf),
          event: event.type,
          from: before.value,
          to: after.value,
          changes: changesOf(before.context, after.context),
        },
        cause,
      ),
    );
    this.#tellTimers();
  }

  /** From now on, until the snapshot, all that happens follows from `cause`. */
  #enter(cause: Cause | undefined): void {
    this.#outer ??= { cause: this.#tracer.train.cause };
    this.#tracer.train.cause = cause;
  }

  #finished(snapshot: ChartSnapshot): void {
    this.#tellTimers();
    this.#snapshot = snapshot;
    const { status, value, error } = snapshot;
    if (status !== 'active') {
      const broken = status === 'error' && { error: messageOf(error) };
      this.#tracer.record('stopped', { actor: this.#chart.name, state: value, ...broken });
      this.end();
      this.#ended();
    }
    this.#leave();
  }

  #leave(): void {
    if (this.#outer !== undefined) this.#tracer.train.cause = this.#outer.cause;
    this.#outer = undefined;
  }

  #tellTimers(): void {
    const now = this.#chart.runtime.monotonic();
    for (const { event, delay } of this.#set.splice(0)) {
      this.#timers.set(
        event,
        this.#tracer.record('timer', { actor: this.#chart.name, event, delay, due: now + delay }),
      );
    }
  }
}

interface RaiseParams {
  readonly event: { readonly type: string };
  readonly delay?: number;
}

/** What is new or different in `after`; null where there is nothing any more, which JSON could not say otherwise. */
function changesOf(before: object, after: object): object {
  if (before === after) return {};
  const old = new Map(Object.entries(before));
  const changed = Object.entries(after).filter(([key, value]) => old.get(key) !== value);
  return Object.fromEntries(changed.map(([key, value]) => [key, value ?? null]));
}
