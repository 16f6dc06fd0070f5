/**
 * What operators do when their operands are not two numbers: strings that are numbers, metamethods,
 * errors with PUC's words. The nodes of the compiler come here from their slow paths.
 */
import { SITE, type Site } from './code.ts'
import { LuaError } from './errors.ts'
import { formatNumber, parseNumber } from './number.ts'
import { power } from './power.ts'
import { LuaTable } from './table.ts'
import { type Frame, LuaFunction, LuaUserdata, type LuaValue, typeName } from './value.ts'
import type { Lua } from './vm.ts'

/** How long a chain of `__index` tables may be. */
const CHAIN = 100

/** Events whose absence a metatable remembers, one bit each. */
const BITS: Readonly<Record<string, number>> = {
  __index: 1,
  __newindex: 2,
  __eq: 4,
  __call: 8,
  __len: 16,
}

export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '^'

const EVENTS: Readonly<Record<Arithmetic, string>> = {
  '+': '__add',
  '-': '__sub',
  '*': '__mul',
  '/': '__div',
  '%': '__mod',
  '^': '__pow',
}

/** An error with the position of a site; a builtin has none. */
export function errorAt(site: Site, text: string): LuaError {
  // Code of a builtin has no lines.
  if (site.line === 0) return new LuaError(text)
  const traceback = `${site.chunk}:${site.line}`
  const error = new LuaError(`${traceback}: ${text}`)
  error.traceback = traceback
  return error
}

function typeError(site: Site, action: string, value: LuaValue, what: string): LuaError {
  const name = what === '' ? '' : `${what} (`
  const end = what === '' ? '' : ')'
  return what === ''
    ? errorAt(site, `attempt to ${action} a ${typeName(value)} value`)
    : errorAt(site, `attempt to ${action} ${name}a ${typeName(value)} value${end}`)
}

export const callError = (site: Site, value: LuaValue): LuaError =>
  typeError(site, 'call', value, site.what)

/** The metatable of any value. */
export function metaOf(lua: Lua, value: LuaValue): LuaTable | undefined {
  if (value instanceof LuaTable) return value.meta
  if (typeof value === 'string') return lua.stringMeta
  if (value instanceof LuaUserdata) return value.meta
  return undefined
}

/** A metamethod, or nil. */
export function metamethod(lua: Lua, value: LuaValue, event: string): LuaValue {
  return metaOf(lua, value)?.getString(event)
}

/** A metamethod of a metatable that is mostly not there. */
export function event(meta: LuaTable, name: string): LuaValue {
  const bit = BITS[name] as number
  if ((meta.absent & bit) !== 0) return undefined
  const found = meta.getString(name)
  if (found === undefined) meta.absent |= bit
  return found
}

/** A number, or a string that is one. */
export function toNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? parseNumber(value) : undefined
}

export const modulo = (a: number, b: number): number => a - Math.floor(a / b) * b

export function compute(op: Arithmetic, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return modulo(a, b)
    default:
      return power(a, b)
  }
}

export function arithmetic(
  lua: Lua,
  frame: Frame,
  site: Site,
  op: Arithmetic,
  a: LuaValue,
  b: LuaValue,
): LuaValue {
  const x = toNumber(a)
  if (x !== undefined) {
    const y = toNumber(b)
    if (y !== undefined) return compute(op, x, y)
  }
  const name = EVENTS[op]
  let handler = metamethod(lua, a, name)
  if (handler === undefined) handler = metamethod(lua, b, name)
  if (handler === undefined) {
    const action = 'perform arithmetic on'
    throw x === undefined
      ? typeError(site, action, a, site.what)
      : typeError(site, action, b, site.other)
  }
  frame[SITE] = site as unknown as LuaValue
  return lua.callMeta(frame, handler, [a, b])
}

export function negate(lua: Lua, frame: Frame, site: Site, a: LuaValue): LuaValue {
  const x = toNumber(a)
  if (x !== undefined) return -x
  const handler = metamethod(lua, a, '__unm')
  if (handler === undefined) throw typeError(site, 'perform arithmetic on', a, site.what)
  frame[SITE] = site as unknown as LuaValue
  return lua.callMeta(frame, handler, [a, a])
}

export function lengthOf(lua: Lua, frame: Frame, site: Site, a: LuaValue): LuaValue {
  if (typeof a === 'string') return a.length
  if (a instanceof LuaTable) return a.length()
  const handler = metamethod(lua, a, '__len')
  if (handler === undefined) throw typeError(site, 'get length of', a, site.what)
  frame[SITE] = site as unknown as LuaValue
  return lua.callMeta(frame, handler, [a, undefined])
}

export function concat(lua: Lua, frame: Frame, site: Site, a: LuaValue, b: LuaValue): LuaValue {
  if (typeof a === 'string') {
    if (typeof b === 'string') return join(lua, a, b)
    if (typeof b === 'number') return join(lua, a, formatNumber(b))
  } else if (typeof a === 'number') {
    if (typeof b === 'string') return join(lua, formatNumber(a), b)
    if (typeof b === 'number') return formatNumber(a) + formatNumber(b)
  }
  let handler = metamethod(lua, a, '__concat')
  if (handler === undefined) handler = metamethod(lua, b, '__concat')
  if (handler === undefined) {
    const first = typeof a === 'string' || typeof a === 'number'
    throw first
      ? typeError(site, 'concatenate', b, site.other)
      : typeError(site, 'concatenate', a, site.what)
  }
  frame[SITE] = site as unknown as LuaValue
  return lua.callMeta(frame, handler, [a, b])
}

/** Strings from here on are counted, and the largest are refused. */
const COUNTED = 256

export function join(lua: Lua, a: string, b: string): string {
  const length = a.length + b.length
  if (length > COUNTED) lua.allocate(length)
  return a + b
}

/** The same with `==`; identity is settled already. */
export function equals(lua: Lua, frame: Frame, site: Site, a: LuaValue, b: LuaValue): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object') return false
  let ours: LuaTable | undefined
  let theirs: LuaTable | undefined
  if (a instanceof LuaTable && b instanceof LuaTable) {
    ours = a.meta
    theirs = b.meta
  } else if (a instanceof LuaUserdata && b instanceof LuaUserdata) {
    ours = a.meta
    theirs = b.meta
  }
  if (ours === undefined || theirs === undefined) return false
  const handler = event(ours, '__eq')
  if (handler === undefined) return false
  if (ours !== theirs && event(theirs, '__eq') !== handler) return false
  frame[SITE] = site as unknown as LuaValue
  return truthy(lua.callMeta(frame, handler, [a, b]))
}

export function lessThan(lua: Lua, frame: Frame, site: Site, a: LuaValue, b: LuaValue): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b
  if (typeof a === 'string' && typeof b === 'string') return a < b
  const handler = order(lua, '__lt', a, b)
  if (handler === undefined) throw orderError(site, a, b)
  frame[SITE] = site as unknown as LuaValue
  return truthy(lua.callMeta(frame, handler, [a, b]))
}

export function lessEqual(lua: Lua, frame: Frame, site: Site, a: LuaValue, b: LuaValue): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a <= b
  if (typeof a === 'string' && typeof b === 'string') return a <= b
  const handler = order(lua, '__le', a, b)
  if (handler !== undefined) {
    frame[SITE] = site as unknown as LuaValue
    return truthy(lua.callMeta(frame, handler, [a, b]))
  }
  const reverse = order(lua, '__lt', b, a)
  if (reverse === undefined) throw orderError(site, a, b)
  frame[SITE] = site as unknown as LuaValue
  return !truthy(lua.callMeta(frame, reverse, [b, a]))
}

/** What orders two values of one type: both must have the same metamethod. */
function order(lua: Lua, name: string, a: LuaValue, b: LuaValue): LuaValue {
  if (typeName(a) !== typeName(b)) return undefined
  const handler = metamethod(lua, a, name)
  return handler !== undefined && metamethod(lua, b, name) === handler ? handler : undefined
}

function orderError(site: Site, a: LuaValue, b: LuaValue): LuaError {
  const left = typeName(a)
  const right = typeName(b)
  // PUC compares the third letters of the names.
  return left[2] === right[2]
    ? errorAt(site, `attempt to compare two ${left} values`)
    : errorAt(site, `attempt to compare ${left} with ${right}`)
}

export const truthy = (value: LuaValue): boolean => value !== undefined && value !== false

/** `value[key]`, from where the fast paths of a node end. */
export function index(
  lua: Lua,
  frame: Frame | undefined,
  site: Site,
  value: LuaValue,
  key: LuaValue,
): LuaValue {
  let object = value
  for (let i = 0; i < CHAIN; i++) {
    let handler: LuaValue
    if (object instanceof LuaTable) {
      const found = object.get(key)
      if (found !== undefined) return found
      const meta = object.meta
      if (meta === undefined) return undefined
      handler = event(meta, '__index')
      if (handler === undefined) return undefined
    } else {
      const meta = metaOf(lua, object)
      handler = meta === undefined ? undefined : event(meta, '__index')
      if (handler === undefined) throw typeError(site, 'index', object, i === 0 ? site.what : '')
    }
    if (handler instanceof LuaFunction) {
      if (frame !== undefined) frame[SITE] = site as unknown as LuaValue
      return lua.callMeta(frame, handler, [object, key])
    }
    object = handler
  }
  throw errorAt(site, 'loop in gettable')
}

/** `value[key] = x`. */
export function setIndex(
  lua: Lua,
  frame: Frame | undefined,
  site: Site,
  value: LuaValue,
  key: LuaValue,
  x: LuaValue,
): void {
  let object = value
  for (let i = 0; i < CHAIN; i++) {
    let handler: LuaValue
    if (object instanceof LuaTable) {
      if (object.readonly) throw errorAt(site, READONLY)
      const meta = object.meta
      // Not even __newindex hears of such a key.
      checkKey(site, key)
      if (meta === undefined || object.get(key) !== undefined) {
        object.set(key, x)
        return
      }
      handler = event(meta, '__newindex')
      if (handler === undefined) {
        object.set(key, x)
        return
      }
    } else {
      handler = metamethod(lua, object, '__newindex')
      if (handler === undefined) throw typeError(site, 'index', object, i === 0 ? site.what : '')
    }
    if (handler instanceof LuaFunction) {
      if (frame !== undefined) frame[SITE] = site as unknown as LuaValue
      lua.callMeta(frame, handler, [object, key, x])
      return
    }
    object = handler
  }
  throw errorAt(site, 'loop in settable')
}

export const READONLY = 'Attempt to modify a readonly table'

function checkKey(site: Site, key: LuaValue): void {
  if (key === undefined) throw errorAt(site, 'table index is nil')
  if (typeof key === 'number' && Number.isNaN(key)) throw errorAt(site, 'table index is NaN')
}
