import test from 'ava';
import { killWriters } from './lmdb-kill.js';

test('200 kills of a writing process take nothing that was acknowledged', (t) => killWriters(t, ['flushed'], 200));
test('200 kills take nothing that was committed either', (t) => killWriters(t, ['committed'], 200));
