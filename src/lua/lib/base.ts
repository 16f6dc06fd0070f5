/** The basic functions. `print`, `dofile`, `loadfile`, `require` and `module` are the host's matter. */
import { functionOf } from '../code.ts'
import { LuaError, NOT_ENOUGH_MEMORY } from '../errors.ts'
import { meter } from '../meter.ts'
import { parseNumber } from '../number.ts'
import { metamethod, metaOf } from '../operators.ts'
import { LuaTable } from '../table.ts'
import {
  builtin,
  LuaFunction,
  type LuaResult,
  LuaUserdata,
  type LuaValue,
  type Native,
  typeName,
} from '../value.ts'
import type { Lua } from '../vm.ts'

/** What PUC's stack takes from `unpack`. */
const STACK = 8000

export function openBase(lua: Lua): void {
  const { globals } = lua
  globals.setString('_G', globals)
  globals.setString('_VERSION', 'Lua 5.1')

  lua.global('assert', (...args) => {
    const value = lua.checkAny(args, 1)
    if (value !== undefined && value !== false) return args
    const message = lua.optString(args, 2, 'assertion failed!')
    // To C it ends with its first zero.
    const zero = message.indexOf('\0')
    return lua.error(zero < 0 ? message : message.slice(0, zero))
  })
  lua.global('error', (value, level) => {
    const depth = lua.optInt([value, level], 2, 1)
    if (!(typeof value === 'string' || typeof value === 'number') || depth <= 0)
      throw new LuaError(value)
    throw new LuaError(lua.where(depth) + lua.tostring(value))
  })
  lua.global('type', (...args) => typeName(lua.checkAny(args, 1)))
  lua.global('tostring', (...args) => {
    const value = lua.checkAny(args, 1)
    const handler = metamethod(lua, value, '__tostring')
    // Whatever that returns.
    return handler === undefined ? lua.tostring(value) : lua.call(handler, [value])[0]
  })
  lua.global('tonumber', (...args) => toNumber(lua, args))
  lua.global('rawequal', (...args) => lua.checkAny(args, 1) === lua.checkAny(args, 2))
  lua.global('rawget', (...args) => {
    const table = lua.checkTable(args, 1)
    return table.get(lua.checkAny(args, 2))
  })
  lua.global('rawset', (...args) => {
    const table = lua.checkTable(args, 1)
    const key = lua.checkAny(args, 2)
    const value = lua.checkAny(args, 3)
    lua.checkWritable(table)
    if (key === undefined) throw new LuaError('table index is nil')
    if (typeof key === 'number' && Number.isNaN(key)) throw new LuaError('table index is NaN')
    table.set(key, value)
    return table
  })
  lua.global('getmetatable', (...args) => {
    const meta = metaOf(lua, lua.checkAny(args, 1))
    return meta?.getString('__metatable') ?? meta
  })
  lua.global('setmetatable', (...args) => {
    const table = lua.checkTable(args, 1)
    const meta = args[1]
    if (args.length < 2 || !(meta === undefined || meta instanceof LuaTable))
      lua.argumentError(2, 'nil or table expected')
    if (table.meta?.getString('__metatable') !== undefined)
      lua.error('cannot change a protected metatable')
    lua.checkWritable(table)
    table.meta = meta as LuaTable | undefined
    return table
  })

  const next: Native = (...args) => {
    const table = lua.checkTable(args, 1)
    return table.next(args[1]) ?? undefined
  }
  lua.global('next', next)
  // What `pairs` returns is a function of its own.
  lua.nextFunction = builtin('next', next)
  lua.global('pairs', (...args) => [lua.nextFunction, lua.checkTable(args, 1), undefined])
  lua.ipairsIterator = builtin('ipairs', (...args) => {
    const table = lua.checkTable(args, 1)
    const i = lua.checkInt(args, 2) + 1
    const value = table.getInt(i)
    return value === undefined ? [] : [i, value]
  })
  lua.global('ipairs', (...args) => [lua.ipairsIterator, lua.checkTable(args, 1), 0])
  lua.global('unpack', (...args) => unpack(lua, args))
  lua.selectFunction = lua.global('select', (...args) => {
    if (args[0] === '#') return args.length - 1
    let n = lua.checkInt(args, 1)
    if (n < 0) n += args.length
    else if (n > args.length) n = args.length
    if (n < 1) lua.argumentError(1, 'index out of range')
    return args.slice(n)
  })

  lua.global('pcall', (...args) => {
    const fn = lua.checkAny(args, 1)
    return lua.protect(fn, args.slice(1), undefined, 'pcall')
  })
  lua.global('xpcall', (...args) => {
    const handler = lua.checkAny(args, 2)
    return lua.protect(args[0], [], handler, 'xpcall')
  })

  lua.global('getfenv', (...args) => {
    const fn = functionAt(lua, args, true)
    return fn === undefined ? lua.environment : fn.env
  })
  lua.global('setfenv', (...args) => setEnvironment(lua, args))
  lua.global('loadstring', (...args) => {
    const source = lua.checkString(args, 1)
    return load(lua, source, lua.optString(args, 2, source))
  })
  lua.global('load', (...args) => {
    const reader = lua.checkFunction(args, 1)
    const name = lua.optString(args, 2, '=(load)')
    return readAll(lua, reader, name)
  })
  lua.global('newproxy', (...args) => newProxy(lua, args))
  lua.global('gcinfo', () => [Math.floor(meter.bytes / 1024) % 2 ** 20, 0])
  lua.global('collectgarbage', (...args) => collect(lua, args))
}

function toNumber(lua: Lua, args: LuaValue[]): LuaValue {
  const base = lua.optInt(args, 2, 10)
  if (base === 10) {
    const value = lua.checkAny(args, 1)
    if (typeof value === 'number') return value
    return typeof value === 'string' ? parseNumber(value) : undefined
  }
  const text = lua.checkString(args, 1)
  if (base < 2 || base > 36) lua.argumentError(2, 'base out of range')
  return parseBase(text, base)
}

/** C's strtoul: a sign wraps around, and what is too large is the largest. */
function parseBase(text: string, base: number): number | undefined {
  const zero = text.indexOf('\0')
  const cut = zero < 0 ? text : text.slice(0, zero)
  const match = /^[ \t\n\v\f\r]*([+-]?)([0-9a-z]+)[ \t\n\v\f\r]*$/i.exec(cut)
  if (match === null) return undefined
  let digits = match[2] as string
  if (base === 16 && /^0x[0-9a-f]/i.test(digits)) digits = digits.slice(2)
  let value = 0n
  for (const char of digits) {
    const digit = Number.parseInt(char, 36)
    if (digit >= base) return undefined
    value = value * BigInt(base) + BigInt(digit)
  }
  if (value >= 2n ** 64n) return 2 ** 64
  if (match[1] === '-' && value > 0n) value = 2n ** 64n - value
  return Number(value)
}

function unpack(lua: Lua, args: LuaValue[]): LuaResult {
  const table = lua.checkTable(args, 1)
  const first = lua.optInt(args, 2, 1)
  const last = args[2] === undefined ? table.length() : lua.checkInt(args, 3)
  if (first > last) return []
  if (last - first + 1 + args.length > STACK) lua.error('too many results to unpack')
  if (first === 1 && last === table.arr.length) return table.arr.slice()
  const values: LuaValue[] = []
  for (let i = first; i <= last; i++) values.push(table.getInt(i))
  return values
}

/** The function that getfenv and setfenv mean: undefined for the machine itself (level 0, builtins). */
function functionAt(lua: Lua, args: LuaValue[], optional: boolean): LuaFunction | undefined {
  const value = args[0]
  if (value instanceof LuaFunction) return value.code === undefined ? undefined : value
  const level = optional ? lua.optInt(args, 1, 1) : lua.checkInt(args, 1)
  if (level < 0) lua.argumentError(1, 'level must be non-negative')
  if (level === 0) return undefined
  const frame = lua.level(level)
  if (frame === undefined) lua.argumentError(1, 'invalid level')
  if (frame === 'tail') lua.error(`no function environment for tail call at level ${level}`)
  const fn = functionOf(frame)
  return fn.code === undefined ? undefined : fn
}

function setEnvironment(lua: Lua, args: LuaValue[]): LuaResult {
  const table = lua.checkTable(args, 2)
  const fn = functionAt(lua, args, false)
  if (fn !== undefined) {
    fn.env = table
    return fn
  }
  if (args[0] instanceof LuaFunction || lua.checkInt(args, 1) !== 0)
    lua.error("'setfenv' cannot change environment of given object")
  lua.environment = table
  return []
}

/** Bytecode is read as text, and fails, as in Redis. */
function load(lua: Lua, source: string, name: string): LuaResult {
  try {
    return lua.load(source, name)
  } catch (thrown) {
    if (!(thrown instanceof LuaError) || thrown.fatal) throw thrown
    return [undefined, thrown.value]
  }
}

/** The text of a chunk from a function that gives it piece by piece. */
function readAll(lua: Lua, reader: LuaFunction, name: string): LuaResult {
  const pieces: string[] = []
  // PUC looks ahead for bytecode: a reader that is done at once is asked again.
  let asked = 0
  let bytes = 0
  for (;;) {
    let piece: LuaValue
    try {
      piece = lua.call(reader, [])[0]
    } catch (thrown) {
      if (!(thrown instanceof LuaError) || thrown.fatal) throw thrown
      return [undefined, thrown.value]
    }
    if ((piece === undefined || piece === '') && asked++ === 0 && pieces.length === 0) continue
    if (piece === undefined || piece === '') return load(lua, pieces.join(''), name)
    if (typeof piece === 'number') piece = lua.tostring(piece)
    if (typeof piece !== 'string')
      return [undefined, `${lua.where(1)}reader function must return a string`]
    bytes += piece.length + 16
    if (bytes > lua.memoryLimit) throw new LuaError(NOT_ENOUGH_MEMORY)
    pieces.push(piece)
  }
}

function newProxy(lua: Lua, args: LuaValue[]): LuaUserdata {
  const proxy = new LuaUserdata(undefined)
  const like = args[0]
  if (like === undefined || like === false) return proxy
  if (like === true) proxy.meta = new LuaTable()
  else if (like instanceof LuaUserdata && like.meta !== undefined) proxy.meta = like.meta
  else lua.argumentError(1, 'boolean or proxy expected')
  return proxy
}

const COLLECT = ['stop', 'restart', 'collect', 'count', 'step', 'setpause', 'setstepmul'] as const

/** There is nothing to collect here; the numbers are plausible. */
function collect(lua: Lua, args: LuaValue[]): LuaResult {
  const option = lua.checkOption(args, 1, COLLECT, 'collect')
  lua.optInt(args, 2, 0)
  if (option === 'count') return (meter.bytes % 2 ** 30) / 1024
  if (option === 'step') return false
  return option === 'setpause' || option === 'setstepmul' ? 200 : 0
}
