/**
 * The digits that Redis prints for a double: those of Grisu2 (Florian Loitsch, "Printing
 * Floating-Point Numbers Quickly and Accurately with Integers", 2010).
 *
 * JavaScript prints the shortest digits that read back, and the nearest of those. Grisu2 works with
 * 64-bit approximations and stays clear of the edges of the interval, so that about one
 * number in 300 gets more digits or another last digit: 5.416703949e-15 is 5.4167039490000004e-15
 * in Redis. To answer with the same bytes, the same arithmetic is done here, in bigints.
 *
 * Where the original generates digit after digit until the rest is small enough, this starts at
 * the number of digits that JavaScript needs, because Grisu2 never gets by with fewer.
 */

/** Cached powers are 10^-348, 10^-340 … 10^340, as 64-bit significands. */
const FIRST_POWER = -348
const STEP = 8
const POWERS = 87
/** A power is chosen so that the product's exponent lies between these. */
const LEAST_EXPONENT = -60
const MOST_EXPONENT = -32

interface Power {
  readonly digits: bigint
  readonly exponent: number
}

/** digits × 10^scale. */
export interface Decimal {
  readonly digits: string
  readonly scale: number
}

const powers: (Power | undefined)[] = []
const view = new DataView(new ArrayBuffer(8))

/** The decimal digits of a positive finite double, where JavaScript needs `least` of them. */
export function grisu2(n: number, least: number): Decimal {
  view.setFloat64(0, n)
  const bits = view.getBigUint64(0)
  const biased = Number(bits >> 52n)
  const fraction = bits & 0xfffffffffffffn
  const significand = biased === 0 ? fraction : fraction | 0x10000000000000n
  const exponent = biased === 0 ? -1074 : biased - 1075

  // The neighbours' midpoints, all scaled so that the upper one fills 64 bits.
  const above = 2n * significand + 1n
  const shift = 64 - above.toString(2).length
  const top = exponent - 1 - shift
  const below = significand === 0x10000000000000n ? 4n * significand - 1n : 2n * significand - 1n
  const belowShift = significand === 0x10000000000000n ? shift - 1 : shift

  const chosen = choose(top)
  const power = cached(chosen)
  const w = times((2n * significand) << BigInt(shift), power.digits)
  const upper = times(above << BigInt(shift), power.digits) - 1n
  const lower = times(below << BigInt(belowShift), power.digits) + 1n
  const point = BigInt(-(top + power.exponent + 64))
  const found = shorten(w, upper, lower, point, least)
  return { digits: found.digits, scale: found.scale - (FIRST_POWER + chosen * STEP) }
}

function choose(exponent: number): number {
  const log = Math.trunc(-(exponent + POWERS) * 0.30102999566398114)
  let at = Math.trunc((log - FIRST_POWER) / STEP)
  for (;;) {
    const sum = exponent + cached(at).exponent + 64
    if (sum < LEAST_EXPONENT) at++
    else if (sum > MOST_EXPONENT) at--
    else return at
  }
}

/** A power of ten rounded to 64 bits; computed once. */
function cached(at: number): Power {
  const known = powers[at]
  if (known !== undefined) return known
  const ten = FIRST_POWER + at * STEP
  // 10^ten × 2^shift in full, with far more bits than are kept.
  const shift = ten < 0 ? 1300 : 0
  const whole = ten < 0 ? (1n << BigInt(shift)) / 10n ** BigInt(-ten) : 10n ** BigInt(ten)
  const length = whole.toString(2).length
  let digits = length > 64 ? whole >> BigInt(length - 64) : whole << BigInt(64 - length)
  if (length > 64 && ((whole >> BigInt(length - 65)) & 1n) === 1n) digits += 1n
  const power = { digits, exponent: length - 64 - shift }
  powers[at] = power
  return power
}

/** The upper half of a product, rounded. */
function times(a: bigint, b: bigint): bigint {
  return (a * b + 0x8000000000000000n) >> 64n
}

/**
 * The fewest leading digits of `upper` with which it stays above `lower`, the last one then moved
 * towards `w`. All three have `point` binary places.
 */
function shorten(w: bigint, upper: bigint, lower: bigint, point: bigint, least: number): Decimal {
  const one = 1n << point
  const whole = upper >> point
  const fraction = upper & (one - 1n)
  const wholeDigits = whole.toString().length
  for (let length = least; ; length++) {
    let unit = one
    let delta = upper - lower
    let distance = upper - w
    let digits: bigint
    let rest: bigint
    let small: boolean
    if (length <= wholeDigits) {
      const div = 10n ** BigInt(wholeDigits - length)
      digits = whole / div
      rest = ((whole % div) << point) + fraction
      unit = div << point
      small = rest <= delta
    } else {
      const scale = 10n ** BigInt(length - wholeDigits)
      const scaled = fraction * scale
      digits = whole * scale + (scaled >> point)
      rest = scaled & (one - 1n)
      delta *= scale
      distance *= scale
      small = rest < delta
    }
    if (!small) continue
    while (
      rest < distance &&
      delta - rest >= unit &&
      (rest + unit < distance || distance - rest > rest + unit - distance)
    ) {
      digits -= 1n
      rest += unit
    }
    return { digits: digits.toString(), scale: wholeDigits - length }
  }
}
