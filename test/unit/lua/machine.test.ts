import { describe, expect, it } from 'vitest'
import { LuaError } from '../../../src/lua/errors.ts'
import { openBase, openCoroutine, standard } from '../../../src/lua/lib/index.ts'
import { LuaTable } from '../../../src/lua/table.ts'
import { builtin, type LuaValue } from '../../../src/lua/value.ts'
import { createLua, type Lua, type LuaOptions } from '../../../src/lua/vm.ts'

function machine(options?: LuaOptions): Lua {
  const lua = createLua(options)
  openBase(lua)
  openCoroutine(lua)
  for (const open of standard) open(lua)
  return lua
}

function evaluate(lua: Lua, source: string): LuaValue[] {
  return lua.call(lua.load(source, '@user_script'), [])
}

/** The text of the error that a program ends with. */
function failure(lua: Lua, source: string): LuaValue {
  try {
    evaluate(lua, source)
  } catch (thrown) {
    if (thrown instanceof LuaError) return thrown.value
    throw thrown
  }
  return undefined
}

describe('a run', () => {
  it('gives its results when it is done', () => {
    const lua = machine()
    const run = lua.start(lua.load('return ..., 2', '@x'), [1])
    expect(run.step()).toBe('done')
    expect(run.results).toEqual([1, 2])
  })

  it('pauses where the hook says so, and goes on where it was', () => {
    const lua = machine({ interval: 10 })
    lua.hook = () => 'pause'
    const run = lua.start(
      lua.load('local s = 0 for i = 1, 100 do s = s + i end return s', '@x'),
      [],
    )
    let pauses = 0
    while (run.step() === 'paused') pauses++
    expect(pauses).toBe(11)
    expect(run.results).toEqual([5050])
  })

  it('pauses inside of pcall and of coroutines', () => {
    const lua = machine({ interval: 1 })
    lua.hook = () => 'pause'
    const source = `
      local co = coroutine.wrap(function() for i = 1, 20 do coroutine.yield(i) end end)
      local ok, sum = pcall(function() local s = 0 for i = 1, 20 do s = s + co() end return s end)
      local no, text = pcall(function() for i = 1, 20 do end error('e') end)
      return ok, sum, no, text`
    const run = lua.start(lua.load(source, '@x'), [])
    let pauses = 0
    while (run.step() === 'paused') pauses++
    expect(pauses).toBeGreaterThan(40)
    expect(run.results).toEqual([true, 210, false, 'x:4: e'])
  })

  it('does not pause in what a builtin calls', () => {
    const lua = machine({ interval: 1 })
    let asked = 0
    lua.hook = () => {
      asked++
      return 'pause'
    }
    const source = `
      local t = {3, 1, 2}
      table.sort(t, function(a, b) for i = 1, 10 do end return a < b end)
      return t[1], t[3]`
    const run = lua.start(lua.load(source, '@x'), [])
    expect(run.step()).toBe('done')
    expect(asked).toBeGreaterThan(10)
    expect(run.results).toEqual([1, 3])
  })

  it('ends with the error that kills it, and no pcall stops that', () => {
    const lua = machine({ interval: 10 })
    lua.hook = () => 'pause'
    const source = 'pcall(function() while true do end end) return "not here"'
    const run = lua.start(lua.load(source, '@x'), [])
    expect(run.step()).toBe('paused')
    run.kill(new LuaError('killed', true))
    expect(() => run.step()).toThrow(expect.objectContaining({ value: 'killed' }))
    expect(run.step()).toBe('done')
    expect(run.results).toEqual([])
  })

  it('ends when the hook throws a fatal error', () => {
    const lua = machine({ interval: 10 })
    lua.hook = () => {
      throw new LuaError('out of time', true)
    }
    expect(failure(lua, 'while true do pcall(function() while true do end end) end')).toBe(
      'out of time',
    )
    lua.hook = undefined
    expect(evaluate(lua, 'return 1')).toEqual([1])
  })

  it('leaves another run alone while it is paused', () => {
    const lua = machine({ interval: 3 })
    lua.hook = () => 'pause'
    const source = `
      local co = coroutine.wrap(function(n) while true do n = n + coroutine.yield(n) end end)
      local s = co(...)
      for i = 1, 10 do s = pcall(function() s = co(1) end) and s end
      return s`
    const one = lua.start(lua.load(source, '@x'), [1])
    const two = lua.start(lua.load(source, '@x'), [100])
    const ends = new Set<unknown>()
    while (ends.size < 2) for (const run of [one, two]) if (run.step() === 'done') ends.add(run)
    expect([one.results, two.results]).toEqual([[11], [110]])
  })
})

describe('limits', () => {
  it.each([
    ['an array', 'local t = {} while true do t[#t + 1] = {} end'],
    ['a table of fields', 'local t, i = {}, 0 while true do i = i + 1 t["k" .. i] = i end'],
    ['nested tables', 'local t = {} while true do t = {t} end'],
    ['closures', 'local f while true do local g = f f = function() return g end end'],
    ['a string that doubles', 'local s = "x" while true do s = s .. s end'],
    ['strings in a table', 'local t = {} while true do t[#t + 1] = ("x"):rep(1e5) .. #t end'],
    ['coroutines', 'local t = {} while true do t[#t + 1] = coroutine.create(function() end) end'],
    [
      'upper case',
      'local t, s = {}, ("x"):rep(1e6) while true do t[#t + 1] = (s .. #t):upper() end',
    ],
    [
      'strings turned round',
      'local t, s = {}, ("x"):rep(1e6) while true do t[#t + 1] = (s .. #t):reverse() end',
    ],
    [
      'parts',
      'local t, s = {}, "" for i = 1, 9e4 do s = s .. i end while true do t[#t + 1] = s:sub(#t % 90, #t % 99 + 7e4) .. #t end',
    ],
    [
      'captures',
      'local t, s = {}, ("x"):rep(1e6) while true do t[#t + 1] = (s .. #t):match("(.*)") end',
    ],
    [
      'formats',
      'local t, s = {}, ("x"):rep(1e6) while true do t[#t + 1] = ("%s%d"):format(s, #t) end',
    ],
    ['a chunk without end', 'load(function() return " " end)'],
  ])('%s cannot grow beyond the memory limit', (_what, source) => {
    const lua = machine({ memoryLimit: 20e6 })
    expect(failure(lua, source)).toMatch(/not enough memory$/)
    // A script may catch it, and what it held is free again.
    const caught = `return pcall(function() ${source} end)`
    expect(evaluate(lua, caught)).toEqual([false, expect.stringMatching(/not enough memory$/)])
    expect(evaluate(lua, 'return #("x"):rep(1000)')).toEqual([1000])
  })

  it('garbage does not count', () => {
    const lua = machine({ memoryLimit: 20e6 })
    const source = `
      for i = 1, 500000 do local t = {i, i} end
      for i = 1, 500 do local s = ("x"):rep(1e5) .. i end
      return "fine"`
    expect(evaluate(lua, source)).toEqual(['fine'])
  })

  it('recursion ends with an error of Lua, however the frames look', () => {
    const lua = machine()
    const deep = [
      'local function f(n) return 1 + f(n + 1) end f(1)',
      'local function f(...) local a = f(...) return a end f(1, 2, 3)',
      'local t = {} function t:m() for i = 1, 2 do if i then while true do self:m() end end end end t:m()',
    ]
    for (const source of deep) expect(failure(lua, source)).toBe('user_script:1: stack overflow')
    expect(failure(lua, 'local function f() pcall(error) return (f()) end f()')).toBe(
      'user_script:1: stack overflow',
    )
  })

  it('a chain of callbacks ends with C stack overflow', () => {
    const lua = machine()
    const sources = [
      'local function f(s) return (s:gsub(".", f)) end f("x")',
      'local t = setmetatable({}, {__index = function(t, k) return t[k] end}) return t.x',
      'local function f(a, b) table.sort({1, 2, 3}, f) end f()',
    ]
    for (const source of sources) expect(failure(lua, source)).toMatch(/C stack overflow/)
  })
})

describe('what Lua leaves open', () => {
  it.each([
    [
      'pairs goes through elements, then through fields in the order of insertion',
      `local t, keys = {z = 1, 7, 8}, {}
      t.y = 1 t[10] = 1 t.x = 1 t[3] = 1
      t.z = nil t.z = 2
      for k in pairs(t) do keys[#keys + 1] = tostring(k) end
      return table.concat(keys, ' ')`,
      '1 2 3 z y 10 x',
    ],
    [
      'NaN has no sign',
      'return table.concat({tostring(0 / 0), tostring(-(0 / 0)), tostring(math.huge - math.huge)}, " ")',
      '-nan -nan -nan',
    ],
    [
      'weak tables hold what is in them',
      'local t = setmetatable({{}}, {__mode = "kv"}) t[{}] = 1 collectgarbage() return type(next(t, 1))',
      'table',
    ],
    [
      'a value that and or or has chosen has no name in errors',
      'local f = print and {} local ok, e = pcall(function() return ((f or f) .. "x") end) return e',
      'x:1: attempt to concatenate a table value',
    ],
    [
      'the handler of xpcall runs when the stack is gone',
      'local function f() error("x", 0) end local _, n = xpcall(f, function() return pcall(error, "y", 2) end) return tostring(n)',
      'false',
    ],
  ])('%s', (_what, source, result) => {
    const lua = machine()
    lua.global('print', () => [])
    expect(lua.call(lua.load(source, '@x'), [])).toEqual([result])
  })
})

describe('a host', () => {
  it('calls functions of Lua and is called by them', () => {
    const lua = machine()
    lua.global('twice', (fn, value) => [...lua.call(fn, [value]), ...lua.call(fn, [value])])
    expect(evaluate(lua, 'return twice(function(x) return x, x + 1 end, 5)')).toEqual([5, 6, 5, 6])
  })

  it('answers nothing, nil, one value or many', () => {
    const lua = machine()
    lua.global('none', () => [])
    lua.global('nothing', () => undefined)
    lua.global('many', () => [1, undefined, 3])
    const source = 'return select("#", none()), select("#", nothing()), select("#", many()), many()'
    expect(evaluate(lua, source)).toEqual([0, 1, 3, 1, undefined, 3])
  })

  it('reports errors with the position of its caller', () => {
    const lua = machine()
    lua.global('fail', () => lua.error('no'))
    lua.global('need', (...args) => lua.checkNumber(args, 1))
    expect(failure(lua, '\nfail()')).toBe('user_script:2: no')
    expect(failure(lua, 'local t = {n = need} t.n("x")')).toBe(
      "user_script:1: bad argument #1 to 'n' (number expected, got string)",
    )
    expect(failure(lua, 'local t = {n = need} t:n("x")')).toBe(
      "user_script:1: calling 'n' on bad self (number expected, got table)",
    )
  })

  it('marks a table that nobody may write to', () => {
    const lua = machine()
    const table = new LuaTable()
    table.setString('x', 1)
    table.readonly = true
    lua.globals.setString('t', table)
    const text = 'user_script:1: Attempt to modify a readonly table'
    for (const source of ['t.x = 2', 't.y = 1', 't[1] = 1', 'local k = "x" t[k] = nil'])
      expect(failure(lua, source)).toBe(text)
    expect(evaluate(lua, 'return pcall(rawset, t, "x", 1)')[0]).toBe(false)
    expect(evaluate(lua, 'return t.x, t.y, #t')).toEqual([1, undefined, 0])
  })

  it('gives values that are functions, userdata or tables', () => {
    const lua = machine()
    lua.globals.setString(
      'f',
      builtin('f', (a) => a),
    )
    expect(
      evaluate(lua, 'return type(f), f(1), tostring(f):match("^builtin") or "function"'),
    ).toEqual(['function', 1, 'function'])
  })
})
