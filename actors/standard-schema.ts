/**
 * The part of Standard Schema v1 (https://standardschema.dev) that Muster calls. zod, valibot, arktype and others
 * implement it, so the arguments of an event can be described with any of them.
 */

/** Checks the arguments of an event, given as one array; what it returns is what handlers get. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };
