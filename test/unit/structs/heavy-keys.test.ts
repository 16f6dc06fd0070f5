import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HeavyKeys } from '../../../src/structs/heavy-keys.ts'

const streams = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 60 }).map((n) => `k${Math.floor(n / (1 + (n % 7)))}`),
    fc.integer({ min: 1, max: 50 }),
  ),
  { maxLength: 400 },
)

it('counts exactly while there is room, and never too much otherwise', () => {
  fc.assert(
    fc.property(streams, fc.integer({ min: 1, max: 70 }), (stream, room) => {
      const keys = new HeavyKeys(room)
      const exact = new Map<string, number>()
      let total = 0
      for (const [key, weight] of stream) {
        keys.add(key, weight)
        exact.set(key, (exact.get(key) ?? 0) + weight)
        total += weight
      }
      const top = keys.top(1000)
      expect(top.length).toBeLessThanOrEqual(2 * room)
      const sorted = [...exact].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      if (exact.size <= 2 * room) expect(top).toEqual(sorted)
      const found = new Map(top)
      for (const [key, weight] of exact) {
        const counted = found.get(key) ?? 0
        expect(counted).toBeLessThanOrEqual(weight)
        expect(weight - counted).toBeLessThanOrEqual(total / room)
      }
    }),
  )
})

it('finds the few that matter among very many', () => {
  const keys = new HeavyKeys(100)
  for (let i = 0; i < 100_000; i++) {
    keys.add(`rare:${i}`, 1)
    if (i % 10 === 0) keys.add('hot', 1)
    if (i % 20 === 0) keys.add('warm', 1)
  }
  expect(keys.top(2)).toEqual([
    ['hot', 10_000],
    ['warm', 5000],
  ])
})
