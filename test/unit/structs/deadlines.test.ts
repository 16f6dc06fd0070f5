import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Deadlines } from '../../../src/structs/deadlines.ts'

describe('Deadlines', () => {
  test('visits each entry once, not before its time and at most 100 ms after', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 20_000 }), { maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 40 }),
        (times, steps, limit) => {
          const deadlines = new Deadlines()
          const left = new Map<string, number>()
          times.forEach((at, i) => {
            deadlines.add(`k${i}`, at)
            left.set(`k${i}`, at)
          })
          let now = 0
          for (let step = 0; left.size > 0; step++) {
            now += steps[step % steps.length] as number
            let visited = 0
            do {
              visited = deadlines.drain(now, limit, (key) => {
                expect(left.get(key)).toBeLessThanOrEqual(now)
                expect(left.delete(key)).toBe(true)
              })
              expect(visited).toBeLessThanOrEqual(limit)
            } while (visited > 0 || deadlines.next() <= now)
            for (const at of left.values()) expect(at).toBeGreaterThan(now - 100)
            expect(deadlines.size).toBe(left.size)
          }
          expect(deadlines.next()).toBe(Infinity)
        },
      ),
    )
  })

  test('the same for deadlines that are days and years away, however time goes by', () => {
    const times = fc.oneof(
      fc.nat({ max: 10_000 }),
      fc.nat({ max: 5_000_000 }),
      fc.double({ min: 0, max: 3e12, noNaN: true }).map(Math.floor),
    )
    const steps = fc.oneof(
      fc.integer({ min: 1, max: 2_000_000 }),
      fc.integer({ min: 1e8, max: 2e11 }),
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(times, steps), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 40 }),
        (plan, limit) => {
          const deadlines = new Deadlines()
          const left = new Map<string, number>()
          let now = 0
          plan.forEach(([from, step], i) => {
            // Some are added while time goes by, some of them in the past.
            deadlines.add(`k${i}`, from)
            left.set(`k${i}`, from)
            if (i % 3 === 0) now += step
            do {
              deadlines.drain(now, limit, (key) => {
                expect(left.get(key)).toBeLessThanOrEqual(now)
                expect(left.delete(key)).toBe(true)
              })
            } while (deadlines.next() <= now)
            for (const at of left.values()) expect(at).toBeGreaterThan(now - 100)
            expect(deadlines.size).toBe(left.size)
          })
        },
      ),
    )
  })

  test('a million deadlines, each in a second of its own, take some thousand buckets', () => {
    const deadlines = new Deadlines()
    const buckets = (): number => {
      const { buckets, spans } = deadlines as unknown as Record<
        'buckets' | 'spans',
        { size: number } & { size: number }[]
      >
      return spans.reduce((sum, { size }) => sum + size, buckets.size)
    }
    const start = 1_720_000_000_000
    for (let i = 0; i < 1_000_000; i++) deadlines.add('k', start + i * 2000)
    let visited = 0
    let most = buckets()
    for (let now = start; now < start + 20_000_000; now += 50_000) {
      do {
        visited += deadlines.drain(now, 1000, () => {})
        most = Math.max(most, buckets())
      } while (deadlines.next() <= now)
    }
    expect(visited).toBeGreaterThan(9950)
    expect(visited).toBeLessThan(10_000)
    expect(most).toBeLessThan(4000)
  })

  test('next is never more than 100 ms after the first entry', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5000 }), { minLength: 1 }), (times) => {
        const deadlines = new Deadlines()
        const left: number[] = []
        let now = 0
        for (const at of times) {
          deadlines.add(`${at}`, at)
          left.push(at)
          left.sort((a, b) => a - b)
          if (at % 3 === 0) {
            now = Math.max(now, at)
            deadlines.drain(now, 5, (key) => left.splice(left.indexOf(Number(key)), 1))
          }
          const first = left[0]
          if (first === undefined) expect(deadlines.next()).toBe(Infinity)
          else expect(deadlines.next()).toBeLessThanOrEqual(Math.max(now, first) + 100)
        }
      }),
    )
  })

  test('a visitor may add the key again, for later in the same second', () => {
    const deadlines = new Deadlines()
    deadlines.add('k', 1010)
    const seen: number[] = []
    for (let now = 1000; now <= 3000; now += 10) {
      deadlines.drain(now, 10, (key) => {
        seen.push(now)
        if (seen.length === 1) deadlines.add(key, 1350)
        if (seen.length === 2) deadlines.add(key, 2700)
      })
    }
    expect(seen).toEqual([1100, 1400, 2800])
  })

  test('an entry for a time long past is visited at the next opportunity', () => {
    const deadlines = new Deadlines()
    deadlines.add('now', 50_000)
    deadlines.drain(50_500, 1, () => {})
    deadlines.add('other', 50_900)
    deadlines.add('past', 3)
    const seen: string[] = []
    deadlines.drain(50_500, 10, (key) => seen.push(key))
    expect(seen).toEqual(['past'])
  })

  test('a million keys in one second are dealt out in bounded steps', () => {
    const deadlines = new Deadlines()
    for (let i = 0; i < 100_000; i++) deadlines.add('k', 5000 + (i % 1000))
    let calls = 0
    let visited = 0
    while (visited < 10_000) {
      visited += deadlines.drain(5100, 100, () => {})
      calls++
    }
    expect(calls).toBeGreaterThan(100)
    expect(deadlines.size).toBe(90_000)
  })

  test('within a tenth of a second who came first goes first, in whatever state the second is', () => {
    const deadlines = new Deadlines()
    const seen: string[] = []
    for (const key of ['a', 'b', 'c']) deadlines.add(key, 5010)
    deadlines.drain(5100, 1, (key) => seen.push(key))
    for (const key of ['d', 'e', 'f']) deadlines.add(key, 5010)
    deadlines.drain(5100, 100, (key) => seen.push(key))
    expect(seen.filter((key) => key < 'd')).toEqual(['a', 'b', 'c'])
    expect(seen.filter((key) => key >= 'd')).toEqual(['d', 'e', 'f'])
    expect(deadlines.size).toBe(0)
  })

  test('shouldRebuild bounds stale entries, and rebuild drops them', () => {
    const deadlines = new Deadlines()
    let rebuilds = 0
    for (let i = 0; i < 1_000_000; i++) {
      deadlines.add('k', 1e12 + (i % 2) * 1000)
      if (deadlines.shouldRebuild(1)) {
        rebuilds++
        deadlines.rebuild((add) => add('k', 1e12))
      }
      if (deadlines.size > 2000) throw new Error('leak')
    }
    expect(rebuilds).toBeLessThan(2000)
  })

  test('clear forgets the second that was being dealt out', () => {
    const deadlines = new Deadlines()
    deadlines.add('a', 1500)
    deadlines.add('b', 1600)
    deadlines.drain(1010, 1, () => {})
    deadlines.clear()
    expect([deadlines.size, deadlines.next()]).toEqual([0, Infinity])
    expect(deadlines.drain(1e9, 10, () => {})).toBe(0)
  })
})
