import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SliceLimits, SparseArray } from '../../../src/structs/sparse-array.ts'
import { type Integer, normalize } from '../../../src/util/integer.ts'

const LIMITS: SliceLimits = { size: 4096, most: 10, least: 5 }
/** Small enough that a run of a hundred commands converts slices and fills blocks. */
const TINY: SliceLimits = { size: 16, most: 3, least: 2 }
const LAST = 2n ** 64n - 2n

const made = (limits: SliceLimits = LIMITS): SparseArray<string> => new SparseArray(limits)

function entries(array: SparseArray<string>, from: Integer = 0, to: Integer = LAST) {
  const found: [Integer, string][] = []
  array.scan(from, to, (value, index) => {
    found.push([index, value])
    return true
  })
  return found
}

describe('a sparse array', () => {
  it('is empty at first', () => {
    const array = made()
    expect([array.count, array.length, array.get(0), array.delete(0)]).toEqual([
      0,
      0,
      undefined,
      false,
    ])
    expect(entries(array)).toEqual([])
  })

  it('tells a new value from one that replaces another', () => {
    const array = made()
    expect([array.set(7, 'a'), array.set(7, 'b'), array.get(7)]).toEqual([true, false, 'b'])
    expect([array.count, array.length]).toEqual([1, 8])
  })

  it('has indexes up to the last below 2^64 - 1, each exact', () => {
    const array = made()
    const indexes = [0, 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, LAST - 1n, LAST]
    for (const index of indexes) array.set(index, `at ${index}`)
    for (const index of indexes) expect(array.get(index)).toBe(`at ${index}`)
    expect(entries(array)).toEqual(indexes.map((index) => [index, `at ${index}`]))
    expect(array.length).toBe(2n ** 64n - 1n)
    expect(array.get(LAST - 2n)).toBe(undefined)
  })

  it('is as long as its last value is far, also after the last was deleted', () => {
    const array = made()
    array.set(5, 'a')
    array.set(2 ** 40, 'b')
    array.delete(2 ** 40)
    expect(array.length).toBe(6)
    array.set(Number.MAX_SAFE_INTEGER, 'c')
    expect(array.length).toBe(2n ** 53n)
  })

  it('visits a range in either direction until told to stop', () => {
    const array = made()
    for (const index of [0, 5, 4096, 9_000_000]) array.set(index, `${index}`)
    expect(entries(array, 5, 4096)).toEqual([
      [5, '5'],
      [4096, '4096'],
    ])
    expect(entries(array, LAST, 1).map(([index]) => index)).toEqual([9_000_000, 4096, 5])
    const seen: string[] = []
    array.scan(LAST, 0, (value) => seen.push(value) < 2)
    expect(seen).toEqual(['9000000', '4096'])
  })

  it('takes no more than what lies in a range of any width to delete it', () => {
    const array = made()
    for (let i = 0n; i < 1000n; i++) array.set(normalize(i * 10n ** 16n), 'x')
    expect(array.deleteRange(1, LAST)).toBe(999)
    expect(entries(array)).toEqual([[0, 'x']])
  })

  it('turns a slice dense when it would exceed the limit, and sparse when little is left', () => {
    const array = made()
    for (let i = 0; i < 10; i++) array.set(i * 100, 'x')
    expect(array.layout(true)).toMatchObject({ dense: 0, sparse: 1, sparseSlots: 10 })
    array.set(1000, 'x')
    expect(array.layout(true)).toMatchObject({
      dense: 1,
      denseSlots: 1024,
      denseCount: 11,
      sparse: 0,
    })
    for (let i = 10; i >= 5; i--) array.delete(i * 100)
    expect(array.layout(true)).toMatchObject({ dense: 0, sparse: 1, sparseSlots: 5 })
    expect(entries(array).map(([index]) => index)).toEqual([0, 100, 200, 300, 400])
  })

  it('keeps a small window, which would save nothing', () => {
    const array = made()
    for (let i = 0; i < 11; i++) array.set(i, 'x')
    expect(array.layout(true)).toMatchObject({ dense: 1, denseSlots: 16 })
    array.deleteRange(2, 10)
    expect(array.layout(true)).toMatchObject({ dense: 1, denseSlots: 16, denseCount: 2 })
  })

  it('keeps the smallest window, however little is in it', () => {
    const array = made({ size: 256, most: 3, least: 1 })
    for (let i = 0; i < 4; i++) array.set(i, 'x')
    array.deleteRange(1, 3)
    expect(array.layout(true)).toMatchObject({ dense: 1, denseSlots: 8, denseCount: 1 })
  })

  it('grows a window to the left with room before the values, and never beyond its slice', () => {
    const array = made()
    for (let i = 500; i >= 400; i--) array.set(i, `${i}`)
    expect(array.layout(true)).toMatchObject({ dense: 1, denseSlots: 128, denseCount: 101 })
    const high = made()
    for (let i = 4080; i < 4096; i++) high.set(i, `${i}`)
    high.set(3000, 'far')
    expect(high.layout(true)).toMatchObject({ dense: 1, denseSlots: 2048 })
    expect(entries(high)).toHaveLength(17)
  })

  it('makes slices dense at once that a run will fill', () => {
    const array = made()
    array.set(2, 'x')
    array.prepare(0, 10)
    expect(array.layout(true)).toMatchObject({ dense: 1, sparse: 0 })
    const other = made()
    other.set(2, 'x')
    other.prepare(0, 9)
    expect(other.layout(true)).toMatchObject({ dense: 0, sparse: 1 })
    const border = made()
    border.prepare(4090, 4096 + 20)
    expect(border.layout(true)).toMatchObject({ dense: 1, denseSlots: 8, slices: 1, directory: 2 })
  })

  it('counts a directory that doubles and halves, and a row of blocks once there are two', () => {
    const array = made()
    array.set(0, 'x')
    expect(array.layout(false)).toMatchObject({ directory: 1, blocks: 0, slices: 1 })
    array.set(4096 * 5, 'x')
    expect(array.layout(false)).toMatchObject({ directory: 8, blocks: 0, slices: 2 })
    array.delete(4096 * 5)
    expect(array.layout(false)).toMatchObject({ directory: 1, blocks: 0, slices: 1 })
    for (let i = 1; i <= 5; i++) array.set(8_388_608 * i, 'x')
    expect(array.layout(false)).toMatchObject({ directory: 8, blocks: 6, slices: 6 })
    array.deleteRange(1, LAST)
    expect(array.layout(false)).toMatchObject({ directory: 8, blocks: 1, slices: 1 })
  })

  it('has only dense slices where the limit is none', () => {
    const array = made({ size: 256, most: 0, least: 0 })
    array.set(255, 'x')
    array.set(0, 'y')
    array.delete(0)
    expect(array.layout(true)).toMatchObject({ dense: 1, denseSlots: 256, sparse: 0 })
    expect(entries(array)).toEqual([[255, 'x']])
  })

  it('is copied with its layout, and the copy goes its own way', () => {
    const array = made()
    for (let i = 0; i < 30; i++) array.set(i * 7, `${i}`)
    array.set(2n ** 60n, 'far')
    const copy = array.copy()
    expect(copy.layout(true)).toEqual(array.layout(true))
    array.set(0, 'changed')
    array.deleteRange(1, LAST)
    expect([copy.count, copy.get(0), copy.get(2n ** 60n)]).toEqual([31, '0', 'far'])
  })

  it('shows a sample that is not larger than asked, and not empty', () => {
    const array = made()
    for (let i = 0; i < 100_000; i += 3) array.set(i, 'x')
    let seen = 0
    array.sample(64, () => seen++)
    expect(seen).toBeGreaterThan(4)
    expect(seen).toBeLessThanOrEqual(128)
    expect(array.words).toBeGreaterThan(33_334)
  })
})

// ---- Against a model --------------------------------------------------------------------------

/** Places near each other, at borders of slices and blocks, and where numbers stop being exact. */
const place = fc
  .tuple(
    fc.constantFrom(0n, 0n, 0n, 16n, 4096n, 32_768n, 65_536n, 2n ** 53n, 2n ** 63n, LAST - 40n),
    fc.bigInt({ min: 0n, max: 40n }),
  )
  .map(([base, offset]) => normalize(base + offset))

type Step =
  | { kind: 'set'; at: Integer }
  | { kind: 'delete'; at: Integer }
  | { kind: 'run'; at: Integer; length: number }
  | { kind: 'clear'; from: Integer; to: Integer }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), at: place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: place }) },
  fc.record({
    kind: fc.constant('run' as const),
    at: place,
    length: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({ kind: fc.constant('clear' as const), from: place, to: place }),
)

const between = (index: Integer, low: Integer, high: Integer): boolean =>
  index >= low && index <= high

describe('a sparse array and a map with the same history', () => {
  it.each([
    ['small slices', TINY],
    ['slices of the usual size', LIMITS],
    ['dense slices only', { size: 16, most: 0, least: 0 }],
    ['slices that never turn sparse again', { size: 32, most: 4, least: 0 }],
  ])('agree: %s', (_, limits) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), place, place, (steps, from, to) => {
        const array = made(limits)
        const model = new Map<Integer, string>()
        let serial = 0
        for (const one of steps) {
          if (one.kind === 'set') {
            expect(array.set(one.at, `${serial}`)).toBe(!model.has(one.at))
            model.set(one.at, `${serial++}`)
          } else if (one.kind === 'delete') {
            expect(array.delete(one.at)).toBe(model.delete(one.at))
          } else if (one.kind === 'run') {
            const start = BigInt(one.at)
            const end = start + BigInt(one.length) - 1n
            if (end > LAST) continue
            array.prepare(one.at, normalize(end))
            for (let i = start; i <= end; i++) {
              array.set(normalize(i), `${serial}`)
              model.set(normalize(i), `${serial++}`)
            }
          } else {
            const [low, high] = one.from <= one.to ? [one.from, one.to] : [one.to, one.from]
            const doomed = [...model.keys()].filter((index) => between(index, low, high))
            expect(array.deleteRange(low, high)).toBe(doomed.length)
            for (const index of doomed) model.delete(index)
          }
        }
        const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1))
        expect(array.count).toBe(model.size)
        expect(entries(array)).toEqual(sorted)
        const last = sorted.at(-1)?.[0]
        expect(array.length).toBe(last === undefined ? 0 : normalize(BigInt(last) + 1n))
        const [low, high] = from <= to ? [from, to] : [to, from]
        const inside = sorted.filter(([index]) => between(index, low, high))
        expect(entries(array, from, to)).toEqual(from <= to ? inside : inside.reverse())
        for (const [index, value] of sorted) expect(array.get(index)).toBe(value)
        const { slices, dense, sparse, denseCount } = array.layout(true)
        expect(dense + sparse).toBe(slices)
        expect(denseCount).toBeLessThanOrEqual(model.size)
        expect(entries(array.copy())).toEqual(sorted)
      }),
      { numRuns: 150 },
    )
  })
})
