import test from 'ava';
import { assign, createActor, setup } from 'xstate';
import { recordChart } from '../../actors/chart-recorder.js';
import { systemRuntime } from '../../runtime.js';
import type { TraceRecord } from '../../trace/record.js';
import { Tracer } from '../../trace/tracer.js';

test('a value of the context that is gone is null: JSON would leave it out, and it would seem to stay', (t) => {
  const machine = setup({ types: {} as { context: { who: string | undefined; kept: number } } }).createMachine({
    context: { who: 'a', kept: 1 },
    on: { forget: { actions: assign({ who: () => undefined }) } },
  });
  const tracer = new Tracer({ node: 'n', id: 'n_1', runtime: systemRuntime });
  const records: TraceRecord[] = [];
  tracer.listen((record) => records.push(record));
  const actor = createActor(machine);
  recordChart(tracer, actor, { name: 'node', machine: 'node', runtime: systemRuntime });
  actor.start();
  actor.send({ type: 'forget' });
  const changes = records.flatMap((record) => (record.kind === 'transition' ? [record.data.changes] : []));
  t.deepEqual(JSON.parse(JSON.stringify(changes)), [{ who: null }]);
});
