import test from 'ava';
import fc from 'fast-check';
import { Expiries } from '../../stores/expiries.js';

/** The obvious way: looks at every key each time. */
class NaiveExpiries {
  readonly all = new Map<number, number>();

  due(now: number): { id: number; at: number }[] {
    const due = [...this.all].filter(([, at]) => at <= now).map(([id, at]) => ({ id, at }));
    return due.sort((a, b) => a.at - b.at);
  }

  get next(): number | undefined {
    return this.all.size === 0 ? undefined : Math.min(...this.all.values());
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ id: fc.nat(30), at: fc.option(fc.integer({ min: -50, max: 200 })) }) },
  { weight: 3, arbitrary: fc.record({ now: fc.integer({ min: -60, max: 210 }), limit: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.constant('clear' as const) },
);

test('whatever is set and asked, it says what looking at every key would', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const [expiries, naive] = [new Expiries(), new NaiveExpiries()];
      for (const one of steps) {
        if (one === 'clear') {
          expiries.clear();
          naive.all.clear();
        } else if ('id' in one) {
          expiries.set(one.id, one.at);
          if (one.at === null) naive.all.delete(one.id);
          else naive.all.set(one.id, one.at);
        } else {
          const found = expiries.due(one.now, one.limit) as number[];
          const due = naive.due(one.now);
          t.is(found.length, Math.min(one.limit, due.length));
          t.is(new Set(found).size, found.length);
          t.deepEqual(
            found.map((id) => naive.all.get(id)),
            due.slice(0, one.limit).map(({ at }) => at),
          );
        }
        t.is(expiries.next, naive.next);
      }
    }),
    { numRuns: 200 },
  );
});

test('keys that are due stay until they are set anew', (t) => {
  const expiries = new Expiries();
  expiries.set('a', 1);
  t.deepEqual(expiries.due(1, 10), ['a']);
  t.deepEqual(expiries.due(1, 10), ['a']);
  expiries.set('a', null);
  t.deepEqual(expiries.due(1, 10), []);
});

test('a key that is given an expiry again that it had before is due once', (t) => {
  const expiries = new Expiries();
  for (const at of [10, 20, 10, null, 10]) expiries.set('a', at);
  t.deepEqual(expiries.due(10, 10), ['a']);
  t.deepEqual(expiries.due(10, 10), ['a']);
});
