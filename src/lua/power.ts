/**
 * Powers, as C has them.
 *
 * JavaScript's `**` is off by one unit in the last place for every tenth whole exponent (5 ** 29 in V8),
 * C's almost never. So whole exponents are multiplied out with twice the digits: sums of two doubles
 * without overlap (Dekker 1971), rounded once at the end. Other exponents are left to JavaScript.
 */

/** Between these, what the products lack is a normal number too. */
const LEAST = 1e-250
const MOST = 1e250
/** Beyond so many factors, few results are in that range, and the errors add up. */
const MOST_FACTORS = 1024

/** x to the power of y; one to any power is one, and so is minus one to an infinite one. */
export function power(x: number, y: number): number {
  if (y === 2) return x * x
  const result = x ** y
  if (Number.isInteger(y)) {
    // Small whole numbers are exact as they are.
    if (Number.isSafeInteger(result)) return result
    const size = Math.abs(result)
    if (size > LEAST && size < MOST && Math.abs(y) <= MOST_FACTORS) return multiplied(x, y)
    return result
  }
  if (!Number.isNaN(result)) return result
  return x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : result
}

/** What a rounded product lacks. */
function lost(a: number, b: number, product: number): number {
  const aSplit = 134217729 * a
  const aHigh = aSplit - (aSplit - a)
  const aLow = a - aHigh
  const bSplit = 134217729 * b
  const bHigh = bSplit - (bSplit - b)
  const bLow = b - bHigh
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
}

/** By squaring, with the low half of each number beside it. */
function multiplied(x: number, exponent: number): number {
  let high = 1
  let low = 0
  let square = x
  let squareLow = 0
  let left = Math.abs(exponent)
  for (;;) {
    if (left % 2 === 1) {
      const product = high * square
      const rest = lost(high, square, product) + (high * squareLow + low * square)
      high = product + rest
      low = rest - (high - product)
    }
    left = Math.floor(left / 2)
    if (left === 0) break
    const product = square * square
    const rest = lost(square, square, product) + 2 * square * squareLow
    square = product + rest
    squareLow = rest - (square - product)
  }
  if (exponent > 0) return high
  const inverse = 1 / high
  const product = inverse * high
  return inverse + (1 - product - lost(inverse, high, product) - inverse * low) / high
}
