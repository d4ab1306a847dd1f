/**
 * What a `cluster-layout.zeek` says, as a tree. Offsets are places in the file.
 */
export type Expression =
  | {
      readonly kind: 'string' | 'address' | 'port' | 'number' | 'name';
      readonly value: string;
      readonly offset: number;
    }
  | { readonly kind: 'call'; readonly name: string; readonly argument: Expression; readonly offset: number };

/** `$name=value` */
export interface FieldSyntax {
  readonly name: string;
  readonly value: Expression;
  readonly offset: number;
}

/** `["name"] = [$field=…, …]` */
export interface EntrySyntax {
  readonly name: Expression;
  readonly fields: readonly FieldSyntax[];
  readonly offset: number;
}

export type Statement =
  | {
      readonly kind: 'nodes';
      /** `=` replaces what was there, `+=` adds to it. */
      readonly operator: '=' | '+=';
      readonly entries: readonly EntrySyntax[];
      readonly offset: number;
    }
  | { readonly kind: 'managerIsLogger'; readonly value: boolean; readonly offset: number };
