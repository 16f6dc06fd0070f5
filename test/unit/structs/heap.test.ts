import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Heap } from '../../../src/structs/heap.ts'

test('items leave by time, then by arrival, and any can be removed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat({ max: 20 }), fc.nat({ max: 30 }))),
      (operations) => {
        const heap = new Heap<string>()
        let model: { at: number; ticket: number; item: string }[] = []
        let ticket = 0
        for (const [kind, at, name] of operations) {
          const item = `i${name}`
          if (kind <= 1) {
            heap.push(at, item)
            model = model.filter((entry) => entry.item !== item)
            model.push({ at, ticket: ticket++, item })
            model.sort((a, b) => a.at - b.at || a.ticket - b.ticket)
          } else if (kind === 2) {
            expect(heap.pop()).toBe(model.shift()?.item)
          } else {
            const there = model.some((entry) => entry.item === item)
            expect(heap.remove(item)).toBe(there)
            model = model.filter((entry) => entry.item !== item)
          }
          expect(heap.size).toBe(model.length)
          expect(heap.peekAt()).toBe(model[0]?.at ?? Infinity)
        }
      },
    ),
  )
})

test('clear empties', () => {
  const heap = new Heap<object>()
  heap.push(1, {})
  heap.clear()
  expect([heap.size, heap.peekAt(), heap.pop()]).toEqual([0, Infinity, undefined])
})
