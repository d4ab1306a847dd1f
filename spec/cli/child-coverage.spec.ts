/**
 * Coverage of the chart of a child: a real supervisor with processes that the tests play takes each of its transitions.
 */
import test from 'ava';
import { SupervisedNode } from '../../cli/supervised-node.js';
import type { Layout } from '../../layout/types.js';
import { childMachine } from '../../machines/child.js';
import { transitionsOf } from '../../machines/transitions.js';
import { Tracer } from '../../trace/tracer.js';
import { createFakeRuntime } from '../helpers/fake-runtime.js';
import { watchMachine } from '../helpers/watch-machine.js';
import { FakeProcess, listening, report, supervise } from './played-supervisor.js';

const layout: Layout = {
  'logger-1': { nodeType: 'logger', ip: '127.0.0.1', port: 27_761 },
  manager: { nodeType: 'manager', ip: '127.0.0.1', port: 27_762 },
};

const taken = new Set<string>();
let takenInStory = new Set<string>();
watchMachine(childMachine, (transition) => {
  taken.add(transition);
  takenInStory.add(transition);
});

const stories: { title: string; reaches: readonly string[]; play: () => void }[] = [
  {
    title: 'a node loads, starts, is ready, degraded and ready again, leaves and ends',
    reaches: [
      ...['loading start', 'loading always', 'starting process.listening', 'running process.connecting'],
      ...['running process.ready', 'running process.degraded', 'running process.leaving', 'running process.exited #1'],
    ],
    play() {
      const { at } = supervised();
      const process = at('logger-1');
      process.say(listening, report('connecting'), report('ready'), report('degraded'), report('ready'));
      process.say({ type: 'report', state: 'leaving', peersUp: 0, peersExpected: 1 });
      process.exit(0);
    },
  },
  {
    title: 'a node that dies is started again; when it has run for a while, that is forgotten',
    reaches: [
      ...['running process.exited #2', 'restarting after backOff', 'starting process.exited #3'],
      ...['running after settledAfter', 'starting after slowAfter'],
    ],
    play() {
      const { at, runtime } = supervised();
      at('logger-1').say(listening);
      at('logger-1').exit(1);
      runtime.advance(1_000);
      at('logger-1').exit(null, 'SIGKILL');
      runtime.advance(2_000);
      runtime.advance(10_000);
      at('logger-1').say(listening);
      runtime.advance(30_000);
    },
  },
  {
    title: 'a node that is killed before its turn, which comes before it is started again',
    reaches: ['loading process.exited #3', 'restarting start'],
    play() {
      const { at } = supervised();
      at('manager').exit(null, 'SIGKILL');
      at('logger-1').say(listening);
    },
  },
  {
    title: 'scripts that cannot be loaded, and scripts that cannot be run; the others are stopped before their turn',
    reaches: ['loading process.exited #2', 'starting process.exited #2', 'starting stop', 'loading stop'],
    play() {
      supervised().at('manager').exit(7);
      supervised().at('logger-1').exit(7);
    },
  },
  {
    title: 'scripts that end the process, as if all were done',
    reaches: ['loading process.exited #1', 'starting process.exited #1'],
    play() {
      const { at } = supervised();
      at('manager').exit(0);
      at('logger-1').exit(0);
    },
  },
  {
    title: 'nodes are stopped: one ends, one that restarts is not waited for',
    reaches: ['running stop', 'stopping process.exited', 'restarting stop'],
    play() {
      const { at, supervisor } = supervised();
      at('logger-1').say(listening);
      at('manager').say(listening);
      at('logger-1').exit(1);
      supervisor.stop('SIGTERM');
      at('manager').exit(0);
    },
  },
  {
    title: 'nodes that are stopped and do not end',
    reaches: ['stopping after stopTimeout', 'killing process.exited'],
    play() {
      const { at, runtime, supervisor } = supervised();
      at('logger-1').say(listening);
      at('manager').say(listening);
      supervisor.stop('SIGTERM');
      runtime.advance(10_000);
      at('manager').exit(null, 'SIGKILL');
    },
  },
  {
    title: 'all are killed, wherever they are',
    reaches: ['stopping kill', 'running kill', 'starting kill', 'restarting kill'],
    play() {
      for (const phase of ['running', 'restarting', 'starting']) {
        const { at, runtime, supervisor } = supervised();
        at('logger-1').say(listening);
        at('manager').say(listening);
        if (phase !== 'running') at('logger-1').exit(1);
        if (phase === 'starting') runtime.advance(1_000);
        supervisor.kill();
      }
    },
  },
  {
    title: 'a node is killed before its turn; a supervisor asks it to stop first',
    reaches: ['loading kill'],
    play() {
      const assignment = { name: 'manager', layout, scripts: [], defaults: {}, overrides: {}, stopsAfter: [] };
      const runtime = createFakeRuntime();
      const node = new SupervisedNode({
        assignment,
        runtime,
        tracer: new Tracer({ node: '', id: '', runtime }),
        fork: (_, handlers) => new FakeProcess(1, handlers),
        handlers: { changed() {}, compiled() {}, clusterStarted() {}, told() {}, sampled() {} },
      });
      node.begin();
      node.order('kill');
    },
  },
];

/** A supervisor of a logger and a manager, which starts when the logger listens. */
function supervised() {
  return supervise(Object.keys(layout), layout);
}

for (const { title, reaches, play } of stories) {
  test.serial(title, (t) => {
    takenInStory = new Set();
    play();
    t.deepEqual(
      reaches.filter((transition) => !takenInStory.has(transition)),
      [],
    );
  });
}

test.serial('every transition of a child is taken in one of these stories', (t) => {
  const names = transitionsOf(childMachine).map(({ name }) => name);
  t.deepEqual(
    names.filter((transition) => !taken.has(transition)),
    [],
  );
});
