import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LuaTable } from '../../../src/lua/table.ts'
import type { LuaValue } from '../../../src/lua/value.ts'
import { askReal } from '../../lua/puc.ts'

const key = fc.oneof(
  fc.integer({ min: -2, max: 20 }),
  fc.integer({ min: 1, max: 12 }),
  fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 0.5, true),
)
const changes = fc.array(
  fc.tuple(key, fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined })),
  {
    maxLength: 80,
  },
)

function entries(table: LuaTable): [LuaValue, LuaValue][] {
  const found: [LuaValue, LuaValue][] = []
  for (let p = table.after(0); p !== 0; p = table.after(p))
    found.push([table.keyAt(p), table.valueAt(p)])
  return found
}

describe('a table', () => {
  it('is a map, whatever is put in and taken out', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const table = new LuaTable()
        const model = new Map<LuaValue, LuaValue>()
        for (const [k, v] of list) {
          table.set(k, v)
          if (v === undefined) model.delete(k)
          else model.set(k, v)
          expect(table.get(k)).toBe(v)
        }
        expect(new Map(entries(table))).toEqual(model)
        for (const [k, v] of model) expect(table.get(k)).toBe(v)
        const n = table.length()
        expect(n === 0 || table.get(n) !== undefined).toBe(true)
        expect(table.get(n + 1)).toBe(undefined)
      }),
      { numRuns: 2000 },
    )
  })

  it('grown from a list behaves as if the list had been put in one by one', () => {
    fc.assert(
      fc.property(fc.nat(40), changes, (length, list) => {
        const values = Array.from({ length }, (_, i) => `v${i}`)
        const grown = LuaTable.grown(values.slice())
        const filled = new LuaTable()
        for (const [i, value] of values.entries()) filled.setInt(i + 1, value)
        expect(grown).toEqual(filled)
        for (const [k, v] of list) {
          grown.set(k, v)
          filled.set(k, v)
          expect(grown).toEqual(filled)
          expect(grown.length()).toBe(filled.length())
        }
      }),
    )
  })

  it('made as a record is as one with the field set', () => {
    const set = new LuaTable()
    set.setString('ok', 'fine')
    expect(LuaTable.record('ok', 'fine')).toEqual(set)
  })

  it('walks by next as by position, and may be cleared on the way', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const table = new LuaTable()
        for (const [k, v] of list) table.set(k, v)
        const all = entries(table)
        const walked: [LuaValue, LuaValue][] = []
        for (let at = table.next(undefined); at !== undefined; at = table.next(at[0])) {
          walked.push(at)
          table.set(at[0], undefined)
        }
        expect(walked).toEqual(all)
        expect(table.next(undefined)).toBe(undefined)
        expect(table.length()).toBe(0)
      }),
    )
  })

  it('has the border that PUC finds, also among holes', () => {
    const whole = fc.array(fc.tuple(fc.integer({ min: 1, max: 14 }), fc.boolean()), {
      minLength: 1,
      maxLength: 30,
    })
    const samples = fc.sample(whole, { numRuns: 3000, seed: 5 })
    const sources = samples.map(
      (list) => `local t = {} ${list.map(([k]) => `t[${k}] = 1`).join(' ')} print(#t)`,
    )
    const ours = samples.map((list) => {
      const table = new LuaTable()
      for (const [k] of list) table.set(k, 1)
      return `${table.length()}\n`
    })
    expect(ours).toEqual(askReal(sources))
  })

  it('fails for a key to next that it never had', () => {
    const table = new LuaTable()
    table.set('a', 1)
    expect(() => table.next('b')).toThrow(
      expect.objectContaining({ value: "invalid key to 'next'" }),
    )
    expect(() => table.next(3)).toThrow(expect.objectContaining({ value: "invalid key to 'next'" }))
  })
})
