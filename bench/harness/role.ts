/**
 * Role: what one process of a bench does. It is defined and exported beside the code that uses it; `child.ts` finds it
 * by its module and its name.
 */

/** What a role can be asked. Arguments and answers travel as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: each role declares the arguments of its own questions
export type Answers = Readonly<Record<string, (argument: any) => unknown>>;

export interface Role<Input, A extends Answers> {
  /** URL of the module that exports it. */
  readonly module: string;
  /** Under which name it is exported. */
  readonly name: string;
  /** Starts it. An answer called `close` is asked for when the process is to end. */
  play(input: Input): Promise<A>;
}

/** `export const x = defineRole(import.meta.url, 'x', …)` */
export function defineRole<Input, A extends Answers>(
  module: string,
  name: string,
  play: (input: Input) => Promise<A>,
): Role<Input, A> {
  return { module, name, play };
}

/** From the bench to its process. The first message makes it play a role, the others are questions. */
export type ToChild =
  | { readonly type: 'play'; readonly module: string; readonly name: string; readonly input: unknown }
  | { readonly type: 'ask'; readonly id: number; readonly question: string; readonly argument: unknown }
  | { readonly type: 'end' };

export type FromChild =
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };

/** `id` of the answer to `play`. */
export const playId = 0;
