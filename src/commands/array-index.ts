/** What the families of array commands share: indexes as arguments, and the array of a key. */
import type { Args } from '../core/args.ts'
import type { Context } from '../core/context.ts'
import { invalidArrayIndex } from '../core/errors.ts'
import { ArrayValue, MAX_INDEX } from '../types/array.ts'
import { ARRAY } from '../types/value.ts'
import { type Integer, parseUnsignedLoosely } from '../util/integer.ts'

/** As many places as a reply may tell of that are mostly empty. */
export const MOST_ITEMS = 1_000_000

export function parseIndex(text: string, most: bigint = MAX_INDEX): Integer {
  const index = parseUnsignedLoosely(text)
  if (index === undefined || index > most) throw invalidArrayIndex
  return index
}

/** The next argument. */
export const indexOf = (args: Args): Integer => parseIndex(args.next())

/** All arguments that are left. */
export function indexesOf(args: Args): Integer[] {
  const indexes: Integer[] = []
  while (args.more) indexes.push(indexOf(args))
  return indexes
}

/** The array of a key that is about to be written to, a new one if there is none. */
export function arrayFor(c: Context, key: string): ArrayValue {
  let array = c.write(key, ARRAY)
  if (array === undefined) {
    array = new ArrayValue(c.db.arrayLimits)
    c.insert(key, array)
  }
  return array
}
