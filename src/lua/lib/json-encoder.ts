/**
 * Values as JSON.
 *
 * A loop with a stack of its own: tables may be nested as deeply as PUC's stack allows, which is deeper
 * than JavaScript's. The places in PUC's stack are counted too, because running out of them is an error
 * that scripts see.
 */
import { flatten } from '../../util/bytes.ts'
import { formatGeneral, formatNumber } from '../number.ts'
import { LuaTable } from '../table.ts'
import { LuaUserdata, type LuaValue, typeName } from '../value.ts'
import type { Lua } from '../vm.ts'
import type { JsonOptions } from './cjson.ts'

/** As many values as fit the stack of a C function in PUC. */
const MAX_STACK = 8000
const MAX_INT = 0x7fffffff
/** How long a text grows in one piece. */
const BLOCK = 1 << 16
/** And from when on it may be too long as a whole. */
const LARGE = 1 << 24

const UNSAFE = /["\\/\x00-\x1f\x7f]/
const UNSAFE_ALL = /["\\/\x00-\x1f\x7f]/g

/** The escape for each byte that needs one. */
const ESCAPES: readonly string[] = makeEscapes()
/** Whether a byte needs an escape, for short strings. */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, c) => (ESCAPES[c] === undefined ? 0 : 1))

function makeEscapes(): string[] {
  const escapes: string[] = []
  for (let c = 0; c < 32; c++) escapes[c] = `\\u00${c.toString(16).padStart(2, '0')}`
  escapes[127] = '\\u007f'
  const named = { '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r' }
  for (const [c, letter] of Object.entries(named)) escapes[c.charCodeAt(0)] = `\\${letter}`
  for (const c of '"\\/') escapes[c.charCodeAt(0)] = `\\${c}`
  return escapes
}

/** A string in quotes. */
function quote(text: string): string {
  const { length } = text
  if (length < 32) {
    let i = 0
    while (i < length && ESCAPED[text.charCodeAt(i)] === 0) i++
    if (i === length) return `"${text}"`
  } else if (!UNSAFE.test(text)) return `"${text}"`
  return `"${text.replace(UNSAFE_ALL, (c) => ESCAPES[c.charCodeAt(0)] as string)}"`
}

function complain(lua: Lua, value: LuaValue, reason: string): never {
  return lua.error(`Cannot serialise ${typeName(value)}: ${reason}`)
}

function number(lua: Lua, n: number, options: JsonOptions): string {
  if (n - n !== 0) {
    if (options.encodeInvalid === 'off') complain(lua, n, 'must not be NaN or Inf')
    if (options.encodeInvalid === 'null') return 'null'
    if (Number.isNaN(n)) return 'nan'
  }
  return options.precision === 14 ? formatNumber(n) : formatGeneral(n, options.precision)
}

/** The length of a table as an array; -1 if it is an object. */
function arrayLength(lua: Lua, table: LuaTable, options: JsonOptions): number {
  const { arr, hash } = table
  let most = arr.length
  let count = most - table.holes
  for (let at = 0; at < hash.length; at += 2) {
    if (hash[at + 1] === undefined) continue
    const key = hash[at]
    if (typeof key !== 'number' || !(key >= 1) || Math.floor(key) !== key) return -1
    // A C int: what does not fit is the least one.
    if (key > most) most = key > MAX_INT ? -MAX_INT - 1 : key
    count++
  }
  const { sparseRatio } = options
  if (sparseRatio > 0 && most > Math.imul(count, sparseRatio) && most > options.sparseSafe) {
    if (!options.sparseConvert) complain(lua, table, 'excessively sparse array')
    return -1
  }
  return most
}

/** Whether its metatable says that a table is an array, as empty as it may be. */
function isMarked(lua: Lua, table: LuaTable): boolean {
  if (table.meta === undefined) return false
  const mark = lua.index(table.meta, '__is_cjson_array')
  return mark !== undefined && mark !== false
}

/** The JSON text of a value. */
export function encode(lua: Lua, root: LuaValue, none: LuaUserdata, options: JsonOptions): string {
  // Concatenation keeps all parts until somebody looks at the whole: a long text is made in blocks.
  let blocks = ''
  let out = ''
  // The tables around the value, with the place reached in each, and the length if it is an array.
  const tables: LuaTable[] = []
  const places: number[] = []
  const lengths: number[] = []
  let depth = 0
  let slots = 1
  let value = root
  for (;;) {
    if (typeof value === 'string') out += quote(value)
    else if (typeof value === 'number') out += number(lua, value, options)
    else if (value === undefined) out += 'null'
    else if (value instanceof LuaTable) {
      depth++
      if (depth > options.encodeMaxDepth || slots + 3 > MAX_STACK) {
        lua.error(`Cannot serialise, excessive nesting (${depth})`)
      }
      const marked = isMarked(lua, value)
      const length = marked ? value.length() : arrayLength(lua, value, options)
      const isArray = marked || length > 0
      tables[depth] = value
      places[depth] = 0
      lengths[depth] = isArray ? length : -1
      out += isArray ? '[' : '{'
      slots += isArray ? 1 : 2
    } else if (typeof value === 'boolean') out += value ? 'true' : 'false'
    else if (value instanceof LuaUserdata && value.value === none.value) out += 'null'
    else complain(lua, value, 'type not supported')
    // On to the next value: of the innermost table that has one.
    for (;;) {
      if (depth === 0) {
        if (blocks !== '') out = blocks + out
        lua.allocate(out.length)
        return out
      }
      const table = tables[depth] as LuaTable
      const place = places[depth] as number
      const length = lengths[depth] as number
      if (length >= 0) {
        if (place < length) {
          if (place > 0) out += ','
          places[depth] = place + 1
          value = table.getInt(place + 1)
          if (out.length > BLOCK) {
            blocks += flatten(out)
            out = ''
            report(lua, blocks.length)
          }
          break
        }
        out += ']'
        slots--
      } else {
        const next = nextPlace(table, place)
        if (next >= 0) {
          if (place > 0) out += ','
          // Never zero again, whatever was skipped.
          places[depth] = next + 1
          const { arr, hash } = table
          if (next < arr.length) {
            out += `"${number(lua, next + 1, options)}":`
            value = arr[next]
          } else {
            const at = (next - arr.length) * 2
            const key = hash[at]
            if (typeof key === 'string') out += `${quote(key)}:`
            else if (typeof key === 'number') out += `"${number(lua, key, options)}":`
            else complain(lua, key, 'table key must be a number or string')
            value = hash[at + 1]
          }
          if (out.length > BLOCK) {
            blocks += flatten(out)
            out = ''
            report(lua, blocks.length)
          }
          break
        }
        out += '}'
        slots -= 2
      }
      depth--
    }
  }
}

/**
 * Takes note of a text that grows: a few tables, each several times in the next one, are a text without
 * end, and so is an array with one element far out.
 */
function report(lua: Lua, length: number): void {
  lua.hook?.()
  if (length > LARGE) lua.allocate(length)
}

/** The next entry of a table, counted over its array and its column of keys; -1 at the end. */
function nextPlace(table: LuaTable, from: number): number {
  const { arr, hash } = table
  let place = from
  for (; place < arr.length; place++) if (arr[place] !== undefined) return place
  const end = arr.length + hash.length / 2
  for (; place < end; place++) if (hash[(place - arr.length) * 2 + 1] !== undefined) return place
  return -1
}
