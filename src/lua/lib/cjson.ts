// biome-ignore-all lint/complexity/noArguments: a rest parameter would allocate in the hottest functions.
/**
 * cjson: JSON as lua-cjson 2.1 has it, with Redis's changes.
 *
 * This is the face of it: options, arguments, the table of functions. The work is in json-encoder.ts and
 * json-decoder.ts.
 */
import { LuaTable } from '../table.ts'
import { builtin, type LuaResult, LuaUserdata, type LuaValue } from '../value.ts'
import type { Lua } from '../vm.ts'
import { checkInt, checkString } from './check.ts'
import { Decoder } from './json-decoder.ts'
import { encode } from './json-encoder.ts'

/** Texts from here on are counted as memory, for strings are taken from them. */
const COUNTED = 256

/** The options of one instance; `cjson.new` makes another. */
export interface JsonOptions {
  /** Whether arrays with great gaps become objects; else they are an error. */
  sparseConvert: boolean
  /** An array is sparse if it is so many times as long as it has elements; 0 for never. */
  sparseRatio: number
  /** Up to this length no array is sparse. */
  sparseSafe: number
  encodeMaxDepth: number
  decodeMaxDepth: number
  /** What becomes of NaN and infinities. */
  encodeInvalid: 'off' | 'on' | 'null'
  decodeInvalid: boolean
  precision: number
  keepBuffer: boolean
  /** Decoded arrays are marked, so that empty ones stay arrays. */
  markArrays: boolean
}

const MAX_INT = 0x7fffffff
/** Digits of a number that can be asked for. */
const MAX_PRECISION = 14

/** Installs `cjson`. */
export function openCjson(lua: Lua): void {
  // A light userdata in PUC: all instances, and what is decoded, have the same one.
  const none = new LuaUserdata(null)
  lua.globals.setString('cjson', newInstance(lua, none))
}

function newInstance(lua: Lua, none: LuaUserdata): LuaTable {
  const library = new LuaTable()
  const define = (name: string, native: (...args: LuaValue[]) => LuaResult) =>
    library.setString(name, builtin(name, native))
  const options: JsonOptions = {
    sparseConvert: false,
    sparseRatio: 2,
    sparseSafe: 10,
    encodeMaxDepth: 1000,
    decodeMaxDepth: 1000,
    encodeInvalid: 'off',
    decodeInvalid: true,
    precision: 14,
    keepBuffer: true,
    markArrays: false,
  }
  const decoder = new Decoder(lua, none, options)

  define('encode', function (value?: LuaValue) {
    if (arguments.length !== 1) lua.argumentError(1, 'expected 1 argument')
    return encode(lua, value, none, options)
  })

  define('decode', function (value?: LuaValue) {
    if (arguments.length !== 1) lua.argumentError(1, 'expected 1 argument')
    const text = checkString(lua, value, 1, 1)
    if (text.length >= COUNTED) lua.allocate(text.length)
    return decoder.decode(text)
  })

  function atMost(most: number, given: number): void {
    if (given > most) lua.argumentError(most + 1, 'found too many arguments')
  }

  /** The new value of an option that is on or off, or one of more words. */
  function choice<T extends string>(value: LuaValue, n: number, words: readonly T[]): T {
    if (typeof value === 'boolean') return words[value ? 1 : 0] as T
    const word = checkString(lua, value, n, n)
    // As C compares them: up to a zero byte.
    const zero = word.indexOf('\0')
    const text = zero < 0 ? word : word.slice(0, zero)
    const found = words.find((one) => one === text)
    return found ?? lua.argumentError(n, `invalid option '${text}'`)
  }

  function flag(value: LuaValue, n: number, now: boolean): boolean {
    return value === undefined ? now : choice(value, n, ['off', 'on']) === 'on'
  }

  function whole(value: LuaValue, n: number, now: number, least: number, most: number): number {
    if (value === undefined) return now
    const number = checkInt(lua, value, n, n)
    if (number < least || number > most) {
      // Whichever it is, the first is blamed.
      lua.argumentError(1, `expected integer between ${least} and ${most}`)
    }
    return number
  }

  define('encode_sparse_array', function (convert?: LuaValue, ratio?: LuaValue, safe?: LuaValue) {
    atMost(3, arguments.length)
    options.sparseConvert = flag(convert, 1, options.sparseConvert)
    options.sparseRatio = whole(ratio, 2, options.sparseRatio, 0, MAX_INT)
    options.sparseSafe = whole(safe, 3, options.sparseSafe, 0, MAX_INT)
    return [options.sparseConvert, options.sparseRatio, options.sparseSafe]
  })

  define('encode_max_depth', function (depth?: LuaValue) {
    atMost(1, arguments.length)
    options.encodeMaxDepth = whole(depth, 1, options.encodeMaxDepth, 1, MAX_INT)
    return options.encodeMaxDepth
  })

  define('decode_max_depth', function (depth?: LuaValue) {
    atMost(1, arguments.length)
    options.decodeMaxDepth = whole(depth, 1, options.decodeMaxDepth, 1, MAX_INT)
    return options.decodeMaxDepth
  })

  define('encode_number_precision', function (digits?: LuaValue) {
    atMost(1, arguments.length)
    options.precision = whole(digits, 1, options.precision, 1, MAX_PRECISION)
    return options.precision
  })

  define('encode_keep_buffer', function (keep?: LuaValue) {
    atMost(1, arguments.length)
    options.keepBuffer = flag(keep, 1, options.keepBuffer)
    return options.keepBuffer
  })

  define('encode_invalid_numbers', function (how?: LuaValue) {
    atMost(1, arguments.length)
    if (how !== undefined) options.encodeInvalid = choice(how, 1, ['off', 'on', 'null'])
    const now = options.encodeInvalid
    return now === 'null' ? now : now === 'on'
  })

  define('decode_invalid_numbers', function (allow?: LuaValue) {
    atMost(1, arguments.length)
    options.decodeInvalid = flag(allow, 1, options.decodeInvalid)
    return options.decodeInvalid
  })

  define('decode_array_with_array_mt', function (mark?: LuaValue) {
    atMost(1, arguments.length)
    options.markArrays = flag(mark, 1, options.markArrays)
    return options.markArrays
  })

  define('new', () => newInstance(lua, none))

  library.setString('null', none)
  library.setString('_NAME', 'cjson')
  library.setString('_VERSION', '2.1.0')
  return library
}
