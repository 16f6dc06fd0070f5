/**
 * Invariants: what the code around relies on, said in code.
 *
 * A failed invariant is a bug of ours, never a client's mistake, so it is an ordinary Error with a
 * stack and is not caught anywhere.
 */

/** Throws when `condition` is falsy. For our own mistakes only. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`)
}
