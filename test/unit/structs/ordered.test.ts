import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ordered } from '../../../src/structs/ordered.ts'

type Pair = readonly [member: string, score: number]

const before = (a: Pair, b: Pair): boolean => a[1] < b[1] || (a[1] === b[1] && a[0] < b[0])

/** The same thing without a tree. */
class Model {
  pairs: Pair[] = []

  add(pair: Pair): void {
    const at = this.pairs.findIndex((other) => before(pair, other))
    this.pairs.splice(at < 0 ? this.pairs.length : at, 0, pair)
  }

  take(member: string): Pair | undefined {
    const at = this.pairs.findIndex((pair) => pair[0] === member)
    return at < 0 ? undefined : this.pairs.splice(at, 1)[0]
  }
}

const pairsOf = (tree: Ordered, from = 0, to = tree.size): Pair[] => {
  const pairs: Pair[] = []
  tree.walk(from, to, (member, score) => pairs.push([member, score]))
  return pairs
}

const backwards = (tree: Ordered, from = 0, to = tree.size): Pair[] => {
  const pairs: Pair[] = []
  tree.walkBack(from, to, (member, score) => pairs.push([member, score]))
  return pairs
}

function check(tree: Ordered, { pairs }: Model): void {
  expect(tree.size).toBe(pairs.length)
  expect(pairsOf(tree)).toEqual(pairs)
  expect(backwards(tree)).toEqual([...pairs].reverse())
}

const SCORES = [0, 1, -1, 2.5, 1e300, -1e300, Infinity, -Infinity, 7]
/** Few names, so that they meet again; the numbers are not in the order of their bytes. */
const member = fc.nat(600).map((n) => `m${n}`)
const score = fc.oneof(fc.constantFrom(...SCORES), fc.double({ noNaN: true }))

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('add' as const), member, score }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('move' as const), member, score }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete' as const), member, score }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('range' as const), member, score, count: fc.nat(80) }),
  },
)

describe('an ordered set', () => {
  it('does what a sorted array does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 2000, size: 'max' }), (steps) => {
        const tree = new Ordered()
        const model = new Model()
        for (const [i, s] of steps.entries()) {
          const old = model.take(s.member)
          if (s.kind === 'range') {
            if (old !== undefined) model.add(old)
            const from = Math.min(tree.size, s.member.charCodeAt(1) * 3)
            const to = Math.min(tree.size, from + s.count)
            tree.deleteRange(from, to)
            model.pairs.splice(from, to - from)
          } else if (s.kind === 'delete') {
            if (old !== undefined) tree.delete(...old)
          } else {
            const pair: Pair = [s.member, s.score]
            if (old === undefined) tree.add(...pair)
            else if (s.kind === 'move') tree.move(s.member, old[1], s.score)
            else {
              tree.delete(...old)
              tree.add(...pair)
            }
            model.add(pair)
          }
          if (i % 100 === 0) check(tree, model)
        }
        check(tree, model)
        for (const [rank, pair] of model.pairs.entries()) {
          expect(tree.rank(...pair)).toBe(rank)
          expect([tree.memberAt(rank), tree.scoreAt(rank)]).toEqual(pair)
        }
        for (const bound of SCORES) {
          expect(tree.below(bound, false)).toBe(model.pairs.filter((p) => p[1] < bound).length)
          expect(tree.below(bound, true)).toBe(model.pairs.filter((p) => p[1] <= bound).length)
        }
      }),
      { numRuns: 40 },
    )
  })

  /** A fixed shuffle. */
  const shuffled = (length: number): number[] => {
    const numbers = Array.from({ length }, (_, i) => i)
    let seed = 1
    for (let i = length - 1; i > 0; i--) {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
      const j = seed % (i + 1)
      const swap = numbers[i] as number
      numbers[i] = numbers[j] as number
      numbers[j] = swap
    }
    return numbers
  }

  it.each([
    ['in order', (n: number) => Array.from({ length: n }, (_, i) => i)],
    ['backwards', (n: number) => Array.from({ length: n }, (_, i) => n - 1 - i)],
    ['in any order', shuffled],
  ])('grows to three levels and shrinks to nothing, filled %s', (_, order) => {
    const size = 30_000
    const tree = new Ordered()
    const name = (n: number): string => `m${n}`
    for (const n of order(size)) tree.add(name(n), n)
    const sample = (): void => {
      for (let rank = 0; rank < tree.size; rank += 997) {
        const [member, score] = pairsOf(tree, rank, rank + 1)[0] as Pair
        expect(member).toBe(name(score))
        expect(tree.rank(member, score)).toBe(rank)
      }
    }
    expect(pairsOf(tree).map((pair) => pair[1])).toEqual(Array.from({ length: size }, (_, i) => i))
    sample()
    for (const [i, n] of shuffled(size).entries()) {
      tree.delete(name(n), n)
      if (i % 5000 === 0) {
        sample()
        expect(pairsOf(tree)).toEqual(backwards(tree).reverse())
      }
    }
    expect(tree.size).toBe(0)
    tree.add('again', 1)
    expect(pairsOf(tree)).toEqual([['again', 1]])
  })

  it('is made of sorted pairs at once', () => {
    for (const size of [0, 1, 128, 129, 5000, 20_000]) {
      const numbers = Array.from({ length: size }, (_, i) => i)
      const tree = Ordered.of(
        numbers.map((n) => `m${n}`),
        numbers,
      )
      expect(tree.size).toBe(size)
      expect(pairsOf(tree).map((pair) => pair[1])).toEqual(numbers)
      tree.add('between', 0.5)
      expect(tree.rank('between', 0.5)).toBe(Math.min(1, size))
      for (const n of numbers) expect(tree.below(n, false)).toBe(n + (n > 0 ? 1 : 0))
      tree.deleteRange(0, tree.size)
      expect(pairsOf(tree)).toEqual([])
    }
  })

  it('counts by members where all scores are the same', () => {
    const names = Array.from({ length: 3000 }, (_, i) => `m${i}`)
    const tree = new Ordered()
    for (const name of names) tree.add(name, 5)
    const sorted = [...names].sort()
    for (const bound of ['', 'm', 'm1', 'm1500', 'm15000', 'm2999', 'n', '\xff']) {
      expect(tree.belowMember(bound, false)).toBe(sorted.filter((name) => name < bound).length)
      expect(tree.belowMember(bound, true)).toBe(sorted.filter((name) => name <= bound).length)
    }
  })

  it('can be emptied from either end, a few at a time', () => {
    const numbers = Array.from({ length: 20_000 }, (_, i) => i)
    const tree = Ordered.of(numbers.map(String), numbers)
    let low = 0
    let high = numbers.length
    while (high - low > 300) {
      tree.deleteRange(0, 137)
      low += 137
      tree.deleteRange(tree.size - 90, tree.size)
      high -= 90
      expect(pairsOf(tree, 0, 2).map((pair) => pair[1])).toEqual([low, low + 1])
      expect(backwards(tree, tree.size - 1).map((pair) => pair[1])).toEqual([high - 1])
    }
    expect(pairsOf(tree).map((pair) => pair[1])).toEqual(numbers.slice(low, high))
  })
})
