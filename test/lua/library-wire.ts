/**
 * The same call to a library function here and in a real server's EVAL.
 *
 * Values travel as text that a small reader in Lua takes apart (nothing else of the libraries is used for
 * it), and results come back as a dump in which tables are sorted, so that the order of PUC's hash
 * does not matter. Functions are called by pcall directly, so errors have no position.
 */
import { LuaError } from '../../src/lua/errors.ts'
import { LuaTable } from '../../src/lua/table.ts'
import {
  builtin,
  LuaFunction,
  type LuaResult,
  LuaUserdata,
  type LuaValue,
} from '../../src/lua/value.ts'
import type { Lua } from '../../src/lua/vm.ts'

/** One call. */
export interface Call {
  /** `cjson.encode`; for cjson of a fresh instance, with options set first. */
  readonly name: string
  readonly args: readonly LuaValue[]
  readonly options?: readonly (readonly [string, ...LuaValue[]])[]
  /** The bytes of the result come in an order that PUC's hash decides: compare them sorted. */
  readonly loose?: boolean
}

/** Functions that both sides have, as comparators and replacements. */
const FUNCTIONS: Readonly<Record<string, (...args: LuaValue[]) => LuaResult>> = {
  less: (a, b) => (a as number) < (b as number),
  more: (a, b) => (a as number) > (b as number),
  always: () => true,
  never: () => false,
  tens: (a, b) => Math.floor((a as number) / 10) < Math.floor((b as number) / 10),
  first: (a) => a,
  none: () => [],
  count: (...args) => args.length,
  table: () => new LuaTable(),
  no: () => false,
}

const functions = new Map<string, LuaFunction>()
const names = new Map<LuaFunction, string>()
for (const [name, native] of Object.entries(FUNCTIONS)) {
  const made = builtin(name, native)
  functions.set(name, made)
  names.set(made, name)
}

/** A function that both sides have. */
export function functionNamed(name: keyof typeof FUNCTIONS): LuaFunction {
  return functions.get(name as string) as LuaFunction
}

/** A value as the reader in Lua understands it. */
export function wire(value: LuaValue): string {
  switch (typeof value) {
    case 'undefined':
      return 'z'
    case 'boolean':
      return value ? 't' : 'f'
    case 'string':
      return `s${value.length}:${value}`
    case 'number':
      if (Number.isNaN(value)) return 'dnan;'
      if (Object.is(value, -0)) return 'd-0;'
      if (!Number.isFinite(value)) return value > 0 ? 'dinf;' : 'd-inf;'
      return `d${value};`
  }
  if (value instanceof LuaFunction) return `F${names.get(value)};`
  if (value instanceof LuaUserdata) return 'u'
  if (!(value instanceof LuaTable)) throw new Error('cannot be sent')
  const parts: string[] = []
  let count = 0
  for (let at = value.after(0); at !== 0; at = value.after(at)) {
    parts.push(wire(value.keyAt(at)), wire(value.valueAt(at)))
    count++
  }
  return `T${count};${parts.join('')}`
}

/** A whole call. */
export function wireCall(call: Call): string {
  const options = (call.options ?? []).map(
    ([name, ...args]) => `${wire(name)}${wire(args.length)}${args.map(wire).join('')}`,
  )
  const args = call.args.map(wire)
  return `${wire(call.name)}${wire(options.length)}${options.join('')}${wire(args.length)}${args.join('')}`
}

/** Runs calls given as arguments, and answers with the dump of each result. */
export const SCRIPT = `
local text, at
local functions = {
  less = function(a, b) return a < b end,
  more = function(a, b) return a > b end,
  always = function() return true end,
  never = function() return false end,
  tens = function(a, b) return math.floor(a / 10) < math.floor(b / 10) end,
  first = function(a) return a end,
  none = function() end,
  count = function(...) return select('#', ...) end,
  table = function() return {} end,
  no = function() return false end,
}
local function upTo(mark)
  local stop = string.find(text, mark, at, true)
  local part = string.sub(text, at, stop - 1)
  at = stop + 1
  return part
end
local function read()
  local tag = string.sub(text, at, at)
  at = at + 1
  if tag == 'z' then return nil end
  if tag == 't' then return true end
  if tag == 'f' then return false end
  if tag == 'd' then
    local number = upTo(';')
    if number == 'nan' then return 0 / 0 end
    return tonumber(number)
  end
  if tag == 's' then
    local size = tonumber(upTo(':'))
    at = at + size
    return string.sub(text, at - size, at - 1)
  end
  if tag == 'F' then return functions[upTo(';')] end
  if tag == 'u' then return cjson.null end
  local made = {}
  for i = 1, tonumber(upTo(';')) do
    local key = read()
    made[key] = read()
  end
  return made
end
local function dump(value)
  local kind = type(value)
  if kind == 'number' then
    if value ~= value then return 'nan' end
    return string.format('%.17g', value)
  end
  if kind == 'string' then return #value .. ':' .. value end
  if kind ~= 'table' then
    if kind == 'function' or kind == 'thread' then return kind end
    return tostring(value)
  end
  local parts = {}
  for key, one in pairs(value) do parts[#parts + 1] = dump(key) .. '=' .. dump(one) end
  table.sort(parts)
  return '{' .. table.concat(parts, ',') .. '}'
end
local function list(...)
  local parts = {}
  for i = 1, select('#', ...) do parts[i] = dump((select(i, ...))) end
  return table.concat(parts, ' ')
end
local answers = {}
for i, call in ipairs(ARGV) do
  text, at = call, 1
  local library, name = string.match(read(), '(.*)%.(.*)')
  local from = _G[library]
  if library == 'cjson' then from = cjson.new() end
  for _ = 1, read() do
    local option = read()
    local args = {}
    local count = read()
    for n = 1, count do args[n] = read() end
    if from[option] then pcall(from[option], unpack(args, 1, count)) end
  end
  local args = {}
  local count = read()
  for n = 1, count do args[n] = read() end
  answers[i] = list(pcall(from[name], unpack(args, 1, count)))
  if library == 'table' then answers[i] = answers[i] .. ' ' .. dump(args[1]) end
end
return answers
`

/** A number as `%.17g` prints it. */
export type FormatNumber = (n: number) => string

/** The dump of a value, as the script makes it. */
export function dump(value: LuaValue, format: FormatNumber): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil'
    case 'boolean':
      return `${value}`
    case 'number':
      return Number.isNaN(value) ? 'nan' : format(value)
    case 'string':
      return `${value.length}:${value}`
  }
  if (value instanceof LuaFunction) return 'function'
  if (value instanceof LuaUserdata) return 'userdata: (nil)'
  if (!(value instanceof LuaTable)) return 'thread'
  const parts: string[] = []
  for (let at = value.after(0); at !== 0; at = value.after(at)) {
    parts.push(`${dump(value.keyAt(at), format)}=${dump(value.valueAt(at), format)}`)
  }
  return `{${parts.sort().join(',')}}`
}

/** The answer of our libraries to a call; `text` is what would be sent, read back to fresh values. */
export function answer(lua: Lua, call: Call, format: FormatNumber): string {
  const [library, name] = call.name.split('.') as [string, string]
  const shown = (values: readonly LuaValue[]): string =>
    values.map((value) => dump(value, format)).join(' ')
  let from = lua.globals.getString(library) as LuaTable
  if (library === 'cjson') from = invoke(from, 'new', [])[0] as LuaTable
  for (const [option, ...args] of call.options ?? []) {
    try {
      invoke(from, option, args)
    } catch (error) {
      if (!(error instanceof LuaError)) throw error
    }
  }
  let text: string
  try {
    text = shown([true, ...invoke(from, name, call.args)])
  } catch (error) {
    if (!(error instanceof LuaError)) throw error
    text = shown([false, error.value])
  }
  return library === 'table' ? `${text} ${shown(call.args.slice(0, 1))}` : text
}

function invoke(from: LuaTable, name: string, args: readonly LuaValue[]): LuaValue[] {
  const found = from.getString(name) as LuaFunction
  const result = (found.native as (...args: readonly LuaValue[]) => LuaResult)(...args)
  return Array.isArray(result) ? result : [result]
}

/** Bytes in order, for results whose order PUC's hash decides. */
export function sorted(text: string): string {
  return [...text].sort().join('')
}
