/**
 * Rounds: measures two or more sides in turn, A B, B A, A B …, so that whatever else the machine does meets all alike.
 */

/** @returns for each side what it measured, round by round. */
export async function interleave<Side extends string, Measured>(
  rounds: number,
  sides: Readonly<Record<Side, (round: number) => Promise<Measured>>>,
): Promise<Record<Side, Measured[]>> {
  const names = Object.keys(sides) as Side[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as Measured[]])) as Record<Side, Measured[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) measured[name].push(await sides[name](round));
  }
  return measured;
}
