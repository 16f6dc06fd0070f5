import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SetLimits, SetValue } from '../../../src/types/set.ts'

function limits(intset: number, entries: number, value = 64): SetLimits {
  return Object.assign(new SetLimits(7), {
    intsetEntries: intset,
    listpackEntries: entries,
    listpackValue: value,
  })
}

const member = fc.oneof(
  fc.integer({ min: -9, max: 30 }).map(String),
  fc.constantFrom('', 'a', 'b', 'long enough', '01', '9223372036854775807', '9223372036854775808'),
)

describe('a set', () => {
  it('holds what a model holds, in whichever layout', () => {
    const step = fc.tuple(
      fc.constantFrom('add', 'add', 'delete', 'take', 'copy', 'compact'),
      member,
    )
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 120 }),
        fc.nat({ max: 12 }),
        fc.nat({ max: 12 }),
        fc.nat({ max: 12 }),
        (steps, intset, entries, value) => {
          let set = new SetValue(limits(intset, entries, value))
          const model = new Set<string>()
          for (const [operation, text] of steps) {
            if (operation === 'add') {
              expect(set.add(text)).toBe(!model.has(text))
              model.add(text)
            } else if (operation === 'delete') expect(set.delete(text)).toBe(model.delete(text))
            else if (operation === 'take') {
              if (set.size > 0) expect(model.delete(set.take(text.length % set.size))).toBe(true)
            } else if (operation === 'copy') {
              const copy = set.copy()
              expect(copy.encoding).toBe(set.encoding)
              expect(copy.members()).toEqual(set.members())
              set = copy
            } else set.compact()
            expect(set.has(text)).toBe(model.has(text))
            expect(set.size).toBe(model.size)
          }
          expect(set.members().sort()).toEqual([...model].sort())
          const walked: string[] = []
          let cursor = 0
          do {
            cursor = set.scan(cursor, 3, (text) => walked.push(text))
          } while (cursor !== 0)
          expect(walked.sort()).toEqual([...model].sort())
        },
      ),
      { numRuns: 300 },
    )
  })

  it('has its integers in ascending order', () => {
    const set = new SetValue(limits(512, 128))
    for (const text of ['10', '9', '-1', '9223372036854775807', '9007199254740992', '0'])
      set.add(text)
    expect(set.members()).toEqual(['-1', '0', '9', '10', '9007199254740992', '9223372036854775807'])
  })

  it('becomes a list with the first word and a dictionary with one too many', () => {
    const set = new SetValue(limits(3, 3))
    set.add('2')
    set.add('1')
    expect(set.encoding).toBe('intset')
    set.add('x')
    expect([set.encoding, set.members()]).toEqual(['listpack', ['1', '2', 'x']])
    set.add('3')
    expect(set.encoding).toBe('hashtable')
    for (const text of ['3', 'x', '1']) set.delete(text)
    expect([set.encoding, set.members()]).toEqual(['hashtable', ['2']])
    set.compact()
    expect(set.encoding).toBe('intset')
  })

  it.each<[string, SetLimits, string[], string]>([
    ['more integers than an intset may have', limits(2, 9), ['1', '2', '3'], 'hashtable'],
    ['a word longer than a listpack may have', limits(9, 9, 3), ['abcd'], 'hashtable'],
    ['an integer longer than that', limits(9, 9, 3), ['1000', '1', 'a'], 'hashtable'],
    ['a negative integer longer than that', limits(9, 9, 3), ['-100', '1', 'a'], 'hashtable'],
    ['integers of just that length', limits(9, 9, 3), ['-10', '100', 'abc'], 'listpack'],
    ['a word where nothing may be a listpack', limits(9, 0), ['a'], 'hashtable'],
  ])('of %s is laid out accordingly', (_, bounds, members, encoding) => {
    const set = SetValue.for(bounds, members[0] as string, 1)
    for (const text of members) set.add(text)
    expect(set.encoding).toBe(encoding)
  })

  it('begins in the layout that fits the number of members to come', () => {
    const bounds = limits(4, 3)
    expect(SetValue.for(bounds, '1', 4).encoding).toBe('intset')
    expect(SetValue.for(bounds, '1', 5).encoding).toBe('hashtable')
    expect(SetValue.for(bounds, 'a', 3).encoding).toBe('listpack')
    expect(SetValue.for(bounds, 'a', 4).encoding).toBe('hashtable')
    expect(SetValue.for(limits(1, 3), '1', 3).encoding).toBe('listpack')
  })

  it('keeps its walk through a dictionary complete while it changes', () => {
    const change = fc.tuple(fc.constantFrom('add', 'delete'), fc.nat({ max: 400 }))
    fc.assert(
      fc.property(
        fc.array(fc.array(change, { maxLength: 30 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 40 }),
        (rounds, count) => {
          const set = new SetValue(limits(0, 0))
          for (let i = 0; i < 200; i++) set.add(`m${i}`)
          const stayed = new Set(set.members())
          const seen = new Set<string>()
          let cursor = 0
          let round = 0
          do {
            cursor = set.scan(cursor, count, (text) => seen.add(text))
            for (const [operation, n] of rounds[round++ % rounds.length] ?? []) {
              if (operation === 'add') set.add(`m${n}`)
              else if (set.delete(`m${n}`)) stayed.delete(`m${n}`)
            }
          } while (cursor !== 0)
          expect([...stayed].filter((text) => !seen.has(text))).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })
})
