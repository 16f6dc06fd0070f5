/**
 * The 80-bit `long double` of x86-64, for INCRBYFLOAT and HINCRBYFLOAT.
 *
 * Redis adds in that type and prints `%.17Lf`, so a double would give other digits: 0.1 + 0.2 is 0.3
 * there. A value is a significand of 64 bits times a power of two, each operation is exact in
 * bigints and then rounded once, to nearest with ties to even, as the hardware does.
 *
 * Whole numbers that a double holds exactly stay numbers: counters never touch a bigint.
 */
import { bitLength, hasDigits, layOutG17, roundBinary, scanHex } from './float.ts'
import { type Integer, normalize } from './integer.ts'

/** digits × 2^exponent with a sign; infinity and NaN are in `exponent`. */
export interface Wide {
  readonly negative: boolean
  readonly digits: bigint
  readonly exponent: number
}

/** A number only if it is a safe integer and not negative zero. */
export type LongDouble = number | Wide

const BITS = 64
/** The power of the last bit of the smallest numbers. */
const LEAST = -16445
/** The power at and above which a number is infinite. */
const TOO_LARGE = 16384
/** Redis reads into a buffer of this size, terminator included. */
const MAX_CHARS = 5 * 1024

/** LDBL_MAX: the greatest that is finite. */
export const MAX_LONG_DOUBLE: LongDouble = {
  negative: false,
  digits: 0xffffffffffffffffn,
  exponent: TOO_LARGE - BITS,
}

const DECIMAL = /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:e([+-]?[0-9]+))?$/i
const INFINITE = /^[+-]?inf(?:inity)?$/i
const SMALL = /^(?:0|-?[1-9][0-9]{0,14})$/

/** As Redis's string2ld: undefined for NaN, overflow, underflow to zero and what is no number. */
export function parseLongDouble(text: string): LongDouble | undefined {
  if (text.length <= 16 && SMALL.test(text)) return Number(text)
  if (text.length >= MAX_CHARS) return undefined
  const found = DECIMAL.exec(text)
  if (found !== null) return fromDecimal(text, found)
  if (INFINITE.test(text)) return wide(text.charCodeAt(0) === 45, 0n, Infinity)
  const hex = scanHex(text)
  if (hex === undefined) return undefined
  if (hex.digits === 0n) return wide(hex.negative, 0n, 0)
  return inRange(round(hex.negative, hex.digits, hex.exponent))
}

function fromDecimal(text: string, found: RegExpExecArray): LongDouble | undefined {
  const negative = found[1] === '-'
  const fraction = found[3] ?? found[4] ?? ''
  const power = Number(found[5] ?? 0)
  if (!hasDigits(text)) return wide(negative, 0n, 0)
  const all = `${found[2] ?? ''}${fraction}`.replace(/^0+/, '')
  const scale = power - fraction.length
  // Beyond these the answer is clear, and the power of ten would be enormous.
  if (scale + all.length > 5000 || scale + all.length < -5000) return undefined
  const digits = BigInt(all)
  if (scale >= 0) return inRange(round(negative, digits * 10n ** BigInt(scale), 0))
  // A quotient of more bits than are kept; whether something remains decides ties.
  const divisor = 10n ** BigInt(-scale)
  const shift = Math.max(0, BITS + 3 - bitLength(digits) + bitLength(divisor))
  const scaled = digits << BigInt(shift)
  const quotient = scaled / divisor
  return inRange(round(negative, quotient, -shift, scaled % divisor !== 0n))
}

/** What strtold reports as out of range is no number to Redis. */
function inRange(n: Wide): Wide | undefined {
  return n.exponent === Infinity || n.digits === 0n ? undefined : n
}

function wide(negative: boolean, digits: bigint, exponent: number): Wide {
  return { negative, digits, exponent }
}

function round(negative: boolean, digits: bigint, exponent: number, sticky = false): Wide {
  const rounded = roundBinary(digits, exponent, BITS, LEAST, sticky)
  if (bitLength(rounded.digits) + rounded.exponent > TOO_LARGE) return wide(negative, 0n, Infinity)
  return wide(negative, rounded.digits, rounded.exponent)
}

function widen(n: LongDouble): Wide {
  return typeof n === 'number' ? wide(n < 0, BigInt(Math.abs(n)), 0) : n
}

const bits = new DataView(new ArrayBuffer(8))

/** The same number in the wider type. It must be finite. */
export function longDoubleOf(n: Integer): LongDouble {
  if (typeof n === 'bigint') return wide(n < 0n, n < 0n ? -n : n, 0)
  if (Number.isSafeInteger(n) && !Object.is(n, -0)) return n
  bits.setFloat64(0, n)
  const high = bits.getUint32(0)
  const power = (high >>> 20) & 0x7ff
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(bits.getUint32(4))
  const digits = power === 0 ? fraction : fraction | (1n << 52n)
  return wide(n < 0 || Object.is(n, -0), digits, Math.max(1, power) - 1075)
}

/** Without its fraction; undefined for what is infinite or no number. */
export function truncateLongDouble(n: LongDouble): Integer | undefined {
  if (typeof n === 'number') return n
  if (!Number.isFinite(n.exponent)) return undefined
  const shift = BigInt(Math.abs(n.exponent))
  const whole = n.exponent < 0 ? n.digits >> shift : n.digits << shift
  return normalize(n.negative ? -whole : whole)
}

/** The sum, rounded as the hardware rounds it; may be infinite or NaN. */
export function addLongDouble(a: LongDouble, b: LongDouble): LongDouble {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (Number.isSafeInteger(sum)) return sum
  }
  const x = widen(a)
  const y = widen(b)
  if (!Number.isFinite(x.exponent) || !Number.isFinite(y.exponent)) return addInfinite(x, y)
  const least = Math.min(x.exponent, y.exponent)
  const left = x.digits << BigInt(x.exponent - least)
  const right = y.digits << BigInt(y.exponent - least)
  const sum = (x.negative ? -left : left) + (y.negative ? -right : right)
  return round(sum < 0n, sum < 0n ? -sum : sum, least)
}

function addInfinite(x: Wide, y: Wide): Wide {
  if (!Number.isFinite(x.exponent)) {
    const opposite = y.exponent === Infinity && x.negative !== y.negative
    return opposite ? wide(false, 0n, Number.NaN) : x
  }
  return y
}

/** The opposite. */
export function negateLongDouble(n: LongDouble): LongDouble {
  if (typeof n === 'number') return n === 0 ? wide(true, 0n, 0) : -n
  return wide(!n.negative, n.digits, n.exponent)
}

/** Negative, zero or positive, as the first is less, equal or greater. Neither may be NaN. */
export function compareLongDouble(a: LongDouble, b: LongDouble): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const x = widen(a)
  const y = widen(b)
  if (x.exponent === Infinity || y.exponent === Infinity) return rankInfinite(x) - rankInfinite(y)
  const least = Math.min(x.exponent, y.exponent)
  const left = x.digits << BigInt(x.exponent - least)
  const right = y.digits << BigInt(y.exponent - least)
  const difference = (x.negative ? -left : left) - (y.negative ? -right : right)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

function rankInfinite(n: Wide): number {
  if (n.exponent !== Infinity) return 0
  return n.negative ? -1 : 1
}

/** Whether a value is neither infinite nor NaN. */
export function isFiniteLongDouble(n: LongDouble): boolean {
  return typeof n === 'number' || Number.isFinite(n.exponent)
}

/**
 * As Redis's ld2string for humans: `%.17Lf` without trailing zeros, never "-0". Infinities print as
 * `inf` and `-inf`.
 */
export function formatLongDouble(n: LongDouble): string {
  if (typeof n === 'number') return `${n}`
  if (n.exponent === Infinity) return n.negative ? '-inf' : 'inf'
  if (!Number.isFinite(n.exponent)) return 'nan'
  const scaled = n.digits * 100000000000000000n
  const whole =
    n.exponent >= 0 ? scaled << BigInt(n.exponent) : roundShift(scaled, BigInt(-n.exponent))
  if (whole === 0n) return '0'
  const text = whole.toString().padStart(18, '0')
  const fraction = text.slice(-17).replace(/0+$/, '')
  const sign = n.negative ? '-' : ''
  return `${sign}${text.slice(0, -17)}${fraction === '' ? '' : '.'}${fraction}`
}

/** As C prints it with `%.17Lg`, which is Redis's ld2string where nothing else is asked for. */
export function formatLongDoubleG17(n: LongDouble): string {
  if (typeof n === 'number') return `${n}`
  // What the hardware makes of infinity less infinity has its sign set.
  if (Number.isNaN(n.exponent)) return '-nan'
  if (n.exponent === Infinity) return n.negative ? '-inf' : 'inf'
  const sign = n.negative ? '-' : ''
  if (n.digits === 0n) return `${sign}0`
  const shift = BigInt(Math.abs(n.exponent))
  const over = n.exponent < 0 ? n.digits : n.digits << shift
  const under = n.exponent < 0 ? 1n << shift : 1n
  let power = Math.floor((bitLength(n.digits) + n.exponent - 1) * Math.LOG10E * Math.LN2)
  for (;;) {
    // Scaled so that seventeen digits stand before the point, if the power was estimated well.
    const scale = 10n ** BigInt(Math.abs(16 - power))
    const digits = divideEven(
      power <= 16 ? over * scale : over,
      power <= 16 ? under : under * scale,
    ).toString()
    if (digits.length === 17) return layOutG17(sign, digits, power)
    power += digits.length - 17
  }
}

/** The quotient, to nearest with ties to even. */
function divideEven(over: bigint, under: bigint): bigint {
  const quotient = over / under
  const twice = 2n * (over % under)
  return twice > under || (twice === under && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}

/** n / 2^shift, to nearest with ties to even. */
function roundShift(n: bigint, shift: bigint): bigint {
  const kept = n >> shift
  const rest = n - (kept << shift)
  const half = 1n << (shift - 1n)
  return rest > half || (rest === half && (kept & 1n) === 1n) ? kept + 1n : kept
}
