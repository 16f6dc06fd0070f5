/** The types that say how each face hands over a reply, and what its methods take. */
import type { AbortSignalLike, Arg, CallOptions } from './arguments.ts'
import type { Pipeline } from './pipeline.ts'

/**
 * A reply of type R, as a face hands it over. B is what bulk strings become, T what the pipeline
 * holds so far.
 */
export interface Faces<R, B, T extends readonly unknown[]> {
  promise: Promise<R>
  sync: R
  pipeline: Pipeline<B, [...T, R], false>
  multi: Pipeline<B, [...T, R], true>
}
export type Face = keyof Faces<unknown, unknown, []>

/** Arguments as they come, arrays spread where they stand. */
export type Args = readonly (Arg | readonly Arg[] | Options | CallOptions)[]
/** One or more of a kind, in any mixture of single ones and arrays. */
export type Several<A = Arg> = readonly (A | readonly A[])[]
/** Options by name: `true` stands for a word, anything else follows its word. */
export type Options = Readonly<{
  [option: string]: Arg | boolean | readonly Arg[] | AbortSignalLike | null | undefined
}>
/** Pairs as an object, a map, or a flat list. */
export type Pairs = Readonly<Record<string, Arg>> | ReadonlyMap<Arg, Arg>
/** An integer argument; text is passed on as it is. */
export type Int = number | bigint | string
/** A number argument; text is passed on as it is (`'(1.5'`, `'-inf'`). */
export type Num = number | bigint | string
