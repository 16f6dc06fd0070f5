import { describe, expect, it } from 'vitest'
import { LuaError } from '../../../src/lua/errors.ts'
import { additional, openBase, openCoroutine, standard } from '../../../src/lua/lib/index.ts'
import { createLua, type Lua } from '../../../src/lua/vm.ts'

function machine(memoryLimit = 2 ** 30): Lua {
  const lua = createLua({ memoryLimit })
  openBase(lua)
  openCoroutine(lua)
  for (const open of [...standard, ...additional]) open(lua)
  return lua
}

const run = (lua: Lua, source: string): unknown[] => lua.call(lua.load(source, '@script'), [])

describe('what would take for ever', () => {
  it.each([
    ['a pattern', 'return pcall(string.find, ("a"):rep(60), ("(a*)"):rep(20) .. "b")'],
    ['a quadratic pattern', 'return pcall(string.find, ("a"):rep(1e6), "(.-)%1b")'],
    ['a replacement', 'return pcall(string.gsub, ("a"):rep(1e6), ("a-"):rep(9) .. "b", "x")'],
    ['an iteration', 'for w in ("a"):rep(200):gmatch(("a*"):rep(20) .. "b") do end'],
    ['a place far below zero', 'return pcall(table.insert, {1, 2}, -2^31, 1)'],
    [
      'an element far out',
      'cjson.encode_sparse_array(false, 0) return pcall(cjson.encode, {[2^31 - 1] = 1})',
    ],
    [
      'a comparison without order',
      'local t = {} for i = 1, 1e6 do t[i] = i end return pcall(table.sort, t, function(a, b) return a < b end)',
    ],
  ])('%s is ended by the hook, whoever catches errors', (_, source) => {
    const lua = machine()
    let looks = 0
    lua.hook = () => {
      if (++looks > 10) throw new LuaError('killed', true)
      return 'go'
    }
    let thrown: unknown
    try {
      run(lua, source)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toEqual(new LuaError('killed', true))
    // The machine is as good as new.
    lua.hook = undefined
    expect(run(lua, 'return ("abc"):gsub("%w", string.upper)')).toEqual(['ABC', 3])
  })
})

describe('what would take all memory', () => {
  it.each([
    ['string.rep', 'string.rep, "x", 2^31 - 1'],
    ['string.rep of much', 'string.rep, ("x"):rep(1e6), 1e3'],
    [
      'table.concat',
      'table.concat, setmetatable({("x"):rep(1e7), ("x"):rep(1e7)}, nil), ("y"):rep(2e7)',
    ],
    ['gsub', 'string.gsub, ("x"):rep(1e4), "x", ("y"):rep(1e4)'],
    ['cjson.encode', 'cjson.encode, nested'],
  ])('%s is a plain error', (_, call) => {
    const lua = machine(2 ** 25)
    const nested = 'local nested = {1} for i = 1, 40 do nested = {nested, nested} end '
    expect(run(lua, `${nested} return pcall(${call})`)).toEqual([false, 'not enough memory'])
  })
})

describe('nesting', () => {
  it('is as deep as PUC has room for', () => {
    const lua = machine()
    const prepare = 'cjson.encode_max_depth(1e6) cjson.decode_max_depth(1e6) '
    const nested = 'local t = {} for i = 2, n do t = {t} end return #cjson.encode(t)'
    expect(run(lua, `${prepare} local n = 7997 ${nested}`)).toEqual([15994])
    expect(run(lua, `${prepare} local n = 7998 return pcall(function() ${nested} end)`)).toEqual([
      false,
      'script:1: Cannot serialise, excessive nesting (7998)',
    ])
    const decode = (n: number) => `return pcall(cjson.decode, ("["):rep(${n}) .. ("]"):rep(${n}))`
    expect(run(lua, `${prepare} ${decode(7998)}`)[0]).toBe(true)
    expect(run(lua, `${prepare} ${decode(7999)}`)).toEqual([
      false,
      'Found too many nested data structures (7999) at character 7999',
    ])
    const unpack = (n: number) => `return pcall(cmsgpack.unpack, ("\\145"):rep(${n}) .. "\\1")`
    expect(run(lua, unpack(3999))[0]).toBe(true)
    expect(run(lua, unpack(4000))).toEqual([
      false,
      'stack overflow (in function mp_decode_to_lua_array)',
    ])
  })

  it('of cmsgpack ends at sixteen levels, below which tables are nil', () => {
    const lua = machine()
    const source =
      'local t = {} for i = 2, 20 do t = {t} end local s = cmsgpack.pack(t) return #s, s:byte(16, 17)'
    expect(run(lua, source)).toEqual([17, 0x91, 0xc0])
  })
})

describe('callbacks', () => {
  it('cannot yield', () => {
    const text = 'attempt to yield across metamethod/C-call boundary'
    const inside = (call: string) => `return coroutine.wrap(function() return pcall(${call}) end)()`
    const lua = machine()
    for (const call of [
      'table.sort, {3, 2, 1}, function(a, b) coroutine.yield() return a < b end',
      'string.gsub, "abc", "%w", function() coroutine.yield() end',
      'table.foreach, {1}, function() coroutine.yield() end',
    ]) {
      expect(run(lua, inside(call))).toEqual([false, text])
    }
  })

  it('may match, sort and fail inside of each other', () => {
    const lua = machine()
    const source = `
      local t = {"b1", "a2", "c3"}
      table.sort(t, function(x, y) return x:match("%a") < (y:gsub("%d", function(d) return "" end)) end)
      local s = ("x=1,y=2"):gsub("(%w)=(%w)", function(k, v) return v .. "=" .. k:gsub("%w", "%0%0") end)
      local ok, e = pcall(string.gsub, "abc", "b", function(c) error("no " .. c:find("b")) end)
      return table.concat(t, " "), s, ok, e`
    expect(run(lua, source)).toEqual(['a2 b1 c3', '1=xx,2=yy', false, 'script:5: no 1'])
  })
})
