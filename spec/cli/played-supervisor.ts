/**
 * A supervisor whose processes are played by a test, on a clock that moves by hand.
 */
import type { Socket } from 'node:net';
import type { FromNode, SupervisorEvent, ToNode } from '../../cli/messages.js';
import type { NodeProcessHandlers } from '../../cli/supervised-node.js';
import { Supervisor } from '../../cli/supervisor.js';
import type { Layout } from '../../layout/types.js';
import { createFakeRuntime } from '../helpers/fake-runtime.js';

export const layout: Layout = {
  manager: { nodeType: 'manager', ip: '127.0.0.1', port: 27_762 },
  'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
  'worker-2': { nodeType: 'worker', ip: '127.0.0.1' },
  'logger-1': { nodeType: 'logger', ip: '127.0.0.1', port: 27_761 },
};

/** A process that is played by a test. */
export class FakeProcess {
  readonly told: ToNode[] = [];
  isKilled = false;
  constructor(
    readonly pid: number,
    readonly handlers: NodeProcessHandlers,
  ) {}
  connection: Socket | undefined;
  send(message: ToNode, connection?: Socket): void {
    this.told.push(message);
    this.connection = connection;
  }
  kill(): void {
    this.isKilled = true;
  }
  /** The types of what it was told, but the first, which is its assignment. */
  get orders(): string[] {
    return this.told.slice(1).map(({ type }) => type);
  }
  say(...messages: FromNode[]): void {
    for (const message of messages) this.handlers.message(message);
  }
  exit(code: number | null, signal: NodeJS.Signals | null = null): void {
    this.handlers.exited(code, signal);
  }
}

export const listening: FromNode = { type: 'listening', id: 'id' };
export const report = (state: 'connecting' | 'ready' | 'degraded', peersUp = 3): FromNode => ({
  type: 'report',
  state,
  peersUp,
  peersExpected: 3,
});

export function supervise(names = Object.keys(layout), given = layout) {
  const runtime = createFakeRuntime();
  const events: SupervisorEvent[] = [];
  const processes = new Map<string, FakeProcess[]>();
  let pid = 100;
  const supervisor = new Supervisor({
    layout: given,
    names,
    scripts: ['/app.js'],
    defaults: { retryInterval: 1_000 },
    overrides: {},
    runtime,
    fork: (name, handlers) => {
      const process = new FakeProcess(pid++, handlers);
      processes.set(name, [...(processes.get(name) ?? []), process]);
      return process;
    },
    sampled: () => {},
    tell: (event) => events.push(event),
  });
  supervisor.start();
  const at = (name: string) => processes.get(name)?.at(-1) as FakeProcess;
  return {
    supervisor,
    runtime,
    at,
    /** What was told of a type. */
    told: <T extends SupervisorEvent['type']>(type: T) =>
      events.filter((event): event is Extract<SupervisorEvent, { type: T }> => event.type === type),
    stateOf: (name: string) => supervisor.nodes.find((node) => node.name === name)?.state,
    forked: () => [...processes.keys()],
    startAll: () => {
      at('logger-1').say({ type: 'loaded' });
      for (const name of ['logger-1', 'manager', 'worker-1', 'worker-2']) at(name).say(listening, report('ready'));
      at('manager').say({ type: 'clusterStarted' });
    },
  };
}
