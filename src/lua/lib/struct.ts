// biome-ignore-all lint/complexity/noArguments: a rest parameter would allocate in the hottest functions.
/**
 * struct: C structures as strings (Roberto Ierusalimschy's library, with what Redis has changed).
 *
 * The machine imitated is little-endian with 64-bit longs. Integers may have up to 32 bytes: those
 * beyond the eighth are zeros when written and are not looked at when read.
 */
import { parseNumber, toInteger, toUnsigned } from '../number.ts'
import { LuaTable } from '../table.ts'
import { builtin, type LuaResult, type LuaValue } from '../value.ts'
import type { Lua } from '../vm.ts'
import { checkInteger, checkNumber, checkString } from './check.ts'

const MAX_INTEGER = 32
const MAX_INT = 0x7fffffff
/** The greatest alignment that the machine needs. */
const NATIVE_ALIGNMENT = 8
/** As many values as fit the stack of a C function in PUC. */
const MAX_STACK = 8000

const view = new DataView(new ArrayBuffer(8))

const isDigit = (c: number): boolean => c >= 48 && c <= 57
const isAlphanumeric = (c: number): boolean =>
  isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122)

/** Walks over a format; the options so far hold for what follows. */
class Format {
  private readonly lua: Lua
  private readonly text: string
  private at: number
  little: boolean
  private alignment: number

  constructor(lua: Lua, text: string) {
    this.lua = lua
    // A C string: it ends at a zero byte.
    const zero = text.indexOf('\0')
    this.text = zero < 0 ? text : text.slice(0, zero)
    this.at = 0
    this.little = true
    this.alignment = 1
  }

  /** The next letter, or an empty string at the end. */
  letter(): string {
    return this.text.charAt(this.at++)
  }

  private number(otherwise: number): number {
    if (!isDigit(this.text.charCodeAt(this.at))) return otherwise
    let n = 0
    while (isDigit(this.text.charCodeAt(this.at))) {
      const next = n * 10 + this.text.charCodeAt(this.at) - 48
      if (next > MAX_INT) this.lua.error('integral size overflow')
      n = next
      this.at++
    }
    return n
  }

  /** How many bytes a letter stands for, with the number behind it. */
  size(letter: string): number {
    switch (letter) {
      case 'b':
      case 'B':
      case 'x':
        return 1
      case 'h':
      case 'H':
        return 2
      case 'f':
        return 4
      case 'l':
      case 'L':
      case 'T':
      case 'd':
        return 8
      case 'c':
        return this.number(1)
      case 'i':
      case 'I': {
        const size = this.number(4)
        if (size > MAX_INTEGER) {
          this.lua.error(`integral size ${size} is larger than limit of ${MAX_INTEGER}`)
        }
        return size
      }
      default:
        return 0
    }
  }

  /** How many bytes are left out in front of an element at `position`. */
  padding(position: number, letter: string, size: number): number {
    if (size === 0 || letter === 'c') return 0
    const unit = size > this.alignment ? this.alignment : size
    return (unit - (position & (unit - 1))) & (unit - 1)
  }

  /** What is not data: byte order, alignment, blanks. */
  control(letter: string): void {
    switch (letter) {
      case ' ':
        return
      case '>':
        this.little = false
        return
      case '<':
        this.little = true
        return
      case '!': {
        const unit = this.number(NATIVE_ALIGNMENT)
        if (unit <= 0 || (unit & (unit - 1)) !== 0) {
          this.lua.error(`alignment ${unit} is not a power of 2`)
        }
        this.alignment = unit
        return
      }
      default:
        this.lua.argumentError(1, `invalid format option '${letter}'`)
    }
  }
}

/** The first `size` bytes of the view as a string. */
function bytes(size: number): string {
  let text = ''
  for (let i = 0; i < size; i++) text += String.fromCharCode(view.getUint8(i))
  return text
}

/** Eight bytes of `data`, or as many as there are, into the view. */
function fill(data: string, at: number, size: number): void {
  for (let i = 0; i < size; i++) view.setUint8(i, data.charCodeAt(at + i))
}

function packInteger(n: number, size: number, little: boolean): string {
  if (n >= -0x80000000 && n <= 0xffffffff) {
    view.setInt32(0, n, true)
    view.setInt32(4, n <= -1 ? -1 : 0, true)
  } else {
    const wide = n < 0 ? BigInt(toInteger(n)) : toUnsigned(n)
    view.setBigUint64(0, BigInt.asUintN(64, wide), true)
  }
  let text = ''
  for (let i = 0; i < size; i++) {
    const byte = String.fromCharCode(i < 8 ? view.getUint8(i) : 0)
    text = little ? text + byte : byte + text
  }
  return text
}

function unpackInteger(
  data: string,
  at: number,
  size: number,
  little: boolean,
  signed: boolean,
): number {
  let low = 0
  let high = 0
  if (size > 8 && signed) return unpackLong(data, at, size, little)
  const count = size > 8 ? 8 : size
  for (let i = 0; i < count; i++) {
    const byte = data.charCodeAt(little ? at + i : at + size - 1 - i)
    if (i < 4) low |= byte << (8 * i)
    else high |= byte << (8 * (i - 4))
  }
  if (signed && size > 0) {
    if (size < 4) low = (low << (32 - 8 * size)) >> (32 - 8 * size)
    if (size <= 4) return low
    if (size < 8) high = (high << (64 - 8 * size)) >> (64 - 8 * size)
    return high * 0x100000000 + (low >>> 0)
  }
  return (high >>> 0) * 0x100000000 + (low >>> 0)
}

/**
 * A signed integer of more than eight bytes, of which the last eight count. The sign is looked for where the
 * processor finds it: a shift by more than 63 bits is one by what is left of it.
 */
function unpackLong(data: string, at: number, size: number, little: boolean): number {
  for (let i = 0; i < 8; i++) {
    view.setUint8(i, data.charCodeAt(little ? at + i : at + size - 1 - i))
  }
  const n = view.getBigUint64(0, true)
  const shift = BigInt((size * 8 - 1) & 63)
  const mask = BigInt.asUintN(64, -1n << shift)
  return Number(BigInt.asIntN(64, (n & mask) !== 0n ? n | mask : n))
}

/** Installs `struct`. */
export function openStruct(lua: Lua): void {
  const library = new LuaTable()
  const define = (name: string, native: (...args: LuaValue[]) => LuaResult) =>
    library.setString(name, builtin(name, native))

  define('pack', (...args: LuaValue[]) => {
    const format = new Format(lua, checkString(lua, args[0], 1, args.length))
    // The original pushes a nil behind the arguments, which shows when one is missing.
    const given = args.length + 1
    let result = ''
    let n = 2
    for (let letter = format.letter(); letter !== ''; letter = format.letter()) {
      const size = format.size(letter)
      const padding = format.padding(result.length, letter, size)
      if (padding > 0) result += '\0'.repeat(padding)
      switch (letter) {
        case 'b':
        case 'B':
        case 'h':
        case 'H':
        case 'l':
        case 'L':
        case 'T':
        case 'i':
        case 'I':
          result += packInteger(checkNumber(lua, args[n - 1], n, given), size, format.little)
          n++
          break
        case 'x':
          result += '\0'
          break
        case 'f':
          packFloat(checkNumber(lua, args[n - 1], n, given), format.little)
          result += bytes(4)
          n++
          break
        case 'd':
          packDouble(checkNumber(lua, args[n - 1], n, given), format.little)
          result += bytes(8)
          n++
          break
        case 'c':
        case 's': {
          const text = checkString(lua, args[n - 1], n, given)
          n++
          if (size > text.length) lua.argumentError(n, 'string too short')
          lua.allocate(text.length)
          result += size === 0 ? text : text.slice(0, size)
          if (letter === 's') result += '\0'
          break
        }
        default:
          format.control(letter)
      }
    }
    return result
  })

  define('unpack', function (f?: LuaValue, d?: LuaValue, p?: LuaValue) {
    const given = arguments.length
    const format = new Format(lua, checkString(lua, f, 1, given))
    const data = checkString(lua, d, 2, given)
    const from = p === undefined ? 1 : checkInteger(lua, p, 3, given)
    if (from === 0) lua.argumentError(3, 'offset must be 1 or greater')
    // Unsigned: below zero is far behind the end, and padding may lead from there to the beginning.
    let at = from - 1
    const found: LuaValue[] = []
    const need = (size: number): void => {
      if (at < 0 || at + size > data.length) lua.argumentError(2, 'data string too short')
    }
    for (let letter = format.letter(); letter !== ''; letter = format.letter()) {
      let size = format.size(letter)
      at += format.padding(at, letter, size)
      need(size)
      if (found.length + given + 2 > MAX_STACK) lua.error('stack overflow (too many results)')
      switch (letter) {
        case 'b':
        case 'h':
        case 'l':
        case 'i':
          found.push(unpackInteger(data, at, size, format.little, true))
          break
        case 'B':
        case 'H':
        case 'L':
        case 'T':
        case 'I':
          found.push(unpackInteger(data, at, size, format.little, false))
          break
        case 'x':
          break
        case 'f':
          fill(data, at, 4)
          found.push(view.getFloat32(0, format.little))
          break
        case 'd':
          fill(data, at, 8)
          found.push(view.getFloat64(0, format.little))
          break
        case 'c':
          if (size === 0) {
            size = previousSize(found)
            need(size)
          }
          found.push(data.slice(at, at + size))
          break
        case 's': {
          const zero = data.indexOf('\0', at)
          if (zero < 0) lua.error('unfinished string in data')
          found.push(data.slice(at, zero))
          size = zero - at + 1
          break
        }
        default:
          format.control(letter)
      }
      at += size
    }
    found.push(at + 1)
    return found
  })

  /** The number read last, which says how long the string behind it is. */
  function previousSize(found: LuaValue[]): number {
    const value = found.pop()
    const size = typeof value === 'string' ? parseNumber(value) : value
    if (typeof size !== 'number') return lua.error("format 'c0' needs a previous size")
    // An unsigned long: a negative number is far too long, and one that is too large is nothing.
    return Number(toUnsigned(size))
  }

  define('size', function (f?: LuaValue) {
    const format = new Format(lua, checkString(lua, f, 1, arguments.length))
    let total = 0
    for (let letter = format.letter(); letter !== ''; letter = format.letter()) {
      const size = format.size(letter)
      total += format.padding(total, letter, size)
      if (letter === 's') lua.argumentError(1, "option 's' has no fixed size")
      if (letter === 'c' && size === 0) lua.argumentError(1, "option 'c0' has no fixed size")
      if (!isAlphanumeric(letter.charCodeAt(0))) format.control(letter)
      total += size
    }
    return total
  })

  lua.globals.setString('struct', library)
}

/** A float into the view; a NaN as x86 makes one. */
function packFloat(n: number, little: boolean): void {
  if (Number.isNaN(n)) view.setUint32(0, 0xffc00000, little)
  else view.setFloat32(0, n, little)
}

/** The same for a double. */
function packDouble(n: number, little: boolean): void {
  if (Number.isNaN(n)) view.setBigUint64(0, 0xfff8n << 48n, little)
  else view.setFloat64(0, n, little)
}
