/**
 * Rendezvous: highest random weight hashing among sites, bit for bit as Zeek's `HashHRW` and `hrw_weight` have it.
 * The site with the greatest weight for a key wins: so a key moves only if its site goes, or to one that comes.
 */

/** A site and its id, of 32 bits. */
export interface Site {
  readonly siteId: number;
}

const factor = 1_103_515_245;
const summand = 12_345;
const mask = 0x7fffffff;

export class Rendezvous<S extends Site> {
  /** By descending site id, so that the first of equal weights wins. */
  #sites: readonly S[] = [];
  /** By site: what of its weight does not depend on a key. */
  #terms = new Int32Array();

  /** From now on it is among these. */
  replace(sites: readonly S[]): void {
    this.#sites = sites.toSorted((a, b) => b.siteId - a.siteId);
    this.#terms = Int32Array.from(this.#sites, ({ siteId }) => termOf(siteId));
  }

  /**
   * The site of a key.
   * @param digest - 32 bits of hash of the key.
   * @returns undefined if there are no sites.
   */
  pick(digest: number): S | undefined {
    const terms = this.#terms;
    let best = 0;
    let greatest = -1;
    for (let i = 0; i < terms.length; i++) {
      const weight = weightOf(terms[i] as number, digest);
      if (weight > greatest) {
        greatest = weight;
        best = i;
      }
    }
    return this.#sites[best];
  }
}

/** `hrw_weight` of Zeek: 31 bits, from 32 of a key and 32 of a site. */
export function hrwWeight(digest: number, siteId: number): number {
  return weightOf(termOf(siteId), digest);
}

function termOf(siteId: number): number {
  return (Math.imul(factor, siteId) + summand) | 0;
}

/** Modulo 2³¹: Zeek clears the highest bit of the digest before, which changes nothing. */
function weightOf(term: number, digest: number): number {
  return (Math.imul(factor, term ^ digest) + summand) & mask;
}
