import test from 'ava';
import { killWriters } from './lmdb-kill.js';

test('10 kills of a writing process take nothing that was acknowledged', (t) =>
  killWriters(t, ['flushed', 'committed'], 10));
