/** Cursors, for SCAN and those that walk through one value. */
import { invalidCursor } from '../core/errors.ts'
import { matchGlob } from '../util/glob.ts'
import { parseInteger } from '../util/integer.ts'

/**
 * A cursor as clients write it: a number up to 2^64 - 1. One beyond any size there can be may lose
 * digits. A negative integer is none, but what is spelled otherwise C reads by itself: `-01` is the
 * greatest of all, and `-0` the first.
 */
export function cursorOf(text: string): number {
  const match = /^\s*([+-]?)(\d{1,40})$/.exec(text)
  if (match === null || isNegative(text)) throw invalidCursor
  const [, sign, digits] = match as unknown as [string, string, string]
  const size = Number(digits)
  if (size >= 2 ** 53 && BigInt(digits) >> 64n !== 0n) throw invalidCursor
  return sign !== '-' || size === 0 ? size : Number(2n ** 64n - BigInt(digits))
}

const isNegative = (text: string): boolean => {
  const n = parseInteger(text)
  return n !== undefined && n < 0
}

/** Even what is empty matches a lone star, which no other pattern would let it. */
export const matches = (pattern: string, text: string): boolean =>
  pattern === '*' || matchGlob(pattern, text)
