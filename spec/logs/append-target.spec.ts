import test from 'ava';
import { rewindToLine, toBatch } from '../../logs/append-target.js';

test('a batch that goes on in another file begins with the line in which it was torn', (t) => {
  const rewound = (offset: number): number => {
    const batch = { ...toBatch('ab\ncd\nef\n'), offset };
    rewindToLine(batch);
    return batch.offset;
  };
  t.deepEqual([0, 1, 2, 3, 4, 5, 6, 8, 9].map(rewound), [0, 0, 0, 3, 3, 3, 6, 6, 9]);
});
