import test from 'ava';
import fc from 'fast-check';
import { RowList } from '../../inspector/model/row-list.js';

test('rows are in the order of their time, and of their number within one, however they come', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), fc.nat(20), (times, moment) => {
      const list = new RowList((row) => times[row] as number);
      times.forEach((_, row) => {
        list.push(row);
        // Reading in between puts in order what is there.
        if (row % 7 === 3) list.at(0);
      });
      const sorted = times.map((time, row) => ({ time, row })).sort((a, b) => a.time - b.time || a.row - b.row);
      t.deepEqual(
        times.map((_, position) => list.at(position)),
        sorted.map(({ row }) => row),
      );
      t.is(list.countUntil(moment), times.filter((time) => time <= moment).length);
      sorted.forEach(({ row }, position) => {
        t.is(list.positionOf(row), position);
      });
    }),
  );
});

test('rows that are forgotten leave the others as they are', (t) => {
  const times = [5, 1, 4, 2, 3];
  const list = new RowList((row) => times[row] as number);
  for (const row of times.keys()) list.push(row);
  list.dropBefore(2);
  t.deepEqual(
    [0, 1, 2, 3].map((position) => list.at(position)),
    [3, 4, 2, -1],
  );
});
