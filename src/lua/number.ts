/**
 * Numbers as text: `%.14g` out, C's strtod in.
 */

/** A number as Lua prints it. */
export function formatNumber(n: number): string {
  if (n % 1 === 0 && n < 1e14 && n > -1e14) return n === 0 && 1 / n < 0 ? '-0' : `${n}`
  return formatG(n, 14)
}

/** `%.<precision>g` of C: rounded to even where JavaScript rounds a tie up. `alternate` is `#`. */
export function formatG(n: number, precision: number, alternate = false): string {
  if (Number.isNaN(n)) return '-nan' // what x86 makes of 0/0; JavaScript cannot see the sign of a NaN
  if (n === Infinity) return 'inf'
  if (n === -Infinity) return '-inf'
  const digits = precision === 0 ? 1 : precision
  let text = exponential(n, digits)
  const e = text.indexOf('e')
  const exponent = Number(text.slice(e + 1))
  if (exponent < -4 || exponent >= digits) {
    let mantissa = text.slice(0, e)
    if (!alternate) mantissa = stripZeros(mantissa)
    else if (digits === 1) mantissa += '.'
    const size = Math.abs(exponent)
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`
  }
  const negative = text.charCodeAt(0) === 45 ? '-' : ''
  const plain = text.slice(negative.length, e).replace('.', '')
  if (exponent < 0) text = `0.${'0'.repeat(-exponent - 1)}${plain}`
  else if (plain.length === exponent + 1) text = alternate ? `${plain}.` : plain
  else text = `${plain.slice(0, exponent + 1)}.${plain.slice(exponent + 1)}`
  return negative + (alternate ? text : stripZeros(text))
}

function stripZeros(text: string): string {
  if (!text.includes('.')) return text
  let end = text.length
  while (text.charCodeAt(end - 1) === 48) end--
  if (text.charCodeAt(end - 1) === 46) end--
  return text.slice(0, end)
}

/** `d.ddde±x` with so many digits, ties to even as C does it. */
function exponential(n: number, digits: number): string {
  if (n === 0) {
    const zero = digits > 1 ? `0.${'0'.repeat(digits - 1)}e+0` : '0e+0'
    return 1 / n < 0 ? `-${zero}` : zero
  }
  if (digits > 101) {
    // No double has more than 767 digits, but nobody asks for them twice: 101 and zeros.
    const text = n.toExponential(100)
    const e = text.indexOf('e')
    return text.slice(0, e) + '0'.repeat(digits - 101) + text.slice(e)
  }
  const text = n.toExponential(digits - 1)
  // A tie is a number that has exactly one digit more, a five.
  if (digits > 25) return text
  const longer = n.toExponential(digits)
  if (longer.charCodeAt(longer.indexOf('e') - 1) !== 53) return text
  const exact = n.toExponential(60)
  const e = exact.indexOf('e')
  for (let i = exact.indexOf('.') + digits + 1; i < e; i++) {
    if (exact.charCodeAt(i) !== 48) return text
  }
  const last = exact.charCodeAt(exact.indexOf('.') + digits - 1)
  const kept = digits === 1 ? exact.charCodeAt(exact.indexOf('.') - 1) : last
  if ((kept & 1) === 1) return text
  // The even neighbour is the one that was cut, not rounded.
  const dot = exact.indexOf('.')
  const cut = digits === 1 ? exact.slice(0, dot) : exact.slice(0, dot + digits)
  return cut + exact.slice(e)
}

const SPACE = /^[ \t\n\v\f\r]+/
const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]+))?/
const NAMED = /^([+-]?)(inf(?:inity)?|nan)/i

/** A number as `tonumber` and arithmetic read it; undefined for what is none. */
export function parseNumber(source: string): number | undefined {
  const length = source.length
  if (length > 0 && length < 16) {
    let n = 0
    let i = 0
    for (; i < length; i++) {
      const digit = source.charCodeAt(i) - 48
      if (digit < 0 || digit > 9) break
      n = n * 10 + digit
    }
    if (i === length) return n
  }
  // C stops at a zero byte.
  const zero = source.indexOf('\0')
  let text = (zero < 0 ? source : source.slice(0, zero)).replace(SPACE, '')
  let value: number
  const hex = HEX.exec(text)
  if (hex !== null && (hex[2] !== '' || (hex[3] ?? '') !== '')) {
    value = hexadecimal(hex[2] as string, hex[3] ?? '', Number(hex[4] ?? 0))
    if (hex[1] === '-') value = -value
    text = text.slice(hex[0].length)
  } else {
    const decimal = DECIMAL.exec(text)
    if (decimal !== null) {
      value = Number(decimal[0])
      text = text.slice(decimal[0].length)
    } else {
      const named = NAMED.exec(text)
      if (named === null) return undefined
      value = (named[2] as string)[0]?.toLowerCase() === 'i' ? Infinity : NaN
      if (named[1] === '-') value = -value
      text = text.slice(named[0].length)
    }
  }
  return text.replace(SPACE, '') === '' ? value : undefined
}

function hexadecimal(whole: string, fraction: string, exponent: number): number {
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return 0
  const shift = exponent - fraction.length * 4
  // Fourteen digits hold every bit that can count; what follows only breaks ties.
  const value = digits.length <= 13 ? Number.parseInt(digits, 16) : Number(BigInt(`0x${digits}`))
  return value * 2 ** shift
}
