/**
 * Replies as Lua sees them, and what Lua returns as a reply.
 *
 * A script speaks RESP2 until it asks for RESP3 (`redis.setresp`), whatever its caller speaks: a null
 * is then false, a map a row of keys and values. Types that Lua does not have are tables with one field
 * that says what they are.
 * https://redis.io/docs/latest/develop/programmability/lua-api/
 */
import { CommandError, CountedError } from '../core/errors.ts'
import {
  Attributed,
  BigNumber,
  Bool,
  Double,
  MapReply,
  PairsReply,
  Push,
  type Reply,
  SetReply,
  Status,
  Verbatim,
} from '../core/reply.ts'
import { LuaTable, tagged } from '../lua/table.ts'
import type { LuaValue } from '../lua/value.ts'
import { fromBytes } from '../util/bytes.ts'
import { formatDouble } from '../util/float.ts'
import { MIN_INT64 } from '../util/integer.ts'

export type ScriptResp = 2 | 3

/** Tables in tables beyond this are an error, as what refers to itself would be without end. */
const DEEPEST = 2000

// ---- To Lua -----------------------------------------------------------------------------------

/** An error of the engine as a table. It was counted: whoever passes it on does not count it again. */
export function errorToLua(error: CommandError): LuaTable {
  // In the order in which PUC's hash has them, for who packs it.
  const table = LuaTable.record('ignore_error_stats_update', true)
  table.setString('err', String(error))
  return table
}

/** Undefined (nil) only stands for a null in RESP3. */
export function replyToLua(reply: Reply, resp: ScriptResp): LuaValue {
  if (typeof reply === 'string' || typeof reply === 'number') return reply
  if (reply === null) return resp === 2 ? false : undefined
  if (Array.isArray(reply)) return listToLua(reply, resp)
  if (reply instanceof Status) return LuaTable.record('ok', reply.text)
  if (typeof reply === 'bigint') return Number(reply)
  if (reply instanceof CommandError) return errorToLua(reply)
  if (reply instanceof Uint8Array) return fromBytes(reply)
  if (reply instanceof PairsReply) {
    return listToLua(resp === 2 ? reply.items : inPairs(reply.items), resp)
  }
  if (reply instanceof Attributed) return replyToLua(reply.reply, resp)
  if (reply instanceof Push) return listToLua(reply.items, resp)
  return resp === 2 ? olderToLua(reply) : newerToLua(reply)
}

/** Types of RESP3 in RESP2. */
function olderToLua(reply: Reply): LuaValue {
  if (reply instanceof Double) return reply.text ?? formatDouble(reply.value)
  if (reply instanceof Bool) return reply.value ? 1 : 0
  if (reply instanceof MapReply || reply instanceof SetReply) return listToLua(reply.items, 2)
  if (reply instanceof Verbatim) return reply.text
  return reply instanceof BigNumber ? reply.digits : false
}

function newerToLua(reply: Reply): LuaValue {
  if (reply instanceof Double) return LuaTable.record('double', reply.value)
  if (reply instanceof Bool) return reply.value
  if (reply instanceof MapReply) {
    const map = new LuaTable()
    for (let i = 0; i + 1 < reply.items.length; i += 2) {
      const key = replyToLua(reply.items[i] as Reply, 3)
      if (key !== undefined) map.set(key, replyToLua(reply.items[i + 1] as Reply, 3))
    }
    return LuaTable.record('map', map)
  }
  if (reply instanceof SetReply) {
    const set = new LuaTable()
    for (const item of reply.items) {
      const member = replyToLua(item, 3)
      if (member !== undefined) set.set(member, true)
    }
    return LuaTable.record('set', set)
  }
  if (reply instanceof Verbatim) {
    const verbatim = LuaTable.record('format', reply.format)
    verbatim.setString('string', reply.text)
    return LuaTable.record('verbatim_string', verbatim)
  }
  return reply instanceof BigNumber ? LuaTable.record('big_number', reply.digits) : undefined
}

function inPairs(items: readonly Reply[]): Reply[] {
  const pairs: Reply[] = []
  for (let i = 0; i + 1 < items.length; i += 2)
    pairs.push([items[i] as Reply, items[i + 1] as Reply])
  return pairs
}

function listToLua(items: readonly Reply[], resp: ScriptResp): LuaTable {
  const list = tagged()
  let i = 0
  for (; i < items.length; i++) {
    const item = items[i] as Reply
    const value = typeof item === 'string' ? item : replyToLua(item, resp)
    if (value === undefined) break
    list.push(value)
  }
  const table = LuaTable.grown(list)
  // How large the array becomes beyond a nil depends on where the others are.
  for (; i < items.length; i++) {
    const value = replyToLua(items[i] as Reply, resp)
    if (value !== undefined) table.setInt(i + 1, value)
  }
  return table
}

// ---- From Lua ---------------------------------------------------------------------------------

const tooDeep = new CommandError('reached lua stack limit')

/** What a script has returned. `resp` is what it has asked for itself: it matters to booleans. */
export function luaToReply(value: LuaValue, resp: ScriptResp, depth = 0): Reply {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return integerOf(value)
  if (typeof value === 'boolean') {
    if (resp === 3) return new Bool(value)
    return value ? 1 : null
  }
  if (value instanceof LuaTable) return depth > DEEPEST ? tooDeep : tableToReply(value, resp, depth)
  return null
}

/** Without its fraction, as a signed 64-bit integer; what is out of range is the least one, as in C. */
function integerOf(n: number): Reply {
  const whole = Math.trunc(n)
  if (Number.isSafeInteger(whole)) return whole === 0 ? 0 : whole
  if (!(Math.abs(whole) < 2 ** 63)) return MIN_INT64
  return BigInt(whole)
}

function tableToReply(table: LuaTable, resp: ScriptResp, depth: number): Reply {
  // A plain array has none of the fields that mean something.
  if (table.hash.length > 0) {
    const special = specialToReply(table, resp, depth)
    if (special !== undefined) return special
  }
  const items: Reply[] = []
  for (let i = 1; ; i++) {
    const item = table.getInt(i)
    if (item === undefined) return items
    items.push(luaToReply(item, resp, depth + 1))
  }
}

function specialToReply(table: LuaTable, resp: ScriptResp, depth: number): Reply | undefined {
  const error = table.getString('err')
  if (typeof error === 'string') {
    return errorOf(error, '', table.getString('ignore_error_stats_update') === true)
  }
  const ok = table.getString('ok')
  if (typeof ok === 'string') return new Status(cString(ok).replace(/[\r\n]/g, ' '))
  const double = table.getString('double')
  if (typeof double === 'number') return new Double(double)
  const digits = table.getString('big_number')
  if (typeof digits === 'string') return new BigNumber(digits.replace(/[\r\n]/g, ' '))
  const verbatim = table.getString('verbatim_string')
  if (verbatim instanceof LuaTable) {
    const format = verbatim.getString('format')
    const text = verbatim.getString('string')
    if (typeof format === 'string' && typeof text === 'string') {
      return new Verbatim(text, formatOf(format))
    }
  }
  const map = table.getString('map')
  if (map instanceof LuaTable) {
    const items: Reply[] = []
    for (let entry = map.next(undefined); entry !== undefined; entry = map.next(entry[0])) {
      items.push(luaToReply(entry[0], resp, depth + 2), luaToReply(entry[1], resp, depth + 2))
    }
    return new MapReply(items)
  }
  const set = table.getString('set')
  if (set instanceof LuaTable) {
    const items: Reply[] = []
    for (let entry = set.next(undefined); entry !== undefined; entry = set.next(entry[0])) {
      items.push(luaToReply(entry[0], resp, depth + 2))
    }
    return new SetReply(items)
  }
  return undefined
}

/** Three characters, whatever was given. */
const formatOf = (format: string): string => cString(format).slice(0, 3).padEnd(3, ' ')

/** As C prints it: up to a NUL. */
export function cString(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/**
 * An error reply of a text that begins with its code. `place` is put behind it; `counted`: it was
 * counted where it happened.
 */
export function errorOf(text: string, place: string, counted: boolean): CommandError {
  const line = (cString(text) + place).replace(/[\r\n]+$/, '').replace(/[\r\n]/g, ' ')
  const at = line.indexOf(' ')
  // Nothing behind the blank: it is a part of the reply all the same.
  const code = at < 0 || at === line.length - 1 ? line : line.slice(0, at)
  const message = at < 0 ? '' : line.slice(at + 1)
  return counted ? new CountedError(message, code) : new CommandError(message, code)
}
