// biome-ignore-all lint/complexity/noArguments: a rest parameter would allocate in the hottest functions.
/**
 * cmsgpack: MessagePack, as lua-cmsgpack 0.4 writes and reads it.
 *
 * Whole numbers are integers, others the shorter float that is exact. A table whose keys are exactly 1 to n
 * is an array, the empty one too. Below sixteen levels of nesting tables become nil. Reading is a
 * loop with its own stack: input may nest as deeply as PUC's stack allows, which is deeper than
 * JavaScript's.
 */
import { owned } from '../../util/bytes.ts'
import { LuaError } from '../errors.ts'
import { LuaTable } from '../table.ts'
import { builtin, type LuaResult, type LuaValue } from '../value.ts'
import type { Lua } from '../vm.ts'
import { checkInteger, checkString } from './check.ts'

const MAX_NESTING = 16
/** As many values as fit the stack of a C function in PUC. */
const MAX_STACK = 8000
const MAX_INT = 0x7fffffff
/** Data from here on are counted as memory, for strings are taken from them. */
const COUNTED = 256
const TOO_MANY = 'too many return values at once; use unpack_one or unpack_limit instead.'

const view = new DataView(new ArrayBuffer(8))
const char = String.fromCharCode

const byte16 = (n: number): string => char(n >> 8, n & 255)
const byte32 = (n: number): string =>
  char((n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255)

/** `head` for up to `most`, else one of the wider forms. */
function header(n: number, fixed: number, most: number, wide: number): string {
  if (n <= most) return char(fixed | n)
  return n <= 0xffff ? char(wide) + byte16(n) : char(wide + 1) + byte32(n)
}

function packString(text: string): string {
  const { length } = text
  if (length < 32) return char(0xa0 | length) + text
  if (length <= 0xff) return char(0xd9, length) + text
  return (length <= 0xffff ? char(0xda) + byte16(length) : char(0xdb) + byte32(length)) + text
}

function packNumber(n: number): string {
  if (Number.isInteger(n) && n >= -(2 ** 63) && n < 2 ** 63) return packInteger(n)
  if (Math.fround(n) === n) {
    view.setFloat32(0, n)
    return char(0xca) + byte32(view.getInt32(0))
  }
  // A NaN as x86 makes one, whatever bits JavaScript keeps in it.
  if (Number.isNaN(n)) return '\xcb\xff\xf8\0\0\0\0\0\0'
  view.setFloat64(0, n)
  return char(0xcb) + byte32(view.getInt32(0)) + byte32(view.getInt32(4))
}

function packInteger(n: number): string {
  if (n >= 0) {
    if (n <= 127) return char(n)
    if (n <= 0xff) return char(0xcc, n)
    if (n <= 0xffff) return char(0xcd) + byte16(n)
    if (n <= 0xffffffff) return char(0xce) + byte32(n)
  } else {
    if (n >= -32) return char(n & 255)
    if (n >= -128) return char(0xd0, n & 255)
    if (n >= -32768) return char(0xd1) + byte16(n & 0xffff)
    if (n >= -2147483648) return char(0xd2) + byte32(n)
  }
  const high = Math.floor(n / 0x100000000)
  return char(n >= 0 ? 0xcf : 0xd3) + byte32(high) + byte32(n - high * 0x100000000)
}

/** How many elements a table has as an array, or -1 if it is a map. */
function arrayLength(table: LuaTable): number {
  const { arr, hash } = table
  let count = arr.length - table.holes
  let most = arr.length
  for (let at = 0; at < hash.length; at += 2) {
    if (hash[at + 1] === undefined) continue
    const key = hash[at]
    if (typeof key !== 'number' || !(key > 0) || key > MAX_INT || !Number.isInteger(key)) return -1
    count++
    if (key > most) most = key
  }
  return most === count ? count : -1
}

function pack(lua: Lua, value: LuaValue, level: number): string {
  switch (typeof value) {
    case 'string':
      return packString(value)
    case 'number':
      return packNumber(value)
    case 'boolean':
      return value ? '\xc3' : '\xc2'
    default:
      if (!(value instanceof LuaTable) || level === MAX_NESTING) return '\xc0'
  }
  const length = arrayLength(value)
  const { arr, hash } = value
  if (length >= 0) {
    let result = header(length, 0x90, 15, 0xdc)
    for (let n = 1; n <= length; n++) result += pack(lua, value.getInt(n), level + 1)
    lua.allocate(result.length)
    return result
  }
  let count = arr.length - value.holes
  for (let at = 1; at < hash.length; at += 2) if (hash[at] !== undefined) count++
  let result = header(count, 0x80, 15, 0xde)
  for (let i = 0; i < arr.length; i++) {
    if (arr[i] === undefined) continue
    result += packInteger(i + 1) + pack(lua, arr[i], level + 1)
  }
  for (let at = 0; at < hash.length; at += 2) {
    if (hash[at + 1] === undefined) continue
    result += pack(lua, hash[at], level + 1) + pack(lua, hash[at + 1], level + 1)
  }
  lua.allocate(result.length)
  return result
}

/** A container that is being filled. */
interface Open {
  readonly table: LuaTable
  readonly isArray: boolean
  /** Elements, or pairs, still to come. */
  left: number
  /** The next index of an array. */
  index: number
  /** A key that waits for its value. */
  key: LuaValue
  keyed: boolean
}

/** Reads values one after another. */
class Reader {
  private readonly lua: Lua
  private readonly data: string
  at: number
  /** Slots in use on PUC's stack. */
  slots: number

  constructor(lua: Lua, data: string, at: number, slots: number) {
    this.lua = lua
    this.data = data
    this.at = at
    this.slots = slots
  }

  /** The next value, whatever it contains. */
  value(): LuaValue {
    const open: Open[] = []
    for (;;) {
      const depth = open.length
      let value = this.item(open)
      // What stands in a container that has just begun comes first.
      if (open.length > depth) continue
      for (;;) {
        const into = open[open.length - 1]
        if (into === undefined) return value
        if (!this.add(into, value)) break
        // Complete: a value like others.
        open.pop()
        value = into.table
      }
    }
  }

  /** Adds an element, a key or a value; whether it was the last. */
  private add(into: Open, value: LuaValue): boolean {
    if (into.isArray) {
      if (value !== undefined) into.table.setInt(into.index, value)
      into.index++
      if (--into.left > 0) return false
      this.slots -= 2
      return true
    }
    if (!into.keyed) {
      into.key = value
      into.keyed = true
      this.slots++
      return false
    }
    const { key } = into
    // As errors of the machine, without a position.
    if (key === undefined) throw new LuaError('table index is nil')
    if (Number.isNaN(key)) throw new LuaError('table index is NaN')
    into.table.set(key, value)
    into.keyed = false
    this.slots--
    if (--into.left > 0) return false
    this.slots--
    return true
  }

  private need(size: number): void {
    if (this.at + size > this.data.length) this.lua.error('Missing bytes in input.')
  }

  private u16(): number {
    this.need(3)
    const { data, at } = this
    this.at += 3
    return (data.charCodeAt(at + 1) << 8) | data.charCodeAt(at + 2)
  }

  private u32(): number {
    this.need(5)
    this.at += 5
    return this.word(this.at - 4) >>> 0
  }

  /** Four bytes as a signed number. */
  private word(at: number): number {
    const { data } = this
    return (
      (data.charCodeAt(at) << 24) |
      (data.charCodeAt(at + 1) << 16) |
      (data.charCodeAt(at + 2) << 8) |
      data.charCodeAt(at + 3)
    )
  }

  private string(head: number, length: number): string {
    this.need(head + length)
    const from = this.at + head
    this.at = from + length
    return owned(this.data, from, this.at)
  }

  /** Begins a container; an empty one is complete at once. */
  private container(open: Open[], isArray: boolean, size: number): LuaTable {
    if (isArray && this.slots + 2 > MAX_STACK) {
      this.lua.error('stack overflow (in function mp_decode_to_lua_array)')
    }
    const table = new LuaTable()
    if (size > 0) {
      open.push({ table, isArray, left: size, index: 1, key: undefined, keyed: false })
      // The table, and of an array the index.
      this.slots += isArray ? 2 : 1
    }
    return table
  }

  /** One item; a container that is not empty is only begun, and pushed. */
  private item(open: Open[]): LuaValue {
    const { data, at } = this
    this.need(1)
    if (this.slots + 1 > MAX_STACK) this.lua.error(`stack overflow (${TOO_MANY})`)
    const head = data.charCodeAt(at)
    if (head < 0x80) {
      this.at++
      return head
    }
    if (head >= 0xe0) {
      this.at++
      return head - 256
    }
    if (head < 0x90) {
      this.at++
      return this.container(open, false, head & 15)
    }
    if (head < 0xa0) {
      this.at++
      return this.container(open, true, head & 15)
    }
    if (head < 0xc0) return this.string(1, head & 31)
    switch (head) {
      case 0xc0:
        this.at++
        return undefined
      case 0xc2:
      case 0xc3:
        this.at++
        return head === 0xc3
      case 0xca:
        this.need(5)
        this.at += 5
        view.setInt32(0, this.word(at + 1))
        return view.getFloat32(0)
      case 0xcb:
        this.need(9)
        this.at += 9
        view.setInt32(0, this.word(at + 1))
        view.setInt32(4, this.word(at + 5))
        return view.getFloat64(0)
      case 0xcc:
        this.need(2)
        this.at += 2
        return data.charCodeAt(at + 1)
      case 0xcd:
        return this.u16()
      case 0xce:
        return this.u32()
      case 0xcf:
        this.need(9)
        this.at += 9
        // Lua 5.1 has no unsigned integers that wide: the upper half is negative.
        return this.word(at + 1) * 0x100000000 + (this.word(at + 5) >>> 0)
      case 0xd0:
        this.need(2)
        this.at += 2
        return (data.charCodeAt(at + 1) << 24) >> 24
      case 0xd1:
        return (this.u16() << 16) >> 16
      case 0xd2:
        return this.u32() | 0
      case 0xd3:
        this.need(9)
        this.at += 9
        return this.word(at + 1) * 0x100000000 + (this.word(at + 5) >>> 0)
      case 0xd9:
        this.need(2)
        return this.string(2, data.charCodeAt(at + 1))
      case 0xda: {
        this.need(3)
        return this.string(3, (data.charCodeAt(at + 1) << 8) | data.charCodeAt(at + 2))
      }
      case 0xdb:
        return this.string(0, this.u32())
      case 0xdc:
        return this.container(open, true, this.u16())
      case 0xdd:
        return this.container(open, true, this.u32())
      case 0xde:
        return this.container(open, false, this.u16())
      case 0xdf:
        return this.container(open, false, this.u32())
      default:
        return this.lua.error('Bad data format in input.')
    }
  }
}

/** Installs `cmsgpack`. */
export function openCmsgpack(lua: Lua): void {
  const library = new LuaTable()
  const define = (name: string, native: (...args: LuaValue[]) => LuaResult) =>
    library.setString(name, builtin(name, native))

  define('pack', (...args: LuaValue[]) => {
    if (args.length === 0) lua.argumentError(0, 'MessagePack pack needs input.')
    let result = ''
    for (const value of args) result += pack(lua, value, 0)
    return result
  })

  /** Values from `offset` on, at most `limit`; with the next offset in front unless it is for all. */
  function unpack(data: string, limit: number, offset: number, slots: number): LuaValue[] {
    const all = limit === 0 && offset === 0
    if (offset < 0 || limit < 0) {
      // What is called the limit is the length.
      lua.error(
        `Invalid request to unpack with offset of ${offset | 0} and limit of ${data.length}.`,
      )
    }
    if (offset > data.length) {
      lua.error(`Start offset ${offset | 0} greater than input length ${data.length}.`)
    }
    const most = all ? MAX_INT : limit
    const reader = new Reader(lua, data, offset, slots)
    const found: LuaValue[] = all ? [] : [0]
    for (let count = 0; reader.at < data.length && count < most; count++) {
      found.push(reader.value())
      reader.slots++
    }
    if (reader.at - offset >= COUNTED) lua.allocate(reader.at - offset)
    if (!all) {
      if (reader.slots + 1 > MAX_STACK) lua.error('stack overflow (in function mp_unpack_full)')
      found[0] = reader.at === data.length ? -1 : reader.at
    }
    return found
  }

  define('unpack', function (d?: LuaValue) {
    const given = arguments.length
    return unpack(checkString(lua, d, 1, given), 0, 0, given)
  })

  define('unpack_one', function (d?: LuaValue, o?: LuaValue) {
    const given = arguments.length
    const offset = o === undefined ? 0 : checkInteger(lua, o, 2, given)
    return unpack(checkString(lua, d, 1, given), 1, offset, 1)
  })

  define('unpack_limit', function (d?: LuaValue, l?: LuaValue, o?: LuaValue) {
    const given = arguments.length
    const limit = checkInteger(lua, l, 2, given)
    const offset = o === undefined ? 0 : checkInteger(lua, o, 3, given)
    return unpack(checkString(lua, d, 1, given), limit, offset, 1)
  })

  library.setString('_NAME', 'cmsgpack')
  library.setString('_VERSION', 'lua-cmsgpack 0.4.0')
  library.setString('_COPYRIGHT', 'Copyright (C) 2012, Salvatore Sanfilippo')
  library.setString('_DESCRIPTION', 'MessagePack C implementation for Lua')
  lua.globals.setString('cmsgpack', library)
}
