// biome-ignore-all lint/style/noNonNullAssertion: the innermost container is there while depth says so.
/**
 * Values from JSON.
 *
 * A loop with a stack of its own, like the encoder. It goes by the first byte of each token; only for a
 * message is the token taken apart properly, because errors name what was found: T_OBJ_END, T_COLON.
 *
 * The text is a C string: a zero byte is its end. Numbers are what strtod takes, unless invalid ones are
 * forbidden: leading zeros, hexadecimal, infinities, and even `-nan(x)`.
 */
import { owned } from '../../util/bytes.ts'
import { parseNumber } from '../number.ts'
import { LuaTable } from '../table.ts'
import type { LuaUserdata, LuaValue } from '../value.ts'
import type { Lua } from '../vm.ts'
import type { JsonOptions } from './cjson.ts'

/** As many values as fit the stack of a C function in PUC. */
const MAX_STACK = 8000

const NUMBER =
  /[+-]?(?:0x(?:[0-9a-f]+(?:\.[0-9a-f]*)?|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?|nan(?:\([0-9a-z_]*\))?)/iy
const INVALID = /\+|-?(?:0[x0-9]|inf|nan)/iy

const POWERS = Float64Array.from({ length: 16 }, (_, n) => 10 ** n)

const PUNCTUATION: Readonly<Record<string, string>> = {
  '{': 'T_OBJ_BEGIN',
  '}': 'T_OBJ_END',
  '[': 'T_ARR_BEGIN',
  ']': 'T_ARR_END',
  ',': 'T_COMMA',
  ':': 'T_COLON',
}

const UNESCAPED: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
}

export class Decoder {
  private readonly lua: Lua
  private readonly none: LuaUserdata
  private readonly options: JsonOptions
  private text: string
  private at: number
  /** What is wrong with the token that could not be read, and where. */
  private fault: string
  private faultAt: number

  constructor(lua: Lua, none: LuaUserdata, options: JsonOptions) {
    this.lua = lua
    this.none = none
    this.options = options
    this.text = ''
    this.at = 0
    this.fault = ''
    this.faultAt = 0
  }

  /** The value of a whole text. */
  decode(text: string): LuaValue {
    if (text.length >= 2 && (text.charCodeAt(0) === 0 || text.charCodeAt(1) === 0)) {
      this.lua.error('JSON parser does not support UTF-16 or UTF-32')
    }
    this.text = text
    this.at = 0
    const value = this.value()
    this.text = ''
    return value
  }

  private value(): LuaValue {
    const { text, options } = this
    // The containers around the value, and for an object the key that waits.
    const tables: LuaTable[] = []
    const keys: (string | undefined)[] = []
    let depth = 0
    let slots = 1
    // The innermost: its elements if it is an array, its key if it is an object.
    let table: LuaTable | undefined
    let key: string | undefined
    for (;;) {
      let value: LuaValue
      const c = this.blanks()
      if (c === 34) {
        value = this.string()
        if (value === undefined) this.expected('value')
      } else if (c === 123) {
        this.at++
        this.descend(++depth, slots + 3)
        const made = new LuaTable()
        if (this.blanks() === 125) {
          this.at++
          depth--
          value = made
        } else {
          if (table !== undefined) {
            tables.push(table)
            keys.push(key)
          }
          table = made
          key = this.key()
          slots += 2
          continue
        }
      } else if (c === 91) {
        this.at++
        this.descend(++depth, slots + 2)
        const made = new LuaTable()
        if (options.markArrays) made.meta = this.mark()
        if (this.blanks() === 93) {
          this.at++
          depth--
          value = made
        } else {
          if (table !== undefined) {
            tables.push(table)
            keys.push(key)
          }
          table = made
          key = undefined
          slots += 1
          continue
        }
      } else if (c === 45 || (c >= 48 && c <= 57)) {
        value = this.number(c)
        if (value === undefined) this.expected('value')
      } else if (text.startsWith('true', this.at)) {
        this.at += 4
        value = true
      } else if (text.startsWith('false', this.at)) {
        this.at += 5
        value = false
      } else if (text.startsWith('null', this.at)) {
        this.at += 4
        value = this.none
      } else {
        value = this.unusual()
        if (value === undefined) this.expected('value')
      }
      // A finished value goes into its container, which may be finished by that.
      for (;;) {
        if (table === undefined) {
          if (this.blanks() !== 0) this.expected('the end')
          return value
        }
        if (key === undefined) {
          table.append(value)
          const next = this.blanks()
          if (next === 44) {
            this.at++
            break
          }
          if (next !== 93) this.expected('comma or array end')
          slots -= 1
        } else {
          table.setString(key, value)
          const next = this.blanks()
          if (next === 44) {
            this.at++
            this.blanks()
            key = this.key()
            break
          }
          if (next !== 125) this.expected('comma or object end')
          slots -= 2
        }
        this.at++
        depth--
        value = table
        table = tables.pop()
        key = keys.pop()
      }
    }
  }

  /** Goes over blanks; the byte that follows, or 0 at the end. */
  private blanks(): number {
    const { text } = this
    let c = text.charCodeAt(this.at)
    while (c === 32 || c === 10 || c === 13 || c === 9) c = text.charCodeAt(++this.at)
    // Beyond the end there is no code, which becomes zero too.
    return c || 0
  }

  private descend(depth: number, slots: number): void {
    if (depth <= this.options.decodeMaxDepth && slots <= MAX_STACK) return
    this.lua.error(`Found too many nested data structures (${depth}) at character ${this.at}`)
  }

  /** The key of a pair, and the colon. */
  private key(): string {
    const key = this.text.charCodeAt(this.at) === 34 ? this.string() : undefined
    if (key === undefined) this.expected('object key string')
    if (this.blanks() !== 58) this.expected('colon')
    this.at++
    return key
  }

  /** A string, from its opening quote; undefined with a fault. */
  private string(): string | undefined {
    const { text } = this
    const start = ++this.at
    let at = start
    for (;;) {
      const c = text.charCodeAt(at)
      if (c === 34) {
        this.at = at + 1
        return owned(text, start, at)
      }
      // An escape, a zero byte, or the end: where there is no code.
      if (c === 92 || !(c > 0)) return this.escaped(start, at)
      at++
    }
  }

  /** The same, with what has to be looked at from `from` on. */
  private escaped(start: number, from: number): string | undefined {
    const { text } = this
    let result = text.slice(start, from)
    let at = from
    for (;;) {
      const c = text.charCodeAt(at)
      if (c === 34) break
      if (!(c > 0)) return this.wrong('unexpected end of string', at)
      if (c !== 92) {
        let end = at + 1
        for (;;) {
          const next = text.charCodeAt(end)
          if (next === 34 || next === 92 || !(next > 0)) break
          end++
        }
        result += text.slice(at, end)
        at = end
        continue
      }
      const letter = text.charAt(at + 1)
      if (letter === 'u') {
        const code = this.unicode(at)
        if (code < 0) return this.wrong('invalid unicode escape code', at)
        result += utf8(code)
        at += code > 0xffff ? 12 : 6
        continue
      }
      const plain = UNESCAPED[letter]
      if (plain === undefined) return this.wrong('invalid escape code', at)
      result += plain
      at += 2
    }
    this.at = at + 1
    return result
  }

  /** The character of a unicode escape, of two if it is one half; -1 if it is none. */
  private unicode(at: number): number {
    const code = this.hex(at + 2)
    if (code < 0xd800 || code > 0xdfff) return code
    if (code >= 0xdc00 || !this.text.startsWith('\\u', at + 6)) return -1
    const low = this.hex(at + 8)
    if (low < 0xdc00 || low > 0xdfff) return -1
    return 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff)
  }

  /** Four hexadecimal digits; -1 if they are not. */
  private hex(at: number): number {
    let n = 0
    for (let i = at; i < at + 4; i++) {
      const c = this.text.charCodeAt(i)
      const letter = c | 32
      if (c >= 48 && c <= 57) n = n * 16 + c - 48
      else if (letter >= 97 && letter <= 102) n = n * 16 + letter - 87
      else return -1
    }
    return n
  }

  /** A number, from its first digit or minus; undefined with a fault. */
  private number(first: number): number | undefined {
    const { text } = this
    // Most have few digits: as a whole number these are exact, and so is a small power of ten.
    const start = first === 45 ? this.at + 1 : this.at
    let at = start
    let n = 0
    let c = text.charCodeAt(at)
    while (c >= 48 && c <= 57) {
      n = n * 10 + c - 48
      c = text.charCodeAt(++at)
    }
    const whole = at - start
    let places = 0
    if (c === 46 && whole > 0) {
      const point = at
      c = text.charCodeAt(++at)
      while (c >= 48 && c <= 57) {
        n = n * 10 + c - 48
        c = text.charCodeAt(++at)
      }
      places = at - point - 1
    }
    const zero = whole > 1 && text.charCodeAt(start) === 48
    const more = (c | 32) === 101 || (c | 32) === 120
    if (whole > 0 && whole + places <= 15 && !zero && !more) {
      this.at = at
      if (places > 0) n /= POWERS[places]!
      return first === 45 ? -n : n
    }
    return this.unusualNumber()
  }

  private unusualNumber(): number | undefined {
    const { text, at } = this
    if (!this.options.decodeInvalid && isInvalid(text, at)) return this.wrong('invalid number', at)
    NUMBER.lastIndex = at
    const found = NUMBER.exec(text)
    if (found === null) return this.wrong('invalid number', at)
    this.at = at + found[0].length
    return parseNumber(found[0])
  }

  /** What begins like nothing in JSON: a number of C's, or an error. */
  private unusual(): number | undefined {
    const c = this.text.charCodeAt(this.at)
    const letter = c | 32
    const number = c === 43 || letter === 105 || letter === 110
    if (number && this.options.decodeInvalid && isInvalid(this.text, this.at)) {
      return this.unusualNumber()
    }
    // A token that is none, or one that stands where it must not: see `expected`.
    this.fault = ''
    return undefined
  }

  private wrong(fault: string, at: number): undefined {
    this.fault = fault
    this.faultAt = at
    return undefined
  }

  /** Complains about the token at hand. */
  private expected(what: string): never {
    let found = this.fault
    let place = this.faultAt
    this.fault = ''
    if (found === '') {
      place = this.at
      found = this.token()
      if (this.fault !== '') {
        place = this.faultAt
        found = this.fault
        this.fault = ''
      }
    }
    this.text = ''
    return this.lua.error(`Expected ${what} but found ${found} at character ${place + 1}`)
  }

  /** The name of the token at hand, or a fault. */
  private token(): string {
    const c = this.blanks()
    if (c === 0) return 'T_END'
    const punctuation = PUNCTUATION[String.fromCharCode(c)]
    if (punctuation !== undefined) return punctuation
    const { text, at } = this
    if (c === 34) return this.string() === undefined ? '' : 'T_STRING'
    if (c === 45 || (c >= 48 && c <= 57)) return this.number(c) === undefined ? '' : 'T_NUMBER'
    if (text.startsWith('true', at) || text.startsWith('false', at)) return 'T_BOOLEAN'
    if (text.startsWith('null', at)) return 'T_NULL'
    if (this.unusual() !== undefined) return 'T_NUMBER'
    if (this.fault === '') this.wrong('invalid token', at)
    return ''
  }

  /** The metatable of a decoded array: one of its own, which nobody may change. */
  private mark(): LuaTable {
    const meta = new LuaTable()
    meta.setString('__is_cjson_array', true)
    meta.readonly = true
    return meta
  }
}

/** Whether what strtod would take is no number in JSON. */
function isInvalid(text: string, at: number): boolean {
  INVALID.lastIndex = at
  return INVALID.test(text)
}

function utf8(code: number): string {
  if (code < 0x80) return String.fromCharCode(code)
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63))
  const tail = String.fromCharCode(0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12)) + tail
  return String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63)) + tail
}
