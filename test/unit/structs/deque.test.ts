import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Deque } from '../../../src/structs/deque.ts'

const KINDS = [
  'pushHead',
  'pushTail',
  'popHead',
  'popTail',
  'insert',
  'removeAt',
  'set',
  'removeRange',
  'removeEqual',
  'trim',
] as const

function apply(
  deque: Deque,
  model: string[],
  kind: (typeof KINDS)[number],
  n: number,
  value: string,
): void {
  const i = model.length === 0 ? 0 : n % model.length
  if (kind === 'pushHead') {
    deque.pushHead(value)
    model.unshift(value)
  } else if (kind === 'pushTail') {
    deque.pushTail(value)
    model.push(value)
  } else if (kind === 'popHead') {
    expect(deque.popHead()).toBe(model.shift())
  } else if (kind === 'popTail') {
    expect(deque.popTail()).toBe(model.pop())
  } else if (kind === 'insert') {
    deque.insert(n % (model.length + 1), value)
    model.splice(n % (model.length + 1), 0, value)
  } else if (kind === 'removeAt') {
    expect(deque.removeAt(i)).toBe(model.splice(i, 1)[0])
  } else if (kind === 'set') {
    expect(deque.set(i, value)).toBe(i < model.length)
    if (i < model.length) model[i] = value
  } else if (kind === 'removeEqual') {
    const direction = n % 2 === 0 ? 1 : -1
    const wanted = model[i] ?? 'none'
    const most = n % 3 === 0 ? Number.POSITIVE_INFINITY : n % 3
    let left = most
    const keep = (item: string) => item !== wanted || left-- <= 0
    const rest = direction === 1 ? model.filter(keep) : [...model].reverse().filter(keep).reverse()
    expect(deque.removeEqual(wanted, most, direction)).toBe(model.length - rest.length)
    model.splice(0, model.length, ...rest)
  } else if (kind === 'trim') {
    const count = Math.min(model.length, n % 700)
    const start = n % 2 === 0 ? 0 : model.length - count
    deque.removeRange(start, count)
    model.splice(start, count)
  } else {
    deque.removeRange(i, n % 40)
    model.splice(i, n % 40)
  }
}

function check(deque: Deque, model: string[]): void {
  expect(deque.length).toBe(model.length)
  expect(deque.bytes).toBe(model.reduce((sum, value) => sum + value.length, 0))
  expect(deque.range(0, deque.length)).toEqual(model)
  for (let i = 0; i < model.length; i++) {
    if (deque.at(i) !== model[i]) throw new Error(`element ${i} differs`)
  }
}

describe('Deque', () => {
  test('does what an array does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3000 }),
        fc.boolean(),
        fc.array(fc.tuple(fc.constantFrom(...KINDS), fc.nat()), { maxLength: 300 }),
        (size, fromHead, operations) => {
          const deque = new Deque()
          const model: string[] = []
          for (let i = 0; i < size; i++) {
            apply(deque, model, fromHead ? 'pushHead' : 'pushTail', 0, `v${i}`)
          }
          operations.forEach(([kind, n], step) => {
            apply(deque, model, kind, n, `${'x'.repeat(n % 5)}${step}`)
          })
          check(deque, model)
        },
      ),
    )
  })

  test('long runs of one kind, with changes in the middle between them', () => {
    const deque = new Deque()
    const model: string[] = []
    let draw = 1
    const next = () => {
      draw = (Math.imul(draw, 1664525) + 1013904223) >>> 0
      return draw >>> 3
    }
    for (let run = 0; run < 400; run++) {
      const kind = KINDS[next() % KINDS.length] as (typeof KINDS)[number]
      const most = kind.startsWith('remove') || kind === 'trim' ? 3 : 900
      for (let i = next() % most; i >= 0; i--) apply(deque, model, kind, next(), `v${i}`)
      if (run % 10 === 0) check(deque, model)
    }
    check(deque, model)
  })

  test('indexOf finds the next equal element in either direction', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 2000 }),
        fc.integer({ min: -3, max: 2003 }),
        (values, from) => {
          const deque = new Deque()
          for (const value of values) deque.insert(deque.length >> 1, value)
          const all = deque.range(0, deque.length)
          const clamped = Math.min(from, all.length - 1)
          const backwards = clamped < 0 ? -1 : all.lastIndexOf('c', clamped)
          expect(deque.indexOf('c', from, -1)).toBe(backwards)
          expect(deque.indexOf('c', from, 1)).toBe(all.indexOf('c', Math.max(0, from)))
        },
      ),
    )
  })

  test('matches are all equal elements among the first ones looked at, in either direction', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b'), { maxLength: 2000 }),
        fc.nat(2003),
        fc.nat(2003),
        (values, from, most) => {
          const deque = new Deque()
          for (const value of values) deque.insert(deque.length >> 1, value)
          const all = deque.range(0, deque.length)
          const indexes = all.map((value, i) => (value === 'a' ? i : -1)).filter((i) => i >= 0)
          expect([...deque.matches('a', from, 1, most)]).toEqual(
            indexes.filter((i) => i >= from && i < from + most),
          )
          const start = Math.min(from, all.length - 1)
          expect([...deque.matches('a', from, -1, most)]).toEqual(
            indexes.filter((i) => i <= start && i > start - most).reverse(),
          )
        },
      ),
    )
  })

  test('removeEqual takes half of a long list out', () => {
    const deque = new Deque()
    for (let i = 0; i < 200_000; i++) deque.pushTail(i % 2 === 0 ? 'a' : 'b')
    expect(deque.removeEqual('a')).toBe(100_000)
    expect(deque.length).toBe(100_000)
    expect(deque.indexOf('a')).toBe(-1)
    expect(deque.at(99_999)).toBe('b')
  })

  test('range is half open and clamps', () => {
    const deque = new Deque()
    for (let i = 0; i < 2000; i++) deque.pushTail(`${i}`)
    expect(deque.range(510, 514)).toEqual(['510', '511', '512', '513'])
    expect(deque.range(-5, 2)).toEqual(['0', '1'])
    expect(deque.range(1999, 5000)).toEqual(['1999'])
    expect(deque.range(5, 5)).toEqual([])
    expect(deque.range(7, 3)).toEqual([])
  })

  test('removing ranges across chunks agrees with splice', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 4000 }), fc.nat({ max: 2500 })), { maxLength: 6 }),
        (cuts) => {
          const deque = new Deque()
          const model: string[] = []
          for (let i = 0; i < 4000; i++) apply(deque, model, 'pushTail', 0, `${i}`)
          for (const [start, count] of cuts) {
            deque.removeRange(start, count)
            model.splice(start, count)
            apply(deque, model, 'insert', start, 'new')
          }
          check(deque, model)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('truncate keeps the head, and outside there is nothing', () => {
    const deque = new Deque()
    for (let i = 0; i < 1500; i++) deque.pushHead(`${i}`)
    deque.truncate(3)
    expect(deque.range(0, 10)).toEqual(['1499', '1498', '1497'])
    expect([deque.at(3), deque.at(-1), deque.set(3, 'x'), deque.removeAt(3)]).toEqual([
      undefined,
      undefined,
      false,
      undefined,
    ])
    deque.truncate(0)
    expect([deque.length, deque.bytes, deque.popHead(), deque.popTail()]).toEqual([
      0,
      0,
      undefined,
      undefined,
    ])
  })

  test('long elements find room in the middle of short ones', () => {
    const deque = new Deque()
    const model = Array.from({ length: 4000 }, (_, i) => `element ${i}`)
    for (const value of model) deque.pushTail(value)
    for (let i = 1000; i < 3000; i += 250) {
      const long = 'x'.repeat(60_000 + i)
      deque.set(i, long)
      model[i] = long
      deque.insert(i + 3, long)
      model.splice(i + 3, 0, long)
    }
    check(deque, model)
    expect(deque.removeEqual(model[1000] as string)).toBe(2)
    model.splice(1000, 1)
    model.splice(1002, 1)
    while (model.length > 0) {
      expect(deque.popHead()).toBe(model.shift())
      expect(deque.popTail()).toBe(model.pop())
    }
    expect([deque.length, deque.bytes]).toEqual([0, 0])
  })

  test('a queue that moves through a million elements stays small', () => {
    const deque = new Deque()
    for (let i = 0; i < 1_000_000; i++) {
      deque.pushTail(`${i}`)
      if (i >= 600) deque.popHead()
    }
    expect(deque.length).toBe(600)
    expect(deque.at(0)).toBe('999400')
    expect((deque as unknown as { chunks: unknown[] }).chunks.length).toBeLessThanOrEqual(3)
  })
})
