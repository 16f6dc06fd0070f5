/**
 * The machines in which scripts and functions live: what they see, and that they cannot change it.
 *
 * A script sees the libraries and the `redis` object, and nothing that it adds stays: its globals and
 * everything that hangs on them are read-only. Functions have the same in a machine of their own, where
 * the table of globals is empty and stands for another one: the libraries, or, while a library is
 * loaded, an object that can register functions and little else.
 */
import { openBase } from '../lua/lib/base.ts'
import { openBit } from '../lua/lib/bit.ts'
import { openCjson } from '../lua/lib/cjson.ts'
import { openCmsgpack } from '../lua/lib/cmsgpack.ts'
import { openCoroutine } from '../lua/lib/coroutine.ts'
import { openMath } from '../lua/lib/math.ts'
import { openOs } from '../lua/lib/os.ts'
import { openString } from '../lua/lib/string.ts'
import { openStruct } from '../lua/lib/struct.ts'
import { openTable } from '../lua/lib/table.ts'
import { LuaTable } from '../lua/table.ts'
import { builtin, type LuaValue } from '../lua/value.ts'
import { createLua, type Lua } from '../lua/vm.ts'
import { type Host, libraryObject, redisObject } from './bridge.ts'

/** What of the base library stays; the others can do harm, or say what is none of a script's business. */
const BASE = [
  ...['_G', '_VERSION', 'assert', 'collectgarbage', 'coroutine', 'error', 'gcinfo', 'getmetatable'],
  ...['ipairs', 'load', 'loadstring', 'next', 'pairs', 'pcall', 'rawequal', 'rawget', 'rawset'],
  ...['select', 'setmetatable', 'tonumber', 'tostring', 'type', 'unpack', 'xpcall'],
]
/** What is there only with `lua-enable-deprecated-api`. */
const DEPRECATED: ReadonlySet<string> = new Set(['getfenv', 'newproxy', 'setfenv'])
const LIBRARIES = ['string', 'table', 'math', 'os', 'cjson', 'struct', 'cmsgpack', 'bit', 'redis']
const ALLOWED: ReadonlySet<string> = new Set([...BASE, ...LIBRARIES])

/** Bytes that a run may hold: no script of good will needs as much, and a page has not much more. */
const MEMORY_LIMIT = 256 * 1024 * 1024

function createMachine(host: Host, isForFunctions: boolean): Lua {
  const lua = createLua({ memoryLimit: MEMORY_LIMIT })
  lua.softened = errorText
  openBase(lua)
  openCoroutine(lua)
  openString(lua)
  openTable(lua)
  openMath(lua, host.dice)
  openOs(lua, () => host.engine.platform.micros() / 1e6)
  openCjson(lua)
  openStruct(lua)
  openCmsgpack(lua)
  openBit(lua)
  const { globals } = lua
  globals.setString('redis', redisObject(host, lua, !isForFunctions))
  const old = host.engine.config.yes('lua-enable-deprecated-api')
  for (const name of keysOf(globals)) {
    if (!ALLOWED.has(name) && !(old && DEPRECATED.has(name))) globals.setString(name, undefined)
  }
  return lua
}

function keysOf(table: LuaTable): string[] {
  const keys: string[] = []
  for (let entry = table.next(undefined); entry !== undefined; entry = table.next(entry[0])) {
    if (typeof entry[0] === 'string') keys.push(entry[0])
  }
  return keys
}

/** `pcall` hands over the text of an error of the `redis` object, as it did when those were texts. */
function errorText(value: LuaValue): LuaValue {
  if (!(value instanceof LuaTable)) return value
  const text = value.getString('err')
  return typeof text === 'string' || typeof text === 'number' ? text : value
}

/** Reading a field that is not there is an error: most often a misspelt name. */
function refuseUnknown(lua: Lua, table: LuaTable): void {
  const index = builtin('__index', (...args) => {
    const [, name] = args
    if (typeof name !== 'string' && typeof name !== 'number') {
      lua.error('Second argument to luaProtectedTableError must be a string or number')
    }
    return lua.error(`Script attempted to access nonexistent global variable '${name}'`)
  })
  const meta = table.meta ?? new LuaTable()
  meta.setString('__index', index)
  table.meta = meta
}

/** Make a table read-only, with all tables that it leads to. */
function protect(table: LuaTable): void {
  if (table.readonly) return
  table.readonly = true
  for (let entry = table.next(undefined); entry !== undefined; entry = table.next(entry[0])) {
    if (entry[1] instanceof LuaTable) protect(entry[1])
  }
  if (table.meta !== undefined) protect(table.meta)
}

function protectStrings(lua: Lua): void {
  if (lua.stringMeta !== undefined) protect(lua.stringMeta)
}

/** The machine of EVAL. */
export function scriptMachine(host: Host): Lua {
  const lua = createMachine(host, false)
  const handler = builtin('__redis__err__handler', (...args) => {
    const [error] = args
    if (error instanceof LuaTable) return error
    return LuaTable.record('err', `ERR ${lua.tostring(error)}`)
  })
  lua.globals.setString('__redis__err__handler', handler)
  refuseUnknown(lua, lua.globals)
  protect(lua.globals)
  protectStrings(lua)
  return lua
}

/** What a library that is being loaded says of a function. */
export type Register = (args: LuaValue[]) => void

/** The machine of functions. */
export class FunctionMachine {
  readonly lua: Lua
  private readonly runtime: LuaTable
  private readonly loading: LuaTable
  private readonly redirect: LuaTable

  constructor(host: Host, register: Register) {
    this.lua = createMachine(host, true)
    const { lua } = this
    const object = libraryObject(host, (...args) => {
      register(args)
      return []
    })
    refuseUnknown(lua, object)
    this.loading = LuaTable.record('redis', object)
    refuseUnknown(lua, this.loading)
    protect(this.loading)
    this.runtime = lua.globals
    refuseUnknown(lua, this.runtime)
    protect(this.runtime)
    // The globals that functions name: an empty table that stands for one of the two.
    this.redirect = LuaTable.record('__index', this.runtime)
    const globals = new LuaTable()
    globals.meta = this.redirect
    protect(globals)
    lua.environment = globals
    protectStrings(lua)
  }

  /** Whether what runs is a library that is being loaded. */
  set isLoading(on: boolean) {
    this.redirect.setString('__index', on ? this.loading : this.runtime)
  }
}
