import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { hashKey, hashString } from '../../../actors/pools/key-hash.js';
import { hrwWeight, Rendezvous } from '../../../actors/pools/rendezvous.js';

interface Vector {
  readonly key: { readonly value: number };
  readonly 'proxy-1.0': number;
  readonly 'proxy-2.0': number;
}

const { hrw_weight: vectors } = JSON.parse(readFileSync('spec/actors/pools/hash-vectors.json', 'utf8')) as {
  hrw_weight: Vector[];
};

const siteOf = (name: string) => ({ name, siteId: hashString(`${name}.0`) >>> 0 });
const sitesOf = (type: string, count: number) => Array.from({ length: count }, (_, i) => siteOf(`${type}-${i + 1}`));

function rendezvousOf<S extends { siteId: number }>(sites: readonly S[]): Rendezvous<S> {
  const rendezvous = new Rendezvous<S>();
  rendezvous.replace(sites);
  return rendezvous;
}

test("weights and picks are Zeek's, bit for bit", (t) => {
  t.is(vectors.length, 8);
  const proxies = rendezvousOf(sitesOf('proxy', 2));
  for (const { key, ...weights } of vectors) {
    const digest = hashKey(key.value);
    for (const [alias, weight] of Object.entries(weights)) {
      t.is(hrwWeight(digest, hashString(alias)), weight, `${key.value} ${alias}`);
    }
    const winner = weights['proxy-1.0'] > weights['proxy-2.0'] ? 'proxy-1' : 'proxy-2';
    t.is(proxies.pick(digest)?.name, winner, `${key.value}`);
  }
});

test('the site with the greatest weight is picked, whatever the weights', (t) => {
  const anySite = fc.record({ siteId: fc.integer({ min: 0, max: 2 ** 32 - 1 }) });
  fc.assert(
    fc.property(fc.array(anySite, { minLength: 1 }), fc.integer(), (sites, digest) => {
      const weights = sites.map(({ siteId }) => hrwWeight(digest, siteId));
      const greatest = Math.max(...weights);
      const best = Math.max(...sites.filter((_, i) => weights[i] === greatest).map(({ siteId }) => siteId));
      return rendezvousOf(sites).pick(digest)?.siteId === best;
    }),
    { numRuns: 1_000 },
  );
  t.pass();
});

test('of equal weights the greater site id wins, in whatever order the sites come', (t) => {
  const sites = [7, 7 + 2 ** 31].map((siteId) => ({ siteId }));
  for (const digest of [0, 1, -1, 12_345]) {
    t.is(hrwWeight(digest, 7), hrwWeight(digest, 7 + 2 ** 31));
    t.is(rendezvousOf(sites).pick(digest)?.siteId, 7 + 2 ** 31);
    t.is(rendezvousOf(sites.toReversed()).pick(digest)?.siteId, 7 + 2 ** 31);
  }
});

test('without sites nobody is picked', (t) => {
  const rendezvous = rendezvousOf(sitesOf('proxy', 1));
  t.is(rendezvous.pick(0)?.name, 'proxy-1');
  rendezvous.replace([]);
  t.is(rendezvous.pick(0), undefined);
});

const keys = 1_000_000;
const families: Record<string, (n: number) => string | number> = {
  'whole numbers': (n) => n,
  'large numbers': (n) => n * 829_350_551,
  addresses: (n) => `10.${n >>> 16}.${(n >>> 8) & 0xff}.${n & 0xff}`,
  names: (n) => `user-${n}`,
};
for (const [family, keyOf] of Object.entries(families)) {
  test(`a million ${family} spread within 2 % of even over 10 nodes, and only those of a removed node move`, (t) => {
    const all = sitesOf('proxy', 10);
    const [gone] = all.splice(4, 1);
    const without = rendezvousOf(all);
    const whole = rendezvousOf([...all, gone as (typeof all)[number]]);
    const counts = new Map<string | undefined, number>();
    const heirs = new Map<string | undefined, number>();
    let strayed = 0;
    for (let n = 0; n < keys; n++) {
      const digest = hashKey(keyOf(n));
      const before = whole.pick(digest);
      const after = without.pick(digest);
      counts.set(before?.name, (counts.get(before?.name) ?? 0) + 1);
      if (before === gone) heirs.set(after?.name, (heirs.get(after?.name) ?? 0) + 1);
      else if (after !== before) strayed += 1;
    }
    t.is(counts.size, 10);
    for (const [name, count] of counts) t.true(Math.abs(count / (keys / 10) - 1) < 0.02, `${name}: ${count}`);
    t.is(strayed, 0);
    t.is(heirs.size, 9, 'its keys go to all the others');
  });
}
