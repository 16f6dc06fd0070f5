/** What SETBIT, GETBIT and BITFIELD share: offsets of bits, and strings that reach up to them. */
import type { Context } from '../core/context.ts'
import { bitOffsetOutOfRange } from '../core/errors.ts'
import { Bytes, lengthOf } from '../types/string.ts'
import { STRING } from '../types/value.ts'
import { parseInteger } from '../util/integer.ts'

/**
 * The offset of a bit, below what `proto-max-bulk-len` allows. With a width `#` in front counts in
 * fields of that width.
 */
export function bitOffset(c: Context, text: string, width = 0): number {
  const scaled = width > 0 && text.charCodeAt(0) === 35
  const n = parseInteger(scaled ? text.slice(1) : text)
  if (n === undefined || n < 0) throw bitOffsetOutOfRange
  const offset = Number(n) * (scaled ? width : 1)
  if (!Number.isSafeInteger(offset)) throw bitOffsetOutOfRange
  if (c.client.internal) return offset
  const most = c.engine.config.int('proto-max-bulk-len')
  if (Math.floor(offset / 8) >= most) throw bitOffsetOutOfRange
  return offset
}

/** The string under a key, made long enough to have this bit, for editing in place. */
export function editable(
  c: Context,
  key: string,
  offset: number,
): { bytes: Bytes; grown: boolean } {
  const value = c.write(key, STRING)
  const length = value === undefined ? 0 : lengthOf(value)
  const needed = Math.floor(offset / 8) + 1
  const bytes = Bytes.from(value ?? '', Math.max(length, needed))
  bytes.extend(needed)
  bytes.edited = true
  if (bytes !== value) c.replace(key, bytes)
  return { bytes, grown: needed > length }
}
