import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sortPart } from '../../../src/util/partial-sort.ts'

const ascending = (a: number, b: number): number => a - b

it('puts the asked-for places in order, and loses nothing', () => {
  const numbers = fc.oneof(
    fc.array(fc.integer()),
    fc.array(fc.nat(5)),
    fc.array(fc.nat(100), { minLength: 50, maxLength: 300 }),
  )
  fc.assert(
    fc.property(numbers, fc.nat(300), fc.nat(300), (items, a, b) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)]
      const sorted = [...items].sort(ascending)
      const part = [...items]
      sortPart(part, first, last, ascending)
      expect(part.slice(first, last + 1)).toEqual(sorted.slice(first, last + 1))
      expect(part.sort(ascending)).toEqual(sorted)
    }),
    { numRuns: 500 },
  )
})

it('leaves what was not asked for in disorder', () => {
  const items = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000)
  let compared = 0
  sortPart(items, 0, 9, (a, b) => {
    compared++
    return a - b
  })
  expect(items.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(compared).toBeLessThan(4000)
})

it('takes equals in the order in which this very algorithm moves them', () => {
  // As a real server answers (GEOSEARCH … COUNT of places that are all the same).
  const items = [...'abcdefghij'].map((name) => ({ name }))
  sortPart(items, 0, 2, () => 0)
  expect(items.map(({ name }) => name).join('')).toBe('jbcdefghia')
})
