import { describe, expect, it } from 'vitest'
import { CardinalityEstimate } from '../../../src/structs/cardinality-estimate.ts'

describe('an estimate of cardinality', () => {
  // What PFCOUNT of redis-server 7.0.15 answers after PFADD of member:0 and on.
  it.each([
    [0, 0],
    [1, 1],
    [5, 5],
    [100, 100],
    [1000, 1002],
    [20_000, 20_008],
    [200_000, 200_330],
  ])('of %i members is the number of PFCOUNT', (members, expected) => {
    const estimate = new CardinalityEstimate()
    for (let i = 0; i < members; i++) estimate.add(`member:${i}`)
    expect(estimate.count()).toBe(expected)
  })

  it('counts what comes again once, whatever its length and bytes', () => {
    const estimate = new CardinalityEstimate()
    for (let round = 0; round < 2; round++) {
      for (let length = 0; length < 40; length++) estimate.add('\u00ff'.repeat(length))
    }
    expect(estimate.count()).toBe(40)
  })
})
