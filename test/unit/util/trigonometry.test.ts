import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arcsine, cosine, sine } from '../../../src/util/trigonometry.ts'

// ---- The truth: the series, in whole numbers of 2^-240 ----------------------------------------

const BITS = 240n
const ONE = 1n << BITS

/** A double above 2^-100, without loss. */
const fixed = (n: number): bigint => BigInt(n * 2 ** 200) << (BITS - 200n)

const double = (n: bigint): number => Number(n) * 2 ** -Number(BITS)

/** x^first / first! - x^(first+2) / (first+2)! + … */
function series(x: bigint, first: 0 | 1): bigint {
  const square = (x * x) >> BITS
  let term = first === 0 ? ONE : x
  let sum = 0n
  for (let n = BigInt(first); term !== 0n; n += 2n) {
    sum += term
    term = -((term * square) >> BITS) / ((n + 1n) * (n + 2n))
  }
  return sum
}

const exactSine = (n: number): number => double(series(fixed(n), 1))
const exactCosine = (n: number): number => double(series(fixed(n), 0))

/** By Newton's method: the angle whose sine is n. */
function exactArcsine(n: number): number {
  let angle = fixed(Math.asin(n))
  for (let i = 0; i < 5; i++) {
    const slope = series(angle, 0)
    angle += ((fixed(n) - series(angle, 1)) * ONE) / slope
  }
  return double(angle)
}

/** How many of many calls give another double than the nearest. */
function misses(inputs: readonly number[], ours: Function1, exact: Function1): number {
  return inputs.filter((n) => !Object.is(ours(n), exact(n))).length
}
type Function1 = (n: number) => number

const sample = (least: number, most: number, count = 3000): number[] =>
  fc
    .sample(fc.double({ min: least, max: most, noNaN: true }), { numRuns: count, seed: 5 })
    .filter((n) => Math.abs(n) > 2 ** -100)
const even = (least: number, most: number, count = 3000): number[] =>
  Array.from({ length: count }, (_, i) => least + ((most - least) * (i + 0.37)) / count)

describe('sine, cosine and arcsine', () => {
  it('are the nearest doubles but for one in a thousand', () => {
    const angles = [...sample(-3.2, 3.2), ...even(-3.2, 3.2)]
    expect(misses(angles, sine, exactSine)).toBeLessThan(6)
    expect(misses(angles, cosine, exactCosine)).toBeLessThan(6)
    const sines = [...even(0, 1), ...even(1 - 1e-9, 1, 500), ...even(0, 1e-5, 500)]
    expect(misses(sines, arcsine, exactArcsine)).toBeLessThan(5)
  })

  it('are exact where everybody knows them', () => {
    expect(sine(0)).toBe(0)
    expect(sine(Math.PI / 2)).toBe(1)
    expect(sine(-Math.PI / 6)).toBe(-0.49999999999999994)
    expect(sine(5e-324)).toBe(5e-324)
    expect(cosine(0)).toBe(1)
    expect(cosine(Math.PI)).toBe(-1)
    expect(arcsine(0)).toBe(0)
    expect(arcsine(1)).toBe(Math.PI / 2)
    expect(arcsine(0.75)).toBe(0.848062078981481)
    expect(arcsine(1.0000000000000002)).toBe(Number.NaN)
  })

  it('beyond half a turn are those of the platform', () => {
    for (const angle of [4, -100, 1e300, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(sine(angle)).toBe(Math.sin(angle))
      expect(cosine(angle)).toBe(Math.cos(angle))
    }
  })
})
