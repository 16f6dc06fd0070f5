/**
 * Sine, cosine and arcsine, rounded as well as a double can be.
 *
 * Each browser has its own, wrong by up to one unit in the last place, and often enough: Node 20
 * differs from C in 1.8 % of sines. Distances would then not be the same in two browsers, nor those
 * of a real server. Here the error before the last rounding is some thousandths of a unit, so that the
 * result is the nearest double but for one call in thousands; C's own is for all but one in 700.
 *
 * An angle is taken apart into the nearest 64th, for which sine and cosine stand in a table with twice
 * the digits, and a rest below 1/128, for which three terms of the series are enough. Sums of two
 * doubles without overlap carry the digits that one double cannot ("double-double", Dekker 1971).
 */

const STEPS = 64
/** Angles from zero to 4: more than half a turn. */
const ENTRIES = 4 * STEPS

/** For each 64th: sine and what it lacks, cosine and what it lacks. */
let table: Float64Array | null = null

/** Whole numbers stand for this part of them while the table is made. */
const BITS = 160n

/** The table from sine and cosine of one 64th, by turning on by as much again and again. */
function makeTable(): Float64Array {
  const one = 1n << BITS
  let term = one
  const sums: [cosine: bigint, sine: bigint] = [0n, 0n]
  for (let n = 0; term !== 0n; n++) {
    // The signs go + + - -: cosine and sine take turns.
    sums[n & 1] = (sums[n & 1] as bigint) + (n & 2 ? -term : term)
    term /= BigInt(STEPS * (n + 1))
  }
  const [stepCosine, stepSine] = sums
  const made = new Float64Array(4 * ENTRIES)
  let sine = 0n
  let cosine = one
  for (let k = 0; k < ENTRIES; k++) {
    split(sine, made, 4 * k)
    split(cosine, made, 4 * k + 2)
    const next = (sine * stepCosine + cosine * stepSine) >> BITS
    cosine = (cosine * stepCosine - sine * stepSine) >> BITS
    sine = next
  }
  return made
}

/** The nearest double, and the nearest to what it lacks. */
function split(value: bigint, into: Float64Array, at: number): void {
  const head = Number(value)
  const scale = 2 ** -Number(BITS)
  into[at] = head * scale
  into[at + 1] = Number(value - BigInt(head)) * scale
}

/** The second half of the last result: what its first half lacks. */
let rest = 0

/** What the rounded product `product` of two doubles lacks. */
function lost(a: number, b: number, product: number): number {
  const splitA = 134217729 * a
  const highA = splitA - (splitA - a)
  const lowA = a - highA
  const splitB = 134217729 * b
  const highB = splitB - (splitB - b)
  const lowB = b - highB
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB)
}

/** Sine (`turned` 0) or cosine (2) of an angle from 0 to below 4, leaving in `rest` what it lacks. */
function precise(angle: number, turned: 0 | 2): number {
  table ??= makeTable()
  const k = Math.round(angle * STEPS)
  const r = angle - k / STEPS // Exact.
  const square = r * r
  // sin r = r + r·p, cos r = 1 + q
  const p = square * (-1 / 6 + square * (1 / 120 - square / 5040))
  const q = square * (-1 / 2 + square * (1 / 24 - square / 720))
  const at = 4 * Math.min(k, ENTRIES - 1)
  // sin(a + r) = sin a cos r + cos a sin r; cos(a + r) = cos a cos r - sin a sin r
  const near = table[at + turned] as number
  const across = turned === 0 ? (table[at + 2] as number) : -(table[at] as number)
  const acrossRest = turned === 0 ? (table[at + 3] as number) : -(table[at + 1] as number)
  const product = across * r
  const sum = near + product
  // What the sum lacks, without asking which of the two is larger.
  const virtual = sum - near
  const left = near - (sum - virtual) + (product - virtual)
  const small =
    left +
    lost(across, r, product) +
    ((table[at + turned + 1] as number) + acrossRest * r + near * q + product * p)
  const head = sum + small
  rest = small - (head - sum)
  return head
}

/** Beyond half a turn nothing that is shown depends on the last digit. */
const FAR = 3.9

export function sine(angle: number): number {
  const size = Math.abs(angle)
  if (!(size < FAR)) return Math.sin(angle)
  const value = precise(size, 0)
  return angle < 0 ? -value : value
}

export function cosine(angle: number): number {
  const size = Math.abs(angle)
  return size < FAR ? precise(size, 2) : Math.cos(angle)
}

const HALF_PI_REST = 6.123233995736766e-17

/** The angle from 0 to π/2 that has this sine; NaN for a sine beyond 1. */
export function arcsine(value: number): number {
  if (!(value > 0 && value < 1)) return Math.asin(value)
  if (value <= 0.75) {
    const guess = Math.asin(value)
    return guess + correction(guess, value, 0)
  }
  // Near a quarter turn the sine says little: asin y = π/2 - 2·asin √((1 - y) / 2)
  const half = (1 - value) / 2 // Exact.
  const root = Math.sqrt(half)
  const square = root * root
  const rootRest = (half - square - lost(root, root, square)) / (2 * root)
  const guess = Math.asin(root)
  const sum = Math.PI / 2 - 2 * guess
  const left = Math.PI / 2 - sum - 2 * guess
  return sum + (left + (HALF_PI_REST - 2 * correction(guess, root, rootRest)))
}

/** One step of Newton's method: what a guess at the arcsine of `value + valueRest` lacks. */
function correction(guess: number, value: number, valueRest: number): number {
  const found = precise(guess, 0)
  return (value - found + (valueRest - rest)) / Math.sqrt(1 - found * found)
}
