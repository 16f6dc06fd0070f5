/**
 * `eval ours|fengari|mock SECONDS`: scripts with redis.call in this process, turns a second by the time on
 * the processor: in our Lua, in fengari on our engine, in what tests use today.
 */
import fengari from 'fengari'
import IoredisMock from 'ioredis-mock'
import { MapReply } from '../../../src/core/reply.ts'
import { startEngine } from '../../../src/index.ts'
import { SCRIPTS, type Script } from '../lua-programs.ts'
import { onProcessor, say } from './common.ts'

const [variant, words] = process.argv.slice(2) as [string, string]
const budget = Number(words) * 1000

type Turn = (turn: number) => unknown

/** An engine of its own for each script. */
function engineOf() {
  const engine = startEngine()
  const client = engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
  return (argv: readonly string[]): unknown => engine.execute(client, [...argv])
}

function ours({ source, before, keys, args }: Script): Turn {
  const execute = engineOf()
  before.forEach(execute)
  const sha = String(execute(['SCRIPT', 'LOAD', source]))
  return (turn) => execute(['EVALSHA', sha, String(keys.length), ...keys, ...args(turn)])
}

function theirs({ source, before, keys, args }: Script): Turn {
  const { lua, lauxlib, lualib, to_luastring, to_jsstring } = fengari
  const execute = engineOf()
  before.forEach(execute)
  const state = lauxlib.luaL_newstate()
  lualib.luaL_openlibs(state)
  const push = (value: unknown): void => {
    if (typeof value === 'number') lua.lua_pushnumber(state, value)
    else if (Array.isArray(value)) {
      lua.lua_newtable(state)
      value.forEach((one, i) => {
        push(one)
        lua.lua_rawseti(state, -2, i + 1)
      })
    } else if (value instanceof MapReply) push(value.items)
    else if (value === null || value === undefined) lua.lua_pushboolean(state, false)
    else lua.lua_pushstring(state, to_luastring(String(value)))
  }
  lua.lua_newtable(state)
  lua.lua_pushcfunction(state, () => {
    const argv: string[] = []
    for (let i = 1; i <= lua.lua_gettop(state); i++)
      argv.push(to_jsstring(lua.lua_tostring(state, i)))
    push(execute(argv))
    return 1
  })
  lua.lua_setfield(state, -2, to_luastring('call'))
  lua.lua_setglobal(state, to_luastring('redis'))
  if (lauxlib.luaL_loadstring(state, to_luastring(source)) !== 0) throw new Error(source)
  return (turn) => {
    push([...keys])
    lua.lua_setglobal(state, to_luastring('KEYS'))
    push([...args(turn)])
    lua.lua_setglobal(state, to_luastring('ARGV'))
    lua.lua_pushvalue(state, -1)
    if (lua.lua_pcall(state, 0, 1, 0) !== 0) throw new Error(lua.lua_tojsstring(state, -1))
    lua.lua_pop(state, 1)
  }
}

async function mock({ source, before, keys, args }: Script): Promise<Turn> {
  const redis = new IoredisMock()
  await redis.flushall()
  const call = redis as unknown as Record<string, (...words: string[]) => Promise<unknown>>
  for (const [name, ...rest] of before) await call[(name as string).toLowerCase()]?.(...rest)
  return (turn) => redis.eval(source, keys.length, ...keys, ...args(turn))
}

const figures: Record<string, number> = {}
for (const [name, script] of Object.entries(SCRIPTS)) {
  const run =
    variant === 'ours' ? ours(script) : variant === 'fengari' ? theirs(script) : await mock(script)
  let turn = 0
  const batch = async (count: number): Promise<number> => {
    const from = onProcessor()
    for (let i = 0; i < count; i++) {
      const result = run(turn++)
      if (variant === 'mock') await result
    }
    return onProcessor() - from
  }
  const size = variant === 'mock' ? 5 : 200
  // By the same clock: beside busy neighbours a variant would else end before it is warm.
  const end = onProcessor() + budget
  let best = 0
  while (onProcessor() < end) best = Math.max(best, (size / (await batch(size))) * 1000)
  figures[name] = best
}
say(figures)
process.exit(0)
