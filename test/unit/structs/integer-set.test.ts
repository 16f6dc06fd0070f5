import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IntegerSet } from '../../../src/structs/integer-set.ts'
import { MAX_INT64, MIN_INT64, normalize } from '../../../src/util/integer.ts'

const integer = fc
  .oneof(
    fc.bigInt({ min: -20n, max: 20n }),
    fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
    fc.bigInt({ min: MIN_INT64, max: MAX_INT64 }),
    fc.constantFrom(MIN_INT64, MAX_INT64),
  )
  .map(normalize)

describe('a set of integers', () => {
  it('does what a sorted array would', () => {
    const step = fc.tuple(fc.constantFrom('add', 'delete', 'deleteAt', 'has'), integer)
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const set = new IntegerSet()
        let model: bigint[] = []
        for (const [operation, n] of steps) {
          const big = BigInt(n)
          const known = model.includes(big)
          if (operation === 'add') {
            expect(set.add(n)).toBe(!known)
            if (!known) model.push(big)
          } else if (operation === 'delete') {
            expect(set.delete(n)).toBe(known)
            model = model.filter((other) => other !== big)
          } else if (operation === 'deleteAt' && model.length > 0) {
            const at = Number(((big % 7n) + 7n) % 7n) % model.length
            set.deleteAt(at)
            model.splice(at, 1)
          } else expect(set.has(n)).toBe(known)
          model.sort((a, b) => (a < b ? -1 : 1))
          expect(set.size).toBe(model.length)
          expect(set.rank(n)).toBe(model.filter((other) => other < big).length)
        }
        expect(model.map((_, i) => BigInt(set.at(i)))).toEqual(model)
      }),
    )
  })
})
