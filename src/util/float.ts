/**
 * Doubles as Redis reads and prints them.
 *
 * Reading follows C's strtod: decimal with exponent, hexadecimal floats, infinities in any case, and
 * nothing before or after. Redis refuses NaN, and it refuses what strtod reports as out of range:
 * 1e999 and 1e-999 are "not a valid float", while the text `inf` is fine (checked against 7.0.15).
 *
 * Printing follows Redis 7.2 and later: integers up to 2^62 in full, everything else in digits that
 * read back and are nearly always the fewest (grisu.ts), laid out by rules that differ from
 * JavaScript's (1e-7, 1.6900000001234567e+9). Redis 7.0 and before printed `%.17g`, and newer ones
 * still do in places; that is `formatG17`.
 */
import { grisu2 } from './grisu.ts'

const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i
const HEX = /^[+-]?0x(?:([0-9a-f]+)(?:\.([0-9a-f]*))?|\.([0-9a-f]+))(?:p([+-]?[0-9]+))?$/i
const INFINITE = /^[+-]?inf(?:inity)?$/i

/** The integers that Redis prints without an exponent: LLONG_MAX / 2, rounded to a double. */
const MOST_WHOLE = 2 ** 62

/** A double as strtod reads it; undefined for what Redis calls "not a valid float". */
export function parseDouble(text: string): number | undefined {
  // Most scores are small whole numbers.
  const whole = smallWhole(text)
  if (whole >= 0) return whole
  if (text.length === 0) return undefined
  if (DECIMAL.test(text)) {
    const n = Number(text)
    if (n === 0) return hasDigits(text) ? undefined : n
    return Number.isFinite(n) ? n : undefined
  }
  if (INFINITE.test(text)) return text.charCodeAt(0) === 45 ? -Infinity : Infinity
  const hex = scanHex(text)
  if (hex === undefined) return undefined
  if (hex.digits === 0n) return hex.negative ? -0 : 0
  const rounded = roundBinary(hex.digits, hex.exponent, 53, -1074)
  if (rounded.digits === 0n) return undefined
  // Two steps, because 2 ** exponent alone may leave the range of a double.
  const half = Math.trunc(rounded.exponent / 2)
  const n = Number(rounded.digits) * 2 ** half * 2 ** (rounded.exponent - half)
  if (!Number.isFinite(n)) return undefined
  return hex.negative ? -n : n
}

/** A number of up to fifteen digits and nothing else, or -1. */
function smallWhole(text: string): number {
  const { length } = text
  if (length === 0 || length > 15) return -1
  let n = 0
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    n = n * 10 + digit
  }
  return n
}

/**
 * A double where Redis is more liberal: bounds of scores, what SORT sorts by. Nothing at all is zero, too
 * large is infinite, too small is zero, what follows a zero byte is not seen, and since Redis 8 there
 * are no hexadecimal numbers. Undefined for what is no number.
 */
export function parseNumeral(text: string): number | undefined {
  const whole = smallWhole(text)
  if (whole >= 0) return whole
  if (text === '-inf') return -Infinity
  if (text === '+inf') return Infinity
  const end = text.indexOf('\0')
  const number = end < 0 ? text : text.slice(0, end)
  if (number === '') return 0
  const n = parseDouble(number)
  if (n !== undefined) return HEX.test(number) ? undefined : n
  return DECIMAL.test(number) ? Number(number) : undefined
}

/** Whether a decimal text has a digit other than zero before its exponent. */
export function hasDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 101 || code === 69) return false
    if (code >= 49 && code <= 57) return true
  }
  return false
}

/** A number as sign, whole digits and a power. */
export interface Scanned {
  readonly negative: boolean
  readonly digits: bigint
  readonly exponent: number
}

/** A hexadecimal float, as digits times a power of two. */
export function scanHex(text: string): Scanned | undefined {
  const found = HEX.exec(text)
  if (found === null) return undefined
  const whole = found[1] ?? ''
  const fraction = found[2] ?? found[3] ?? ''
  // A power so large that it decides alone is cut to what decides just as well.
  const limit = 100_000 + 4 * text.length
  const power = Math.max(-limit, Math.min(limit, Number(found[4] ?? 0)))
  return {
    negative: text.charCodeAt(0) === 45,
    digits: BigInt(`0x${whole}${fraction}`),
    exponent: power - 4 * fraction.length,
  }
}

/**
 * Rounds digits × 2^exponent to at most `bits` significant bits, to nearest and ties to even, with
 * no bit below 2^least. `sticky` says that a non-zero remainder was already cut off below.
 */
export function roundBinary(
  digits: bigint,
  exponent: number,
  bits: number,
  least: number,
  sticky = false,
): { digits: bigint; exponent: number } {
  const length = bitLength(digits)
  const cut = Math.max(length - bits, least - exponent)
  if (cut <= 0) return { digits, exponent }
  // Everything lies below half of the last place.
  if (cut > length) return { digits: 0n, exponent: least }
  const shift = BigInt(cut)
  const half = 1n << (shift - 1n)
  const rest = digits & ((half << 1n) - 1n)
  let kept = digits >> shift
  if (rest > half || (rest === half && (sticky || (kept & 1n) === 1n))) kept += 1n
  return { digits: kept, exponent: exponent + cut }
}

/** Number of bits of a natural number. */
export function bitLength(n: bigint): number {
  if (n === 0n) return 0
  const hex = n.toString(16)
  return hex.length * 4 - Math.clz32(Number.parseInt(hex[0] as string, 16)) + 28
}

/** A double as Redis 7.2 and later print it in replies. */
export function formatDouble(n: number): string {
  if (Number.isSafeInteger(n)) return n === 0 && 1 / n < 0 ? '-0' : `${n}`
  if (Number.isNaN(n)) return 'nan'
  if (n === Infinity) return 'inf'
  if (n === -Infinity) return '-inf'
  if (Number.isInteger(n) && Math.abs(n) <= MOST_WHOLE) return `${BigInt(n)}`
  const text = String(n)
  return isUndisputed(n, text) ? text : layOut(n)
}

/**
 * Whether the text that JavaScript has is also Redis's, which is so for nearly all everyday decimals:
 * few enough digits that no others compete (15), few enough places to be written plainly (6), and
 * well inside of the interval that reads back as n, where Redis's algorithm sees them too.
 */
function isUndisputed(n: number, text: string): boolean {
  const point = text.indexOf('.')
  const places = text.length - point - 1
  const size = Math.abs(n)
  if (point < 0 || places > 6 || text.length > 16 || size < 1e-6 || size > 1e15) return false
  const scale = 10 ** places
  // The exact error of the decimal, by Dekker's product: what n × scale lost in rounding is `lost`.
  const product = size * scale
  const split = 134217729 * size
  const high = split - (split - size)
  const low = size - high
  const scaleSplit = 134217729 * scale
  const scaleHigh = scaleSplit - (scaleSplit - scale)
  const scaleLow = scale - scaleHigh
  const lost = low * scaleLow - (product - high * scaleHigh - low * scaleHigh - high * scaleLow)
  const error = Math.round(product) - product - lost
  // Half of the last place is between 2^-54 and 2^-53 of the number; the margin is generous.
  return Math.abs(error) < product * 2 ** -54 * 0.98
}

/**
 * The digits as Redis writes them (fpconv's rules). With the value as digits × 10^scale: whole numbers
 * are padded with up to six zeros, decimals are plain if they have fewer than seven places or
 * are within four orders of magnitude of one, and the rest is scientific.
 */
function layOut(n: number): string {
  const sign = n < 0 ? '-' : ''
  const shortest = Math.abs(n).toExponential()
  const mark = shortest.indexOf('e')
  const { digits, scale } = grisu2(Math.abs(n), mark === 1 ? 1 : mark - 1)
  const power = scale + digits.length - 1
  const size = Math.abs(power)
  if (scale >= 0 && size < digits.length + 7) return sign + digits + '0'.repeat(scale)
  if (scale < 0 && (scale > -7 || size < 4)) {
    const point = digits.length + scale
    if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
    return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  return `${sign}${digits[0]}${fraction}e${power < 0 ? '-' : '+'}${size}`
}

/** A double as C prints it with `%.17g`, as Redis 7.0 did in replies. */
export function formatG17(n: number): string {
  if (n === 0) return 1 / n < 0 ? '-0' : '0'
  if (Number.isNaN(n)) return 'nan'
  if (n === Infinity) return 'inf'
  if (n === -Infinity) return '-inf'
  // Whole, or in 256ths, and of so few digits that the shortest are exact: most scores (12 times as fast).
  const size = Math.abs(n)
  if (size < 1e7 ? Number.isInteger(size * 256) : Number.isSafeInteger(size)) return String(n)
  const sign = n < 0 ? '-' : ''
  const text = seventeen(size)
  const e = text.indexOf('e')
  return layOutG17(sign, text[0] + text.slice(2, e), Number(text.slice(e + 1)))
}

/** Seventeen digits, the first of which stands for its number times 10^power, as `%.17g` has them. */
export function layOutG17(sign: string, digits: string, power: number): string {
  if (power < -4 || power >= 17) {
    const fraction = digits.slice(1).replace(/0+$/, '')
    const exponent = String(Math.abs(power)).padStart(2, '0')
    const point = fraction === '' ? '' : '.'
    return `${sign}${digits[0]}${point}${fraction}e${power < 0 ? '-' : '+'}${exponent}`
  }
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits.replace(/0+$/, '')}`
  const fraction = digits.slice(power + 1).replace(/0+$/, '')
  return `${sign}${digits.slice(0, power + 1)}${fraction === '' ? '' : '.'}${fraction}`
}

/** Seventeen digits in scientific notation; a tie goes to the even digit as in C, not up. */
function seventeen(n: number): string {
  // Of a tie eighteen digits are all there are; so there are at most as many bits behind the point, but
  // for the zeros in front of them.
  if (n >= 1e-6 && !Number.isInteger(n * (n >= 1 ? 2 ** 17 : 2 ** 24))) return n.toExponential(16)
  const exact = n.toExponential(60)
  const tie = /^.{18}50*e/.test(exact) && '02468'.includes(exact[17] as string)
  return tie ? exact.slice(0, 18) + exact.slice(exact.indexOf('e')) : n.toExponential(16)
}

/** A double as C prints it with `%f`: six decimals, halves to the even one. */
export function formatF6(n: number): string {
  if (Number.isNaN(n)) return 'nan'
  if (!Number.isFinite(n)) return n < 0 ? '-inf' : 'inf'
  const size = Math.abs(n)
  const sign = n < 0 || Object.is(n, -0) ? '-' : ''
  if (size >= 2 ** 53) return `${sign}${BigInt(size)}.000000`
  const text = size.toFixed(6)
  // JavaScript rounds halves up. They are exact in binary: odd numbers of 128ths.
  const half = size * 128
  if (Number.isInteger(half) && half % 2 === 1 && Number(text.at(-1)) % 2 === 1) {
    return sign + text.slice(0, -1) + String(Number(text.at(-1)) - 1)
  }
  return sign + text
}
