/** What runs hold, and what they must not: measured on the heap, after its garbage has been collected. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { openBase, openCoroutine, standard } from '../../../src/lua/lib/index.ts'
import { survey } from '../../../src/lua/memory.ts'
import { LuaTable } from '../../../src/lua/table.ts'
import { createLua, type Lua } from '../../../src/lua/vm.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function machine(): Lua {
  const lua = createLua({ memoryLimit: 2 ** 28 })
  openBase(lua)
  openCoroutine(lua)
  for (const open of standard) open(lua)
  return lua
}

/** Megabytes that the heap has grown by at the call of `measure` in a program. */
function heldBy(source: string): number {
  const lua = machine()
  let held = Number.NaN
  const chunk = lua.load(source, '@user_script')
  collect()
  const before = process.memoryUsage().heapUsed
  lua.global('measure', () => {
    collect()
    held = (process.memoryUsage().heapUsed - before) / 1e6
    return []
  })
  lua.call(chunk, [])
  return held
}

/** A table of fifty strings of 100 KB that are equal, and in it another one. */
function equalStrings(): LuaTable {
  const make = () => String.fromCharCode(...new Uint8Array(1e5).fill(65))
  const [table, other] = [1, 2].map(() => new LuaTable(Array.from({ length: 50 }, make)))
  table?.set('other', other)
  return table as LuaTable
}

describe('memory', () => {
  it.each([
    ['string.sub', "(string.rep('x', 1e6) .. 'the end of number ' .. i):sub(-20)"],
    ['string.match', "(string.rep('x', 1e6) .. 'the end of number ' .. i):match('the.*')"],
    ['string.gsub', "(string.rep('x', 1e6) .. 'the end of number ' .. i):gsub('x+', '')"],
  ])('a short string that %s has cut from a long one does not keep it', (_what, expression) => {
    const loop = `for i = 1, 100 do t[i] = ${expression} end measure() return t[1]`
    expect(heldBy(`local t = {} ${loop}`)).toBeLessThan(20)
  })

  it('calls in tail position leave nothing behind', () => {
    const source = `local function f(n, t) if n == 0 then return measure() end return f(n - 1, { t = n }) end
      local function g() return f(3e5, {}) end
      g()`
    expect(heldBy(source)).toBeLessThan(10)
  })

  it('counts equal strings once, and all that differ', () => {
    for (const length of [100, 1000, 20_000]) {
      const equal = Array.from({ length: 50 }, () => `${'x'.repeat(length - 1)}y`)
      expect(survey([new LuaTable(equal)], 1e9)).toBeLessThan(2 * length + 2000)
      const different = Array.from({ length: 50 }, (_, i) => 'x'.repeat(length) + i)
      expect(survey([new LuaTable(different)], 1e9)).toBeGreaterThan(50 * length)
      const inMiddle = different.map((text, i) => `${text.slice(9)}${i}${text.slice(9)}`)
      expect(survey([new LuaTable(inMiddle)], 1e9)).toBeGreaterThan(50 * length)
    }
  })

  it('makes one of equal strings, wherever they hang', () => {
    const table = equalStrings()
    survey([table], 1e9)
    collect()
    const before = process.memoryUsage().heapUsed
    expect(table.length()).toBe(50)
    table.arr = []
    table.set('other', undefined)
    collect()
    expect(before - process.memoryUsage().heapUsed).toBeLessThan(2e6)
  })
})
