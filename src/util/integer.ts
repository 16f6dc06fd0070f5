/**
 * Signed 64-bit integers: a number while it is safe, a bigint beyond 2^53.
 *
 * Nearly every integer that Redis meets is small, and a number costs nothing; the rest must still be
 * exact to the last digit. `normalize` keeps the two apart: a safe value is never a bigint, so
 * `===` compares and `typeof` decides.
 */

/** A whole number; bigint only where a number would not be exact. */
export type Integer = number | bigint

export const MAX_INT64 = 9223372036854775807n
export const MIN_INT64 = -9223372036854775808n
const MAX_UINT64 = 18446744073709551615n

/** As many digits as are always safe as a number. */
const SAFE_DIGITS = 15

/**
 * An int64 in the one form that Redis accepts: decimal, no spaces, no plus, no leading zeros, no
 * negative zero. Anything else is undefined.
 */
export function parseInteger(text: string): Integer | undefined {
  const length = text.length
  if (length === 0 || length > 20) return undefined
  const first = text.charCodeAt(0)
  const negative = first === 45
  const start = negative ? 1 : 0
  if (length === 1) return first >= 48 && first <= 57 ? first - 48 : undefined
  const lead = text.charCodeAt(start)
  if (lead < 49 || lead > 57) return undefined
  if (length - start > SAFE_DIGITS) return parseLong(text, start, MIN_INT64, MAX_INT64)
  let n = lead - 48
  for (let i = start + 1; i < length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    n = n * 10 + digit
  }
  return negative ? -n : n
}

/** A uint64 in the same strict form. */
export function parseUnsigned(text: string): Integer | undefined {
  if (text.length > SAFE_DIGITS) {
    const lead = text.charCodeAt(0)
    if (lead < 49 || lead > 57 || text.length > 20) return undefined
    return parseLong(text, 0, 0n, MAX_UINT64)
  }
  const n = parseInteger(text)
  return n === undefined || n < 0 ? undefined : n
}

const LOOSE = /^[ \t-\r]*([-+]?)([0-9]+)$/

/**
 * A uint64 as Redis's string2ull reads it: strictly, and what that does not take as any number, by
 * the rules of C's strtoull: spaces in front, a sign, zeros. A minus there counts down from 2^64. C
 * ends the text at a NUL.
 */
export function parseUnsignedLoosely(text: string): Integer | undefined {
  const strict = parseUnsigned(text)
  if (strict !== undefined) return strict
  const nul = text.indexOf('\0')
  if (nul >= 0) return parseUnsignedLoosely(text.slice(0, nul))
  const [, sign, digits] = LOOSE.exec(text) ?? []
  if (digits === undefined || parseInteger(text) !== undefined) return undefined
  const n = BigInt(digits)
  if (n > MAX_UINT64) return undefined
  return normalize(sign === '-' ? BigInt.asUintN(64, -n) : n)
}

function parseLong(text: string, start: number, least: bigint, most: bigint): Integer | undefined {
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return undefined
  }
  const n = BigInt(text)
  return n < least || n > most ? undefined : normalize(n)
}

/** Whether a value fits a signed 64-bit integer. */
export function isInt64(n: Integer): boolean {
  if (typeof n === 'number') return Number.isSafeInteger(n)
  return n >= MIN_INT64 && n <= MAX_INT64
}

/** The sum, or undefined where int64 would overflow. */
export function addIntegers(a: Integer, b: Integer): Integer | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    // Two safe numbers whose sum is safe were added exactly.
    if (Number.isSafeInteger(sum)) return sum
  }
  const sum = BigInt(a) + BigInt(b)
  return sum < MIN_INT64 || sum > MAX_INT64 ? undefined : normalize(sum)
}

/** The opposite, or undefined for the least int64, which has none. */
export function negate(a: Integer): Integer | undefined {
  if (typeof a === 'number') return a === 0 ? 0 : -a
  return a === MIN_INT64 ? undefined : normalize(-a)
}

/** A number if that is exact, else the bigint itself. */
export function normalize(n: bigint): Integer {
  return n >= -9007199254740991n && n <= 9007199254740991n ? Number(n) : n
}

/** The int64 of the same 64 bits: what is above the greatest begins again at the least. */
export function signed(n: Integer): Integer {
  return typeof n === 'number' ? n : normalize(BigInt.asIntN(64, n))
}

/** Decimal digits. */
export function formatInteger(n: Integer): string {
  return `${n}`
}
