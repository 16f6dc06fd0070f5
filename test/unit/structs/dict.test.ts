import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Dict } from '../../../src/structs/dict.ts'

/** A model beside the dictionary: every change goes to both, and `check` compares them. */
class Pair {
  readonly dict: Dict<number>
  readonly model = new Map<string, { value: number; deadline: number; clock: number }>()
  next = 1

  constructor(seed: number, hot: boolean) {
    this.dict = new Dict<number>(seed, { hot })
  }

  set(key: string): void {
    const value = this.next++
    const old = this.model.get(key)
    if (this.dict.set(key, value) !== (old === undefined)) throw new Error(`${key}: new or not?`)
    if (old === undefined) this.model.set(key, { value, deadline: 0, clock: 0 })
    else old.value = value
  }

  columns(key: string): void {
    const i = this.dict.find(key)
    const entry = this.model.get(key)
    if (i >= 0 !== (entry !== undefined)) throw new Error(`${key}: there or not?`)
    if (entry === undefined) return
    entry.deadline = this.next % 3 === 0 ? 0 : 1.7e12 + this.next++
    entry.clock = this.next % 5 === 0 ? 0 : 0xfffffff0 - this.next++
    this.dict.setNumberAt(i, entry.deadline)
    this.dict.setClockAt(i, entry.clock)
  }

  delete(key: string): void {
    if (this.dict.delete(key) !== this.model.delete(key)) throw new Error(`${key}: deleted or not?`)
  }

  check(): void {
    expect(this.dict.size).toBe(this.model.size)
    for (const [key, entry] of this.model) {
      const i = this.dict.find(key)
      if (i < 0) throw new Error(`${key} is lost`)
      const found = {
        value: this.dict.valueAt(i),
        deadline: this.dict.numberAt(i),
        clock: this.dict.clockAt(i),
      }
      if (
        this.dict.keyAt(i) !== key ||
        found.value !== entry.value ||
        found.deadline !== entry.deadline ||
        found.clock !== entry.clock
      ) {
        expect({ key: this.dict.keyAt(i), ...found }).toEqual({ key, ...entry })
      }
    }
  }
}

const operation = fc.record({
  kind: fc.constantFrom('set', 'set', 'set', 'delete', 'columns'),
  key: fc.nat(),
})

describe('Dict', () => {
  test('does what a Map does, with columns that follow their entries', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.boolean(),
        fc.integer({ min: 1, max: 400 }),
        fc.array(operation, { maxLength: 600 }),
        (seed, hot, keys, operations) => {
          const pair = new Pair(seed, hot)
          for (const { kind, key } of operations) {
            const name = `k${key % keys}`
            if (kind === 'set') pair.set(name)
            else if (kind === 'delete') pair.delete(name)
            else pair.columns(name)
          }
          pair.check()
        },
      ),
    )
  })

  test('grows to 200,000 entries and shrinks to none, in every order of deletion', () => {
    for (const order of ['first', 'last', 'random'] as const) {
      const pair = new Pair(7, true)
      const size = order === 'random' ? 200_000 : 30_000
      for (let i = 0; i < size; i++) pair.set(`key:${i}`)
      for (let i = 0; i < size; i += 7) pair.columns(`key:${i}`)
      pair.check()
      const names = [...pair.model.keys()]
      if (order === 'last') names.reverse()
      let draw = 1
      while (names.length > 0) {
        draw = (Math.imul(draw, 1664525) + 1013904223) >>> 0
        const at = order === 'random' ? draw % names.length : names.length - 1
        const name = names[at] as string
        names[at] = names[names.length - 1] as string
        names.pop()
        pair.delete(name)
        if (names.length % 30_000 === 0) pair.check()
      }
      expect(pair.dict.size).toBe(0)
      pair.set('again')
      pair.check()
    }
  }, 60_000)

  test('gives memory back after a mass deletion', () => {
    const dict = new Dict<number>(1)
    const empty = memory(dict)
    for (let i = 0; i < 300_000; i++) dict.insert(`key:${i}`, i)
    const full = memory(dict)
    expect(full).toBeLessThan(300_000 * 40)
    for (let i = 0; i < 300_000; i++) if (i % 100 !== 0) dict.delete(`key:${i}`)
    expect(memory(dict)).toBeLessThan(full / 12)
    for (let i = 0; i < 300_000; i += 100) dict.delete(`key:${i}`)
    expect(memory(dict)).toBeLessThan(empty + 200)
  })

  test('keys that agree in their hash stay few segments and are found', () => {
    // A subclass can see into the hash, which an attacker cannot: make all hashes collide.
    const dict = new Dict<number>(1)
    Object.defineProperty(dict, 'hash', { value: () => 0x12345678 })
    for (let i = 0; i < 6000; i++) dict.set(`key:${i}`, i)
    expect(memory(dict)).toBeLessThan(6000 * 80)
    for (let i = 0; i < 6000; i += 13) expect(dict.get(`key:${i}`)).toBe(i)
    for (let i = 0; i < 6000; i++) expect(dict.delete(`key:${i}`)).toBe(true)
    expect(dict.size).toBe(0)
  })

  test('hashes that share their first bits cannot blow up the directory', () => {
    const dict = new Dict<number>(1)
    Object.defineProperty(dict, 'hash', {
      value: (key: string) => Math.imul(Number(key), 0x9e3779b1) & 0xfff,
    })
    for (let i = 0; i < 9000; i++) dict.set(`${i}`, i)
    const directory = (dict as unknown as { directory: unknown[] }).directory
    expect(directory.length).toBeLessThanOrEqual(64)
    for (let i = 0; i < 9000; i++) expect(dict.get(`${i}`)).toBe(i)
  })

  test('another seed gives another order of slots', () => {
    const hash = (seed: number, key: string) =>
      (new Dict(seed) as unknown as { hash(key: string): number }).hash(key)
    expect(hash(1, 'key')).not.toBe(hash(2, 'key'))
    expect(hash(1, 'key')).toBe(hash(1, 'key'))
  })

  test('the hash spreads numbered, short and long keys evenly over its first bits', () => {
    const dict = new Dict(99) as unknown as { hash(key: string): number }
    for (const name of [
      (i: number) => `key:${i}`,
      (i: number) => String.fromCharCode(i & 255, i >> 8),
      (i: number) => `${'x'.repeat(100)}${i}:profile`,
      (i: number) => '\0'.repeat(i % 600) + String.fromCharCode(i / 600),
    ]) {
      const buckets = new Array<number>(64).fill(0)
      for (let i = 0; i < 64_000; i++) {
        const bucket = dict.hash(name(i)) >>> 26
        buckets[bucket] = (buckets[bucket] as number) + 1
      }
      for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(200)
    }
  })

  test('setting an old key keeps its deadline and clock', () => {
    const dict = new Dict<string>(1)
    dict.set('a', 'one')
    dict.setNumberAt(0, 5)
    dict.setClockAt(0, 0xffffffff)
    expect(dict.set('a', 'two')).toBe(false)
    expect([dict.get('a'), dict.numberAt(0), dict.clockAt(0)]).toEqual(['two', 5, 0xffffffff])
  })

  test('a deleted entry leaves no deadline to its successor', () => {
    const dict = new Dict<string>(1)
    dict.set('a', 'x')
    dict.setNumberAt(0, 5)
    dict.setClockAt(0, 6)
    dict.delete('a')
    dict.set('b', 'y')
    expect([dict.numberAt(0), dict.clockAt(0)]).toEqual([0, 0])
  })

  test('onMove hears of the entry that filled the hole, after the move', () => {
    const dict = new Dict<number>(1)
    for (let i = 0; i < 20; i++) dict.insert(`${i}`, i)
    const moves: [number, number, string][] = []
    dict.onMove = (from, to) => moves.push([from, to, dict.keyAt(to)])
    dict.deleteAt(3)
    dict.deleteAt(18)
    expect(moves).toEqual([[19, 3, '19']])
  })

  test('an undefined value is still there', () => {
    const dict = new Dict<undefined>(1)
    expect(dict.set('a', undefined)).toBe(true)
    expect([dict.has('a'), dict.find('a'), dict.has('b')]).toEqual([true, 0, false])
  })

  test('without values there are keys, numbers and clocks, and they stay together', () => {
    const dict = new Dict<null>(1, { values: false })
    for (let i = 0; i < 10_000; i++) dict.setNumberAt(dict.insert(`${i}`, null), i === 7 ? -0 : i)
    for (let i = 0; i < 10_000; i += 3) expect(dict.delete(`${i}`)).toBe(true)
    expect(dict.set('1', null)).toBe(false)
    const found: [string, number][] = []
    dict.forEach((key, value, i) => {
      expect(value).toBe(undefined)
      found.push([key, dict.numberAt(i)])
    })
    expect(found.length).toBe(6666)
    expect(found.every(([key, n]) => Object.is(n, key === '7' ? -0 : Number(key)))).toBe(true)
  })

  test('clear forgets everything', () => {
    const dict = new Dict<number>(1, { hot: true })
    for (let i = 0; i < 10_000; i++) dict.insert(`${i}`, i)
    dict.setNumberAt(5, 9)
    dict.clear()
    expect([dict.size, dict.find('5'), dict.scan(0, 10, () => {})]).toEqual([0, -1, 0])
    dict.set('5', 1)
    expect([dict.get('5'), dict.numberAt(0)]).toEqual([1, 0])
  })
})

describe('a scan', () => {
  test('visits what is there throughout, whatever comes and goes, and ends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.tuple(fc.boolean(), fc.nat()), { minLength: 1, maxLength: 200 }),
        (size, count, changes) => {
          const dict = new Dict<number>(5)
          for (let i = 0; i < size; i++) dict.set(`k${i}`, i)
          const throughout = new Set<string>()
          for (let i = 0; i < size; i++) throughout.add(`k${i}`)
          const seen = new Set<string>()
          let cursor = 0
          let calls = 0
          let change = 0
          do {
            cursor = dict.scan(cursor, count, (key, value, i) => {
              if (dict.keyAt(i) !== key || dict.valueAt(i) !== value) throw new Error('wrong index')
              seen.add(key)
            })
            calls++
            for (let n = 0; n < 7; n++) {
              const [add, at] = changes[change++ % changes.length] as [boolean, number]
              if (add) {
                dict.set(`new${change}`, 0)
              } else if (dict.size > 0) {
                const key = dict.keyAt(at % dict.size)
                throughout.delete(key)
                dict.delete(key)
              }
            }
          } while (cursor !== 0)
          for (const key of throughout) if (!seen.has(key)) throw new Error(`${key} was missed`)
          expect(calls).toBeLessThanOrEqual(Math.max(1, Math.ceil(size / count)))
        },
      ),
    )
  })

  test('meets nothing twice, whatever is deleted and added, if no other scan comes between', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 3, max: 50 }),
        fc.array(fc.tuple(fc.boolean(), fc.nat()), { minLength: 1, maxLength: 200 }),
        (size, count, changes) => {
          const dict = new Dict<number>(5)
          for (let i = 0; i < size; i++) {
            dict.set(`k${i}`, i)
            dict.setNumberAt(dict.find(`k${i}`), i)
          }
          let moves: [number, number][] = []
          dict.onMove = (from, to) => moves.push([from, to])
          const throughout = new Set(Array.from({ length: size }, (_, i) => `k${i}`))
          const seen: string[] = []
          let cursor = 0
          let change = 0
          do {
            cursor = dict.scan(cursor, count, (key) => seen.push(key))
            for (let n = 0; n < 7; n++) {
              const [add, at] = changes[change++ % changes.length] as [boolean, number]
              if (add) dict.set(`new${change}`, 0)
              else if (dict.size > 0) {
                const before = Array.from({ length: dict.size }, (_, i) => dict.keyAt(i))
                throughout.delete(dict.keyAt(at % dict.size))
                moves = []
                dict.deleteAt(at % dict.size)
                for (const [from, to] of moves) before[to] = before[from] as string
                const after = Array.from({ length: dict.size }, (_, i) => dict.keyAt(i))
                expect(after).toEqual(before.slice(0, -1))
              }
            }
          } while (cursor !== 0)
          expect(new Set(seen).size).toBe(seen.length)
          for (const key of throughout) {
            if (!seen.includes(key)) throw new Error(`${key} was missed`)
            expect([dict.get(key), dict.numberAt(dict.find(key))]).toEqual([
              Number(key.slice(1)),
              Number(key.slice(1)),
            ])
          }
        },
      ),
      { numRuns: 20 },
    )
  })

  test('misses nothing where two of them go at their own pace', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('first', 'second', 'delete'), fc.nat()), {
          minLength: 50,
          maxLength: 300,
        }),
        (steps) => {
          const dict = new Dict<number>(5)
          for (let i = 0; i < 300; i++) dict.set(`k${i}`, i)
          const walks = { first: -1, second: -1 }
          const seen = { first: new Set<string>(), second: new Set<string>() }
          const walk = (which: 'first' | 'second') => {
            if (walks[which] === 0) return
            const cursor = Math.max(0, walks[which])
            walks[which] = dict.scan(cursor, 7, (key) => seen[which].add(key))
          }
          for (const [step, n] of steps) {
            if (step !== 'delete') walk(step)
            else if (dict.size > 0) dict.deleteAt(n % dict.size)
          }
          for (const which of ['first', 'second'] as const) {
            while (walks[which] !== 0) walk(which)
            dict.forEach((key) => {
              if (!seen[which].has(key)) throw new Error(`${which} missed ${key}`)
            })
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  test('lets the visitor delete what it is shown', () => {
    const dict = new Dict<number>(5)
    for (let i = 0; i < 100; i++) dict.set(`k${i}`, i)
    const seen: string[] = []
    expect(
      dict.scan(0, 1000, (key) => {
        seen.push(key)
        dict.delete(key)
      }),
    ).toBe(0)
    expect(seen.length).toBe(100)
    expect(dict.size).toBe(0)
  })

  test('an unchanged dictionary is visited once, and forEach goes by index', () => {
    const dict = new Dict<number>(5)
    for (let i = 0; i < 5000; i++) dict.set(`k${i}`, i)
    const seen: number[] = []
    let cursor = 0
    do cursor = dict.scan(cursor, 11, (_, value) => seen.push(value))
    while (cursor !== 0)
    expect(seen).toEqual(Array.from({ length: 5000 }, (_, i) => 4999 - i))
    const all: number[] = []
    dict.forEach((_, value) => {
      all.push(value)
    })
    expect(all).toEqual(seen.reverse())
  })
})

/** Bytes of all arrays in the dictionary, strings aside. */
function memory(dict: Dict<unknown>): number {
  let bytes = 0
  const seen = new Set<object>()
  const count = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return
    seen.add(part)
    if (ArrayBuffer.isView(part)) bytes += part.byteLength
    else if (Array.isArray(part)) {
      bytes += 8 * part.length
      part.forEach(count)
    }
  }
  Object.values(dict).forEach(count)
  return bytes
}
