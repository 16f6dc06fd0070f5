import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StringMap } from '../../../src/structs/string-map.ts'

const key = (n: number): string => `key${n}`

/** Keys, values and deadlines by place. */
const contents = (map: StringMap): [string, string, number][] =>
  Array.from({ length: map.size }, (_, i) => [map.keyAt(i), map.valueAt(i), map.timeAt(i)])

const sorted = (entries: [string, string, number][]) =>
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

const step = fc.record({
  kind: fc.constantFrom('set', 'set', 'set', 'delete', 'delete', 'time'),
  n: fc.nat(40),
  value: fc.string({ maxLength: 5 }),
  time: fc.constantFrom(0, 1, 1000, 2 ** 50),
})

describe('StringMap', () => {
  test('does what a Map does, deadlines included, at every size', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const map = new StringMap(7)
        const model = new Map<string, [string, number]>()
        for (const { kind, n, value, time } of steps) {
          const place = map.find(key(n))
          const known = model.get(key(n))
          expect(place >= 0).toBe(known !== undefined)
          if (place >= 0) expect(map.keyAt(place)).toBe(key(n))
          if (kind === 'delete') {
            if (place >= 0) map.deleteAt(place)
            model.delete(key(n))
          } else if (kind === 'time') {
            if (place >= 0) map.setTimeAt(place, time)
            if (known !== undefined) known[1] = time
          } else if (place >= 0) {
            map.setValueAt(place, value)
            ;(known as [string, number])[0] = value
          } else {
            map.insert(key(n), value)
            model.set(key(n), [value, 0])
          }
          expect(map.size).toBe(model.size)
          expect(map.get(key(n))).toBe(model.get(key(n))?.[0])
        }
        const expected = [...model].map(([k, [v, t]]): [string, string, number] => [k, v, t])
        expect(sorted(contents(map))).toEqual(sorted(expected))
        const copy = new StringMap(8)
        copy.fill(map)
        expect(contents(copy)).toEqual(contents(map))
      }),
      { numRuns: 300 },
    )
  })

  test('a small one keeps the order in which its keys came, whatever is deleted', () => {
    const map = new StringMap(1)
    for (let n = 0; n < 16; n++) map.insert(key(n), String(n))
    for (const n of [3, 0, 15, 7]) map.deleteAt(map.find(key(n)))
    map.insert(key(3), 'again')
    expect(contents(map).map(([k]) => k)).toEqual(
      [1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 3].map(key),
    )
  })

  test('one that was large keeps its order when it becomes small', () => {
    const map = new StringMap(1)
    for (let n = 0; n < 100; n++) map.insert(key(n), '')
    for (let n = 99; n >= 5; n--) map.deleteAt(n)
    expect(contents(map).map(([k]) => k)).toEqual([0, 1, 2, 3, 4].map(key))
  })

  test('scan meets every key that is there throughout, under growth, shrinkage and deletion', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.record({ add: fc.boolean(), n: fc.nat(80), times: fc.nat(30) }), {
          maxLength: 40,
        }),
        (stay, count, changes) => {
          const map = new StringMap(3)
          const others = Array.from({ length: 30 }, (_, n) => `other${n}`)
          for (let n = 0; n < stay; n++) {
            map.insert(key(n), '')
            if (n < others.length) map.insert(others[n] as string, '')
          }
          const met = new Set<string>()
          let cursor = 0
          let rounds = 0
          do {
            cursor = map.scan(cursor, count, (place) => met.add(map.keyAt(place)))
            const change = changes[rounds]
            if (change !== undefined) {
              for (let i = 0; i < change.times; i++) {
                const other = others[(change.n + i) % others.length] as string
                const place = map.find(other)
                if (change.add && place < 0) map.insert(other, '')
                if (!change.add && place >= 0) map.deleteAt(place)
              }
            }
            rounds++
          } while (cursor !== 0)
          for (let n = 0; n < stay; n++) expect(met.has(key(n))).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a cursor beyond the end starts at the end', () => {
    const map = new StringMap(3)
    for (let n = 0; n < 50; n++) map.insert(key(n), '')
    let met = 0
    expect(map.scan(1e15, 10, () => met++)).toBe(40)
    expect(met).toBe(10)
  })
})
