/** The options that give a key a deadline while it is written: SET, GETEX, MSETEX, INCREX. */
import type { Context } from '../core/context.ts'
import { invalidExpire, notAnInteger } from '../core/errors.ts'
import { MAX_INT64, parseInteger } from '../util/integer.ts'

/**
 * The point in time, in milliseconds, that the argument of EX, PX, EXAT or PXAT stands for. Deadlines
 * beyond 2^53 (the year 287396) are cut to it, because the keyspace keeps them as numbers.
 */
export function deadlineOf(c: Context, command: string, option: string, argument: string): number {
  const n = parseInteger(argument)
  if (n === undefined) throw notAnInteger
  if (n <= 0) throw invalidExpire(command)
  const factor = option === 'EX' || option === 'EXAT' ? 1000 : 1
  const base = option === 'EX' || option === 'PX' ? c.now : 0
  const at = Number(n) * factor + base
  if (typeof n === 'number' && Number.isSafeInteger(at)) return at
  if (BigInt(n) * BigInt(factor) + BigInt(base) > MAX_INT64) throw invalidExpire(command)
  return Number.MAX_SAFE_INTEGER
}

/**
 * Whether a deadline has passed already. Not while the journal is read: it says by itself what was
 * deleted, and the clock has gone on since.
 */
export function elapsed(c: Context, at: number): boolean {
  return at <= c.now && !c.engine.loading
}
