import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Hash } from '../../../src/types/hash.ts'

interface Field {
  value: string
  at: number
}

const contents = (hash: Hash): [string, Field][] =>
  Array.from({ length: hash.size }, (_, i): [string, Field] => [
    hash.keyAt(i),
    { value: hash.valueAt(i), at: hash.timeAt(i) },
  ]).sort(([a], [b]) => (a < b ? -1 : 1))

const step = fc.record({
  kind: fc.constantFrom('set', 'set', 'keep', 'delete', 'expire', 'expire', 'persist', 'wait'),
  n: fc.nat(40),
  ms: fc.integer({ min: 1, max: 5000 }),
})

describe('Hash', () => {
  it('expires what a naive one does, a tenth of a second later at most', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 250 }), (steps) => {
        const hash = new Hash(5)
        const model = new Map<string, Field>()
        let now = 1_700_000_000_000
        for (const { kind, n, ms } of steps) {
          const field = `f${n}`
          const known = model.get(field)
          const place = hash.find(field)
          if (kind === 'set' || kind === 'keep') {
            const keep = kind === 'keep'
            expect(hash.set(field, String(ms), keep)).toBe(known === undefined)
            model.set(field, { value: String(ms), at: keep ? (known?.at ?? 0) : 0 })
          } else if (kind === 'wait') {
            now += ms
            hash.expire(now, 1000, (at) => {
              const time = hash.timeAt(at)
              expect(time > 0 && time <= now).toBe(true)
              model.delete(hash.keyAt(at))
              hash.deleteAt(at)
            })
            for (const { at } of model.values()) expect(at === 0 || at > now - 100).toBe(true)
          } else if (place >= 0 && known !== undefined) {
            if (kind === 'delete') {
              hash.deleteAt(place)
              model.delete(field)
            } else {
              known.at = kind === 'expire' ? now + ms : 0
              hash.setExpiryAt(place, known.at)
            }
          }
          const timed = [...model.values()].filter(({ at }) => at !== 0)
          expect(hash.volatile).toBe(timed.length)
          expect(hash.expiry === null).toBe(timed.length === 0)
          // Never too late; too early is allowed.
          const least = Math.min(...timed.map(({ at }) => at))
          expect(hash.nextExpiry).toBeLessThanOrEqual(least + 100)
        }
        const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1))
        expect(contents(hash)).toEqual(expected)
        expect(contents(hash.copy())).toEqual(expected)
        expect(hash.copy().volatile).toBe(hash.volatile)
      }),
      { numRuns: 300 },
    )
  })
})
