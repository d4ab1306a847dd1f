/**
 * Shapes: what is put into a store by a bench, the same for all that are compared.
 */

export interface Shape {
  key(index: number): unknown;
  value(number: number): unknown;
  /** Whether `value` is what {@link Shape.value} made of `number`, at a glance: it is asked at every read. */
  isValue(value: unknown, number: number): boolean;
}

interface Host {
  readonly name: string;
  readonly port: number;
  readonly services: readonly string[];
  readonly seen: { readonly first: number; readonly last: number };
}

export const shapes = {
  primitive: {
    key: addressOf,
    value: (number) => number,
    isValue: (value, number) => value === number,
  },
  object: {
    key: addressOf,
    value: (number): Host => ({
      name: `host-${number}.example.org`,
      port: number,
      services: ['ssh', 'http'],
      seen: { first: 1_700_000_000, last: 1_700_000_000 + number },
    }),
    isValue: (value, number) => (value as Host | undefined)?.port === number,
  },
  composite: {
    key: (index) => [addressOf(index), index % 65_536],
    value: (number) => number,
    isValue: (value, number) => value === number,
  },
} as const satisfies Record<string, Shape>;

export type ShapeName = keyof typeof shapes;

/** A string of its own at each call, as one that was read from somewhere. */
function addressOf(index: number): string {
  return Buffer.from(`10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`, 'latin1').toString('latin1');
}
