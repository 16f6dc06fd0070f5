import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Placed, PlaceMap } from '../../../src/structs/place-map.ts'

const place = fc.record({ ms: fc.nat(60), seq: fc.nat(8) })
const step = fc.record({ add: fc.boolean(), place, tail: fc.boolean() })

const order = (a: Placed, b: Placed): number =>
  a.ms !== b.ms ? Number(a.ms) - Number(b.ms) : Number(a.seq) - Number(b.seq)

const all = (map: PlaceMap<Placed>, from: Placed): Placed[] => {
  const items: Placed[] = []
  map.walk(from.ms, from.seq, (item) => {
    items.push(item)
    return true
  })
  return items
}

describe('a map by place', () => {
  it('holds what a sorted array holds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 700, size: 'max' }), place, (steps, from) => {
        const map = new PlaceMap<Placed>()
        let model: Placed[] = []
        for (const { add, place, tail } of steps) {
          const item = tail ? { ms: 1000 + model.length, seq: place.seq } : place
          const known = model.find((other) => order(other, item) === 0)
          expect(map.get(item.ms, item.seq)).toBe(known)
          if (add && known === undefined) {
            map.add(item)
            model.push(item)
          } else if (!add) {
            expect(map.delete(item.ms, item.seq)).toBe(known !== undefined)
            model = model.filter((other) => other !== known)
          }
        }
        model.sort(order)
        const rest = model.filter((item) => order(item, from) >= 0)
        expect(map.size).toBe(model.length)
        expect(map.first).toBe(model[0])
        expect(map.last).toBe(model[model.length - 1])
        expect(all(map, from)).toEqual(rest)
        expect(map.from(from.ms, from.seq)).toBe(rest[0])
      }),
      { numRuns: 200 },
    )
  })

  it('compares parts beyond 2^53 exactly', () => {
    const map = new PlaceMap<Placed>()
    const items = [9007199254740992, 9007199254740993n, 9007199254740994n, 2n ** 64n - 1n]
    for (const ms of [3, 1, 0, 2]) map.add({ ms: items[ms] as bigint, seq: 0 })
    expect(all(map, { ms: 0, seq: 0 }).map(({ ms }) => ms)).toEqual(items)
    expect(map.delete(9007199254740993n, 0)).toBe(true)
    expect(map.get(9007199254740993n, 0)).toBe(undefined)
  })

  it('ends a walk when it is told to', () => {
    const map = new PlaceMap<Placed>()
    for (let ms = 0; ms < 500; ms++) map.add({ ms, seq: 0 })
    let visits = 0
    map.walk(100, 0, ({ ms }) => {
      visits++
      return ms < 299
    })
    expect(visits).toBe(200)
  })
})
