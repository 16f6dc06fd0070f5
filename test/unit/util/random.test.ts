import { describe, expect, test } from 'vitest'
import { invariant } from '../../../src/util/assert.ts'
import { Random } from '../../../src/util/random.ts'

describe('Random', () => {
  test('the same seed gives the same numbers, another seed others', () => {
    const draw = (seed: Uint8Array | number) => {
      const random = new Random(seed)
      return [random.next32(), random.below(1000), random.float(), random.hex(9), random.bytes(5)]
    }
    expect(draw(42)).toEqual(draw(42))
    expect(draw(42)).not.toEqual(draw(43))
    expect(draw(1)).not.toEqual(draw(1 + 2 ** 32))
    const seed = Uint8Array.from({ length: 40 }, (_, i) => i)
    expect(draw(seed)).toEqual(draw(seed.slice()))
    for (let i = 0; i < 40; i++) {
      const other = seed.slice()
      other[i] = 255
      expect(draw(other)).not.toEqual(draw(seed))
    }
    expect(draw(seed.subarray(0, 3))).not.toEqual(draw(Uint8Array.of(0, 1, 2, 0)))
  })

  test('below is in range and even', () => {
    const random = new Random(1)
    for (const n of [2, 3, 6, 7, 10]) {
      const counts = new Array<number>(n).fill(0)
      for (let i = 0; i < 10_000 * n; i++) {
        const at = random.below(n)
        counts[at] = (counts[at] as number) + 1
      }
      for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
    }
    expect([random.below(1), random.below(0)]).toEqual([0, 0])
  })

  test('below reaches up to 2^53', () => {
    const random = new Random(2)
    let above = 0
    for (let i = 0; i < 1000; i++) {
      const n = random.below(2 ** 53)
      expect(Number.isSafeInteger(n)).toBe(true)
      if (n >= 2 ** 52) above++
      expect(random.below(2 ** 40 + 1)).toBeLessThanOrEqual(2 ** 40)
    }
    expect(Math.abs(above - 500)).toBeLessThan(80)
  })

  test('float is in [0, 1), bytes and hex have their lengths', () => {
    const random = new Random(3)
    let sum = 0
    for (let i = 0; i < 10_000; i++) {
      const n = random.float()
      expect(n >= 0 && n < 1).toBe(true)
      sum += n
    }
    expect(Math.abs(sum - 5000)).toBeLessThan(150)
    for (let length = 0; length < 20; length++) {
      expect(random.bytes(length).length).toBe(length)
      expect(random.hex(length)).toMatch(new RegExp(`^[0-9a-f]{${length}}$`))
    }
    expect(/[\x80-\xff]/.test(random.bytes(200))).toBe(true)
  })
})

test('an invariant that does not hold throws what was expected', () => {
  expect(() => invariant(1 < 2, 'fine')).not.toThrow()
  expect(() => invariant(0, 'zero is zero')).toThrow('invariant broken: zero is zero')
})
