/**
 * `lua ours|fengari ROUNDS`: programs of Lua, all in one process, so that what one teaches the machine
 * is not all it knows; runs a second of each, by the time on the processor.
 */
import fengari from 'fengari'
import { additional, openBase, openCoroutine, standard } from '../../../src/lua/lib/index.ts'
import { createLua, type Lua } from '../../../src/lua/vm.ts'
import { CJSON, PROGRAMS } from '../lua-programs.ts'
import { median, onProcessor, say } from './common.ts'

const [variant, words] = process.argv.slice(2) as [string, string]
const rounds = Number(words)

/** Something that runs when it is called. */
type Compile = (source: string) => () => unknown

function machine(): Lua {
  const lua = createLua()
  for (const open of [openBase, openCoroutine, ...standard, ...additional]) open(lua)
  return lua
}

function ours(): Compile {
  return (source) => {
    const lua = machine()
    const chunk = lua.load(source, '=bench')
    return () => lua.call(chunk, [])[0]
  }
}

function theirs(): Compile {
  const { lua, lauxlib, lualib, to_luastring } = fengari
  return (source) => {
    const state = lauxlib.luaL_newstate()
    lualib.luaL_openlibs(state)
    if (lauxlib.luaL_loadstring(state, to_luastring(source)) !== 0) throw new Error(source)
    return () => {
      lua.lua_pushvalue(state, -1)
      if (lua.lua_pcall(state, 0, 1, 0) !== 0) throw new Error(lua.lua_tojsstring(state, -1))
      const result = lua.lua_tonumber(state, -1)
      lua.lua_pop(state, 1)
      return result
    }
  }
}

const compile = variant === 'ours' ? ours() : theirs()
const programs = variant === 'ours' ? { ...PROGRAMS, ...CJSON } : PROGRAMS
const figures: Record<string, number> = {}

if (variant === 'ours') {
  const text = Object.values(PROGRAMS)
    .map((source) => `f = function() ${source} end`)
    .join('\n')
  const lua = createLua()
  for (let i = 0; i < 50; i++) lua.load(text, '=bench')
  const times: number[] = []
  for (let i = 0; i < 50; i++) {
    const from = performance.now()
    lua.load(text, '=bench')
    times.push(performance.now() - from)
  }
  figures['compile, MB/s'] = text.length / median(times) / 1000
  const open: number[] = []
  for (let i = 0; i < 200; i++) {
    const from = performance.now()
    machine()
    open.push(performance.now() - from)
  }
  figures['machine, µs'] = median(open) * 1000
}

const times: Record<string, number[]> = {}
for (let round = 0; round < rounds; round++) {
  for (const [name, source] of Object.entries(programs)) {
    const run = compile(source)
    const from = onProcessor()
    const result = run()
    const took = onProcessor() - from
    if (typeof result !== 'number') throw new Error(`${name}: ${result}`)
    times[name] ??= []
    ;(times[name] as number[]).push(took)
  }
}
for (const [name, all] of Object.entries(times)) figures[name] = 1000 / Math.min(...all)
say(figures)
