/**
 * Key pairs: what is made is right, and can be made without end.
 */
import { spawnSync } from 'node:child_process';
import test from 'ava';
import { createFreshPair, createKeyPair, keyBytes, readKeyPair } from '../../keys/key-pair.js';

const bytesOf = (key: string) => keyBytes(key) as Uint8Array;

test('two pairs of either kind share what both can compute', (t) => {
  const pairs = [createKeyPair(), createFreshPair(), createFreshPair(), createKeyPair()];
  for (const one of pairs) {
    for (const other of pairs) {
      const shared = one.secretKey.agree(bytesOf(other.publicKey));
      t.deepEqual(shared, other.secretKey.agree(bytesOf(one.publicKey)));
    }
  }
  t.is(new Set(pairs.map(({ publicKey }) => publicKey)).size, pairs.length);
});

test('a pair is read again from its secret key', (t) => {
  const { publicKey, secretKey } = createKeyPair();
  t.is(readKeyPair(secretKey.reveal())?.publicKey, publicKey);
});

test('a process can make pairs for as many links as there may be, however often the garbage collector runs', (t) => {
  const module = new URL('../../keys/key-pair.js', import.meta.url);
  const script = `
    const { createFreshPair } = await import('${module}');
    for (let i = 0; i < 5_000; i++) createFreshPair();
    console.log('made');`;
  const options = { encoding: 'utf8', timeout: 30_000 } as const;
  const args = ['--max-semi-space-size=1', '--input-type=module', '-e', script];
  t.is(spawnSync(process.execPath, args, options).stdout, 'made\n');
});
