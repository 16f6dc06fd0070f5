// biome-ignore-all lint/complexity/noArguments: a rest parameter would allocate in the hottest functions.
/**
 * struct: C structures as strings (Roberto Ierusalimschy's library, with what Redis has changed).
 *
 * The machine imitated is little-endian with 64-bit longs. Integers may have up to 32 bytes: those
 * beyond the eighth are zeros when written and are not looked at when read.
 */
import { owned } from '../../util/bytes.ts'
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
const CACHED = 300

const view = new DataView(new ArrayBuffer(8))
const char = String.fromCharCode
/** Strings from here on are counted as memory. */
const COUNTED = 256

const isDigit = (c: number): boolean => c >= 48 && c <= 57
const isAlphanumeric = (c: number): boolean =>
  isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122)

/** What an element is; a fault is an error that shows only after the data has been looked at. */
type Kind =
  | 'integer'
  | 'float'
  | 'double'
  | 'pad'
  | 'bytes'
  | 'zero-ended'
  | 'nothing'
  | 'fault'
  | 'error'

/** One element of a format, with the options that hold for it. */
interface Element {
  readonly kind: Kind
  /** In bytes; 0 for what its value decides. */
  readonly size: number
  readonly signed: boolean
  readonly little: boolean
  /** It begins at a multiple of this. */
  readonly unit: number
  readonly error: string
  /** Whether the error is a letter without a meaning. */
  readonly unknown: boolean
}

const KINDS: Readonly<Record<string, readonly [kind: Kind, size: number]>> = {
  b: ['integer', 1],
  B: ['integer', 1],
  h: ['integer', 2],
  H: ['integer', 2],
  l: ['integer', 8],
  L: ['integer', 8],
  T: ['integer', 8],
  i: ['integer', 4],
  I: ['integer', 4],
  f: ['float', 4],
  d: ['double', 8],
  x: ['pad', 1],
  c: ['bytes', 1],
  s: ['zero-ended', 0],
}

const formats = new Map<string, readonly Element[]>()

/** The elements of a format. An error is one too: it shows when its turn comes. */
function elements(format: string): readonly Element[] {
  let found = formats.get(format)
  if (found === undefined) {
    found = parse(format)
    if (formats.size >= CACHED) formats.clear()
    formats.set(format, found)
  }
  return found
}

function parse(format: string): Element[] {
  // A C string: it ends at a zero byte.
  const zero = format.indexOf('\0')
  const text = zero < 0 ? format : format.slice(0, zero)
  const found: Element[] = []
  let little = true
  let alignment = 1
  let at = 0
  let overflow = false
  const number = (otherwise: number): number => {
    const start = at
    let n = 0
    while (isDigit(text.charCodeAt(at))) n = n * 10 + text.charCodeAt(at++) - 48
    overflow = n > MAX_INT
    return at === start ? otherwise : n
  }
  const add = (kind: Kind, size: number, letter = '', error = '', unknown = false): void => {
    const unit = size === 0 || kind === 'bytes' ? 1 : Math.min(size, alignment)
    // Of a letter without a meaning: whether it is a letter, or a digit.
    const signed = unknown ? isAlphanumeric(letter.charCodeAt(0)) : letter >= 'a'
    found.push({ kind, size, signed, little, unit, error, unknown })
  }
  while (at < text.length) {
    const letter = text.charAt(at++)
    const known = KINDS[letter]
    if (known !== undefined) {
      const counted = letter === 'i' || letter === 'I' || letter === 'c'
      const size = counted ? number(known[1]) : known[1]
      if (overflow) add('error', 0, '', 'integral size overflow')
      else if (size > MAX_INTEGER && letter !== 'c') {
        add('error', 0, '', `integral size ${size} is larger than limit of ${MAX_INTEGER}`)
      } else add(known[0], size, letter)
    } else if (letter === '>' || letter === '<') {
      little = letter === '<'
      add('nothing', 0)
    } else if (letter === '!') {
      const unit = number(NATIVE_ALIGNMENT)
      if (overflow) add('fault', 0, '', 'integral size overflow')
      else if (unit <= 0 || (unit & (unit - 1)) !== 0) {
        add('fault', 0, '', `alignment ${unit} is not a power of 2`)
      } else {
        alignment = unit
        add('nothing', 0)
      }
    } else if (letter === ' ') add('nothing', 0)
    else add('fault', 0, letter, `invalid format option '${letter}'`, true)
    overflow = false
  }
  return found
}

/** How many bytes are left out in front of an element at `position`. */
function padding(position: number, unit: number): number {
  return (unit - (position & (unit - 1))) & (unit - 1)
}

function packInteger(n: number, size: number, little: boolean): string {
  let low: number
  let high: number
  if (n >= -0x80000000 && n <= 0xffffffff) {
    low = n | 0
    // A part of a whole below zero is zero.
    high = n <= -1 ? -1 : 0
  } else {
    const wide = BigInt.asUintN(64, n < 0 ? BigInt(toInteger(n)) : toUnsigned(n))
    low = Number(wide & 0xffffffffn) | 0
    high = Number(wide >> 32n) | 0
  }
  if (size === 4) return four(low, little)
  if (size === 1) return char(low & 255)
  if (size === 2) {
    const first = low & 255
    const second = (low >> 8) & 255
    return little ? char(first, second) : char(second, first)
  }
  if (size === 8)
    return little ? four(low, true) + four(high, true) : four(high, false) + four(low, false)
  let text = ''
  for (let i = 0; i < size; i++) {
    const byte = char(i < 4 ? (low >> (8 * i)) & 255 : i < 8 ? (high >> (8 * i - 32)) & 255 : 0)
    text = little ? text + byte : byte + text
  }
  return text
}

/** 32 bits as bytes. */
function four(bits: number, little: boolean): string {
  const a = bits & 255
  const b = (bits >> 8) & 255
  const c = (bits >> 16) & 255
  const d = bits >>> 24
  return little ? char(a, b, c, d) : char(d, c, b, a)
}

/** 32 bits from bytes. */
function word(data: string, at: number, little: boolean): number {
  const a = data.charCodeAt(at)
  const b = data.charCodeAt(at + 1)
  const c = data.charCodeAt(at + 2)
  const d = data.charCodeAt(at + 3)
  return little ? a | (b << 8) | (c << 16) | (d << 24) : d | (c << 8) | (b << 16) | (a << 24)
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
  if (size === 4) return signed ? word(data, at, little) : word(data, at, little) >>> 0
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

  function complain(element: Element): never {
    return element.unknown ? lua.argumentError(1, element.error) : lua.error(element.error)
  }

  define('pack', (...args: LuaValue[]) => {
    const format = elements(checkString(lua, args[0], 1, args.length))
    // The original pushes a nil behind the arguments, which shows when one is missing.
    const given = args.length + 1
    let result = ''
    let n = 2
    for (let i = 0; i < format.length; i++) {
      const element = format[i] as Element
      const { size, little } = element
      if (element.unit > 1) {
        const left = padding(result.length, element.unit)
        if (left > 0) result += '\0'.repeat(left)
      }
      const value = args[n - 1]
      switch (element.kind) {
        case 'integer':
          result += packInteger(checkNumber(lua, value, n++, given), size, little)
          break
        case 'pad':
          result += '\0'
          break
        case 'float':
          result += packFloat(checkNumber(lua, value, n++, given), little)
          break
        case 'double':
          result += packDouble(checkNumber(lua, value, n++, given), little)
          break
        case 'bytes':
        case 'zero-ended': {
          const text = checkString(lua, value, n++, given)
          if (size > text.length) lua.argumentError(n, 'string too short')
          lua.allocate(text.length)
          result += size === 0 ? text : text.slice(0, size)
          if (element.kind === 'zero-ended') result += '\0'
          break
        }
        case 'fault':
        case 'error':
          complain(element)
      }
    }
    return result
  })

  function need(data: string, at: number, size: number): void {
    if (at < 0 || at + size > data.length) lua.argumentError(2, 'data string too short')
  }

  define('unpack', function (f?: LuaValue, d?: LuaValue, p?: LuaValue) {
    const given = arguments.length
    const format = elements(checkString(lua, f, 1, given))
    const data = checkString(lua, d, 2, given)
    const from = p === undefined ? 1 : checkInteger(lua, p, 3, given)
    if (from === 0) lua.argumentError(3, 'offset must be 1 or greater')
    // Unsigned: below zero is far behind the end, and padding may lead from there to the beginning.
    let at = from - 1
    const found: LuaValue[] = []
    for (let i = 0; i < format.length; i++) {
      const element = format[i] as Element
      const { little } = element
      let { size } = element
      // An error of the element itself comes before what the data lacks.
      if (element.kind === 'error') complain(element)
      if (element.unit > 1) at += padding(at, element.unit)
      need(data, at, size)
      if (found.length + given + 2 > MAX_STACK) lua.error('stack overflow (too many results)')
      switch (element.kind) {
        case 'integer':
          found.push(unpackInteger(data, at, size, little, element.signed))
          break
        case 'float':
          found.push(unpackFloat(data, at, little))
          break
        case 'double':
          found.push(unpackDouble(data, at, little))
          break
        case 'bytes':
          if (size === 0) {
            size = previousSize(found)
            need(data, at, size)
          }
          if (size >= COUNTED) lua.allocate(size)
          found.push(owned(data, at, at + size))
          break
        case 'zero-ended': {
          const zero = data.indexOf('\0', at)
          if (zero < 0) lua.error('unfinished string in data')
          found.push(owned(data, at, zero))
          size = zero - at + 1
          if (size >= COUNTED) lua.allocate(size)
          break
        }
        case 'fault':
          complain(element)
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
    const format = elements(checkString(lua, f, 1, arguments.length))
    let total = 0
    for (const element of format) {
      const { kind, size } = element
      total += padding(total, element.unit)
      if (kind === 'zero-ended') lua.argumentError(1, "option 's' has no fixed size")
      if (kind === 'bytes' && size === 0) lua.argumentError(1, "option 'c0' has no fixed size")
      // Letters and digits without a meaning are passed over.
      if (kind === 'error' || (kind === 'fault' && !(element.unknown && element.signed))) {
        complain(element)
      }
      total += size
    }
    return total
  })

  lua.globals.setString('struct', library)
}

/** A float; a NaN as x86 makes one. */
function packFloat(n: number, little: boolean): string {
  if (Number.isNaN(n)) return four(0xffc00000, little)
  view.setFloat32(0, n)
  return four(view.getInt32(0), little)
}

/** The same for a double. */
function packDouble(n: number, little: boolean): string {
  view.setFloat64(0, n)
  const high = Number.isNaN(n) ? 0xfff80000 : view.getInt32(0)
  const low = Number.isNaN(n) ? 0 : view.getInt32(4)
  return little ? four(low, true) + four(high, true) : four(high, false) + four(low, false)
}

function unpackFloat(data: string, at: number, little: boolean): number {
  view.setInt32(0, word(data, at, little))
  return view.getFloat32(0)
}

function unpackDouble(data: string, at: number, little: boolean): number {
  view.setInt32(0, word(data, little ? at + 4 : at, little))
  view.setInt32(4, word(data, little ? at : at + 4, little))
  return view.getFloat64(0)
}
