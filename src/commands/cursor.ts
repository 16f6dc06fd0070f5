/** Cursors, for SCAN and those that walk through one value. */
import { invalidCursor } from '../core/errors.ts'
import { matchGlob } from '../util/glob.ts'

/**
 * A cursor as clients write it: a number up to 2^64 - 1. One beyond any size there can be may lose
 * digits.
 */
export function cursorOf(text: string): number {
  if (!/^\s*\+?\d{1,40}$/.test(text)) throw invalidCursor
  const cursor = Number(text)
  if (cursor >= 2 ** 53 && BigInt(text.replace(/^\s*\+?/, '')) >> 64n !== 0n) throw invalidCursor
  return cursor
}

/** Even what is empty matches a lone star, which no other pattern would let it. */
export const matches = (pattern: string, text: string): boolean =>
  pattern === '*' || matchGlob(pattern, text)
