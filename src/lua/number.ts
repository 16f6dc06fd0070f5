// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * Numbers as Lua 5.1 reads and prints them, on Linux.
 *
 * Printing is C's printf. JavaScript has the same exact algorithms under other names (`toFixed`,
 * `toExponential`, `toPrecision`) with three differences, which are what this file is about: exact halves
 * go up there and to the even digit in C, `toFixed` gives up at 10^21, and exponents have one digit.
 * Whether a number is an exact half at a decimal place is asked of its lowest bit: n × 10^p is a whole
 * number and a half only if n × 2^(p+1) is odd. So no digit is ever computed twice.
 *
 * A NaN has no sign in JavaScript. What arithmetic makes on x86-64 has one, so that `0/0` prints as
 * `-nan` in Lua; here all of them do.
 *
 * Reading is C's strtod with what Lua puts around it: blanks on both sides, hexadecimal (floats too),
 * infinities and NaN, and the end at a zero byte.
 */
import { roundBinary, scanHex } from '../util/float.ts'

/** What a directive of printf says beside its letter. */
export interface Layout {
  /** `-`, `+`, blank, `#`, `0`. */
  readonly left: boolean
  readonly plus: boolean
  readonly blank: boolean
  readonly alternate: boolean
  readonly zero: boolean
  readonly width: number
  /** -1 if not given. */
  readonly precision: number
}

/** How NaN is written; tests change it, to tell who depends on a sign that is not there. */
export const notANumber = { text: '-nan' }

/** A number as `tostring` has it: `%.14g`. */
export function formatNumber(n: number): string {
  if (n === (n | 0)) return n === 0 && 1 / n < 0 ? '-0' : `${n}`
  const size = n < 0 ? -n : n
  const scaled = size * 10000
  if (scaled < 1e13 && scaled === Math.floor(scaled) && scaled > 0) {
    // Up to four decimals: thirteen digits are exact, and writing whole numbers is much faster.
    const whole = Math.floor(size)
    return `${n < 0 ? '-' : ''}${whole}${decimals(Math.round(scaled - whole * 10000))}`
  }
  if (size < 1e14 && size >= 1e-4) {
    // The shortest digits that read back are the first fourteen, rounded, if they are no more.
    const text = `${n}`
    if (text.length <= 15) return text
  }
  if (Number.isNaN(n)) return notANumber.text
  if (size === Infinity) return n < 0 ? '-inf' : 'inf'
  return n < 0 ? `-${general(size, 14, false)}` : general(size, 14, false)
}

/** So many ten-thousandths, with the point in front and without zeros behind. */
function decimals(part: number): string {
  if (part === 0) return ''
  if (part % 1000 === 0) return `.${part / 1000}`
  if (part % 100 === 0) return part < 1000 ? `.0${part / 100}` : `.${part / 100}`
  let text = `${part + 10000}`.slice(1)
  if (part % 10 === 0) text = text.slice(0, 3)
  return `.${text}`
}

/** `%.Ng` for cjson and the like: any precision from 1 to 99. */
export function formatGeneral(n: number, precision: number): string {
  if (precision === 14) return formatNumber(n)
  if (Number.isNaN(n)) return notANumber.text
  const negative = n < 0 || (n === 0 && 1 / n < 0)
  const size = negative ? -n : n
  const text = size === Infinity ? 'inf' : general(size, precision, false)
  return negative ? `-${text}` : text
}

/** A double as `%e`, `%f` or `%g` print it, with flags, width and precision. */
export function formatFloat(n: number, letter: string, layout: Layout): string {
  const negative = n < 0 || (n === 0 && 1 / n < 0) || Number.isNaN(n)
  const size = negative ? -n : n
  const sign = negative ? '-' : layout.plus ? '+' : layout.blank ? ' ' : ''
  const lower = letter.toLowerCase()
  let text: string
  const finite = size < Infinity
  if (!finite) text = size === Infinity ? 'inf' : 'nan'
  else {
    const precision = layout.precision < 0 ? 6 : layout.precision
    if (lower === 'f') text = fixed(size, precision, layout.alternate)
    else if (lower === 'e') text = scientific(size, precision, layout.alternate)
    else text = general(size, precision === 0 ? 1 : precision, layout.alternate)
  }
  if (letter !== lower) text = text.toUpperCase()
  return pad(sign, text, layout, layout.zero && finite)
}

/** Whole numbers as `%d`, `%u`, `%o`, `%x` print a C long; `n` is cut to 64 bits as C on x86-64 does. */
export function formatInteger(n: number, letter: string, layout: Layout): string {
  let sign = ''
  let text: string
  if (letter === 'd' || letter === 'i') {
    const whole = toInteger(n)
    const negative = whole < 0
    const size = negative ? -whole : whole
    text = size <= Number.MAX_SAFE_INTEGER ? `${size}` : `${BigInt(size)}`
    sign = negative ? '-' : layout.plus ? '+' : layout.blank ? ' ' : ''
  } else {
    const base = letter === 'o' ? 8 : letter === 'u' ? 10 : 16
    if (n >= 0 && n <= Number.MAX_SAFE_INTEGER) text = Math.trunc(n).toString(base)
    else text = toUnsigned(n).toString(base)
    if (letter === 'X') text = text.toUpperCase()
    if (layout.alternate && text !== '0') {
      if (base === 16) sign = letter === 'X' ? '0X' : '0x'
    }
  }
  const { precision } = layout
  if (precision >= 0) {
    // Of nothing, no digits: `%.0d` of zero is empty.
    if (precision === 0 && text === '0') text = ''
    text = text.padStart(precision, '0')
  }
  if (letter === 'o' && layout.alternate && text[0] !== '0') text = `0${text}`
  return pad(sign, text, layout, layout.zero && precision < 0)
}

/** Fills up to the width: with zeros between sign and digits, or blanks at either side. */
function pad(sign: string, text: string, layout: Layout, zeros: boolean): string {
  const missing = layout.width - sign.length - text.length
  if (missing <= 0) return sign + text
  if (layout.left) return sign + text + ' '.repeat(missing)
  if (zeros) return sign + '0'.repeat(missing) + text
  return ' '.repeat(missing) + sign + text
}

/** A C cast from double to long on x86-64: what does not fit is the least. */
export function toInteger(n: number): number {
  return n >= -(2 ** 63) && n < 2 ** 63 ? Math.trunc(n) : -(2 ** 63)
}

/** A C cast from double to int, by way of long as Lua does it. */
export function toInt(n: number): number {
  return n >= -(2 ** 63) && n < 2 ** 63 ? n | 0 : 0
}

/** A C cast from double to unsigned long, as gcc compiles it for x86-64. */
export function toUnsigned(n: number): bigint {
  if (n < 2 ** 63) return BigInt.asUintN(64, BigInt(toInteger(n)))
  if (n >= 2 ** 64) return 0n
  return !Number.isNaN(n) ? BigInt(Math.trunc(n)) : 1n << 63n
}

// ------------------------------------------------------------------------ digits, of n ≥ 0, finite

/** `%.Pf` */
function fixed(n: number, precision: number, alternate: boolean): string {
  let text: string
  if (n >= 1e21) {
    text = BigInt(n).toString()
    if (precision > 0) text += `.${'0'.repeat(precision)}`
  } else {
    text = n.toFixed(precision)
    if (isHalf(n, precision)) text = toEven(text, text.length - 1)
  }
  return alternate && precision === 0 ? `${text}.` : text
}

/** `%.Pe` */
function scientific(n: number, precision: number, alternate: boolean): string {
  const text = n.toExponential(precision)
  const mark = text.indexOf('e')
  const power = Number(text.slice(mark + 1))
  let digits = text.slice(0, mark)
  if (isHalf(n, precision - power)) digits = toEven(digits, mark - 1)
  if (alternate && precision === 0) digits += '.'
  return digits + exponent(power)
}

/** `%.Pg` */
function general(n: number, precision: number, alternate: boolean): string {
  if (n === 0) return alternate ? `0.${'0'.repeat(precision - 1)}` : '0'
  const text = n.toExponential(precision - 1)
  const mark = text.indexOf('e')
  const power = Number(text.slice(mark + 1))
  let digits = text.slice(0, mark)
  if (isHalf(n, precision - 1 - power)) digits = toEven(digits, mark - 1)
  if (power < -4 || power >= precision) {
    if (!alternate) digits = withoutZeros(digits)
    else if (precision === 1) digits += '.'
    return digits + exponent(power)
  }
  const all = digits.length > 1 ? digits[0]! + digits.slice(2) : digits
  let plain: string
  if (power < 0) plain = `0.${'0'.repeat(-power - 1)}${all}`
  else if (power + 1 < all.length) plain = `${all.slice(0, power + 1)}.${all.slice(power + 1)}`
  else return alternate ? `${all}.` : all
  return alternate ? plain : withoutZeros(plain)
}

function exponent(power: number): string {
  const size = power < 0 ? -power : power
  return `${power < 0 ? 'e-' : 'e+'}${size < 10 ? '0' : ''}${size}`
}

/** Without the zeros at the end of a fraction, nor the point if nothing is left. */
function withoutZeros(text: string): string {
  if (text.indexOf('.') < 0) return text
  let end = text.length
  while (text.charCodeAt(end - 1) === 48) end--
  if (text.charCodeAt(end - 1) === 46) end--
  return text.slice(0, end)
}

/**
 * Whether n lies exactly between two numbers of so many decimal places. Where rounding has led to the
 * next power of ten, `places` is one too few, and the answer is no, which is right: the digits end
 * in a zero.
 */
function isHalf(n: number, places: number): boolean {
  if (places >= 0) {
    const odd = n * 2 ** (places + 1)
    return odd <= Number.MAX_SAFE_INTEGER && odd % 2 === 1
  }
  // Whole numbers only, and most are too small to be cut.
  if (!Number.isInteger(n)) return false
  const unit = 10n ** BigInt(-places)
  return (BigInt(n) % unit) * 2n === unit
}

/** Takes one from the digit at `at` if it is odd, as JavaScript has rounded it up. */
function toEven(text: string, at: number): string {
  const digit = text.charCodeAt(at)
  if ((digit & 1) === 0) return text
  return text.slice(0, at) + String.fromCharCode(digit - 1) + text.slice(at + 1)
}

// --------------------------------------------------------------------------------------- reading

const NUMBER =
  /^[ \t\n\v\f\r]*(?:([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?)|([+-]?0x(?:[0-9a-f]+(?:\.[0-9a-f]*)?|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?)|([+-]?)(?:(inf(?:inity)?)|nan(?:\([0-9a-z_]*\))?))[ \t\n\v\f\r]*(?:\0|$)/i

/** A text as a number, where Lua converts one; undefined where it says that it cannot. */
export function parseNumber(text: string): number | undefined {
  const length = text.length
  if (length === 0) return undefined
  if (length <= 15) {
    // Most are small whole numbers.
    let n = 0
    let i = 0
    for (; i < length; i++) {
      const digit = text.charCodeAt(i) - 48
      if (digit < 0 || digit > 9) break
      n = n * 10 + digit
    }
    if (i === length) return n
  }
  const found = NUMBER.exec(text)
  if (found === null) return undefined
  if (found[1] !== undefined) return Number(found[1])
  if (found[2] !== undefined) return parseHex(found[2])
  if (found[4] !== undefined) return found[3] === '-' ? -Infinity : Infinity
  return NaN
}

/** A hexadecimal float, as strtod rounds it. */
function parseHex(text: string): number {
  const hex = scanHex(text)!
  let n = 0
  if (hex.digits !== 0n) {
    const rounded = roundBinary(hex.digits, hex.exponent, 53, -1074)
    // Two steps, because 2 ** exponent alone may leave the range of a double.
    const half = Math.trunc(rounded.exponent / 2)
    n = Number(rounded.digits) * 2 ** half * 2 ** (rounded.exponent - half)
  }
  return hex.negative ? -n : n
}
