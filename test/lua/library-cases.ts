/**
 * Random calls of library functions: values of all kinds, nested, sparse, binary; texts that are nearly
 * right; formats and patterns that are mostly right.
 */
import { LuaTable } from '../../src/lua/table.ts'
import { LuaUserdata, type LuaValue } from '../../src/lua/value.ts'
import type { Random } from '../../src/util/random.ts'
import { type Call, functionNamed } from './library-wire.ts'

/** What stands for null; every light userdata without an address is the same. */
const NULL = new LuaUserdata(null)
const bits = new DataView(new ArrayBuffer(8))

export const FAMILIES = [
  'cjson',
  'cmsgpack',
  'bit',
  'struct',
  'string',
  'pattern',
  'table',
  'math',
  'number',
] as const
export type Family = (typeof FAMILIES)[number]

export class Cases {
  private readonly random: Random

  constructor(random: Random) {
    this.random = random
  }

  private below(n: number): number {
    return this.random.below(n)
  }

  private chance(likely: number): boolean {
    return this.random.float() < likely
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  private list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make)
  }

  /** A number of any kind. */
  number(): number {
    const sign = this.pick([1, 1, -1])
    switch (this.below(11)) {
      case 0:
        return sign * this.below(10)
      case 1:
        return sign * this.below(1000)
      case 2:
        return sign * (2 ** this.below(66) + this.pick([-1, 0, 0, 1]))
      case 3:
        return (sign * this.below(2 ** 40)) / 2 ** this.below(30)
      case 4:
        bits.setUint32(0, this.random.next32())
        bits.setUint32(4, this.random.next32())
        return bits.getFloat64(0)
      case 5:
        return sign * Number(`${this.below(10 ** (1 + this.below(9)))}e${this.below(40) - 20}`)
      case 6:
        return this.pick([0, -0, Infinity, -Infinity, NaN, 0.5, 1.5, 2.5, -0.5, 1e14, 1e15, 1e300])
      case 7:
        return this.random.float()
      case 8:
        return Math.fround(sign * this.random.float() * 2 ** (this.below(60) - 30))
      case 9:
        return sign * this.below(2 ** 53)
      default:
        return sign * this.below(2 ** 32)
    }
  }

  /** A byte string. */
  bytes(): string {
    const kind = this.below(10)
    if (kind < 4)
      return this.pick(['', 'a', 'key', 'name', 'Hello world', '10', '0x1F', ' 7 ', 'ab'])
    if (kind < 6) return this.random.bytes(this.below(12))
    if (kind === 6) return this.random.bytes(this.pick([31, 32, 33, 255, 256, 257]))
    if (kind === 7)
      return this.list(12, () => this.pick([...'"\\/\b\f\n\r\t\x00\x1f\x7f\x80é'])).join('')
    return this.list(20, () => String.fromCharCode(97 + this.below(26))).join('')
  }

  /** What is no table. */
  private leaf(): LuaValue {
    switch (this.below(10)) {
      case 0:
        return this.chance(0.5)
      case 1:
        return NULL
      case 2:
      case 3:
      case 4:
        return this.number()
      case 5:
        return this.chance(0.05) ? functionNamed('none') : this.number()
      default:
        return this.bytes()
    }
  }

  /** A value with tables in it; `loose` is told when the order of keys may show. */
  value(depth: number, loose: { is: boolean }): LuaValue {
    if (depth <= 0 || this.chance(0.35)) return this.leaf()
    const table = new LuaTable()
    const inner = (): LuaValue => this.value(depth - 1, loose)
    const kind = this.below(10)
    if (kind < 4) {
      const length = this.below(this.chance(0.1) ? 40 : 6)
      for (let n = 1; n <= length; n++) table.setInt(n, inner() ?? false)
    } else if (kind < 6) table.set(this.key(), inner())
    else if (kind < 7) {
      // With gaps.
      let n = 0
      for (let i = this.below(6); i >= 0; i--) {
        n += 1 + this.below(this.pick([1, 2, 5, 30]))
        table.setInt(n, inner())
      }
      loose.is = true
    } else if (kind < 8) {
      for (let i = this.below(4); i >= 0; i--) {
        const key = this.key()
        // What an index beyond a C int does to others depends on which comes first.
        table.set(typeof key === 'number' && key > 2 ** 31 ? 1 + this.below(1000) : key, inner())
      }
      loose.is = true
    } else if (kind < 9) {
      // Deep, with nothing beside.
      let deep: LuaTable = table
      for (let i = this.below(25); i >= 0; i--) {
        const next = new LuaTable()
        deep.setInt(1, next)
        deep = next
      }
      deep.setInt(1, this.leaf())
    }
    return table
  }

  private key(): string | number | boolean {
    const kind = this.below(20)
    if (kind < 14) return this.bytes()
    if (kind === 14) return this.chance(0.5)
    const n = this.number()
    return Number.isNaN(n) ? 1 : n
  }

  // ------------------------------------------------------------------------------------------ JSON

  private jsonText(depth: number): string {
    const blank = (): string => this.pick(['', '', '', ' ', '\n', '\t \r'])
    const inner = (): string => blank() + this.jsonText(depth - 1) + blank()
    switch (depth <= 0 ? this.below(7) : this.below(11)) {
      case 0:
        return this.pick(['true', 'false', 'null', 'null'])
      case 1:
        return `${this.below(1000) - 300}`
      case 2:
        return JSON.stringify(this.number()) ?? '0'
      case 3:
        return this.pick([
          ...['0x10', '-0x1.8p3', 'inf', '-inf', 'Infinity', 'nan', '-NaN', 'nan(ab)', '+1', '01'],
          ...[
            '1.',
            '.5',
            '-.5',
            '1e',
            '1e5',
            '1E+5',
            '-',
            '0',
            '-0',
            '1e999',
            '1e-999',
            '00',
            '0x',
          ],
          ...[
            '123456789012345678',
            '0.1000000000000000055',
            '12345678901234567890123',
            '9007199254740993',
          ],
        ])
      case 4:
      case 5:
        return JSON.stringify(this.bytes())
      case 6:
        return `"${this.list(5, () =>
          this.pick([
            ...['\\n', '\\t', '\\"', '\\\\', '\\/', '\\b', '\\f', '\\r', 'x', 'yz', '\\u0041'],
            ...[
              '\\u00e9',
              '\\u20ac',
              '\\ud83d\\ude00',
              '\\uD800',
              '\\udc00',
              '\\u12',
              '\\x',
              '\\u0000',
            ],
            ...['é', '\x80', '\x01', '\x7f'],
          ]),
        ).join('')}"`
      case 7:
      case 8:
        return `[${this.list(5, inner).join(',')}]`
      default:
        return `{${this.list(4, () => {
          const key = blank() + JSON.stringify(this.pick(['a', 'b', 'key', 'x', '']))
          return `${key}${blank()}:${inner()}`
        }).join(',')}}`
    }
  }

  /** Text with something added, removed or changed. */
  private damaged(text: string, alphabet: string): string {
    let result = text
    for (let i = this.below(3); i >= 0; i--) {
      const at = this.below(result.length + 1)
      const piece = this.chance(0.7) ? this.pick([...alphabet]) : this.random.bytes(1)
      const drop = this.below(3)
      result = result.slice(0, at) + (this.chance(0.6) ? piece : '') + result.slice(at + drop)
    }
    return result
  }

  private jsonOptions(): [string, ...LuaValue[]][] {
    if (this.chance(0.5)) return []
    return this.list(2, (): [string, ...LuaValue[]] => {
      switch (this.below(7)) {
        case 0:
          // Not 0, which makes arrays as long as the greatest key.
          return ['encode_sparse_array', this.chance(0.5), 1 + this.below(3), this.below(12)]
        case 1:
          return ['encode_max_depth', 1 + this.below(12)]
        case 2:
          return ['decode_max_depth', 1 + this.below(6)]
        case 3:
          return ['encode_number_precision', 1 + this.below(14)]
        case 4:
          return ['encode_invalid_numbers', this.pick(['on', 'off', 'null', true, false])]
        case 5:
          return ['encode_keep_buffer', this.chance(0.5)]
        default:
          return ['decode_invalid_numbers', this.chance(0.5)]
      }
    })
  }

  private cjson(): Call {
    const kind = this.below(20)
    const options = this.jsonOptions()
    if (kind === 0) {
      const name = this.pick([
        ...['encode_sparse_array', 'encode_max_depth', 'decode_max_depth', 'encode_keep_buffer'],
        ...['encode_number_precision', 'encode_invalid_numbers', 'decode_invalid_numbers'],
        ...['encode', 'decode'],
      ])
      const args = this.list(4, () =>
        this.chance(0.3) ? this.pick(['on', 'off', 'null', true, false, undefined]) : this.leaf(),
      )
      return { name: `cjson.${name}`, args, options }
    }
    if (kind < 10) {
      const loose = { is: false }
      const args = [this.value(4, loose)]
      return { name: 'cjson.encode', args, options, loose: loose.is }
    }
    const text = this.jsonText(this.below(5))
    const sent = this.chance(0.5) ? this.damaged(text, '[]{},:"\\u0123456789eE+-.xnN tf\0') : text
    return { name: 'cjson.decode', args: [sent], options }
  }

  // --------------------------------------------------------------------------------------- msgpack

  /** Bytes that are mostly MessagePack. */
  private packed(depth: number): string {
    const char = String.fromCharCode
    const inner = (): string => this.packed(depth - 1)
    switch (depth <= 0 ? this.below(8) : this.below(11)) {
      case 0:
        return char(this.below(256))
      case 1: {
        const sizes: Record<number, number> = { 202: 4, 203: 8, 204: 1, 205: 2, 206: 4, 207: 8 }
        const head = this.pick([0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf])
        return char(head) + this.random.bytes(sizes[head] as number)
      }
      case 2: {
        const head = this.below(4)
        return char(0xd0 + head) + this.random.bytes(2 ** head)
      }
      case 3:
        return char(this.pick([0xc0, 0xc2, 0xc3, 0x00, 0x7f, 0xe0, 0xff]))
      case 4: {
        const text = this.bytes().slice(0, 31)
        return char(0xa0 | text.length) + text
      }
      case 5: {
        const text = this.bytes().slice(0, 255)
        return char(0xd9, text.length) + text
      }
      case 6: {
        const text = this.bytes()
        return char(0xda, text.length >> 8, text.length & 255) + text
      }
      case 7: {
        const text = this.bytes()
        return char(0xdb, 0, 0, text.length >> 8, text.length & 255) + text
      }
      case 8: {
        const items = this.list(5, inner)
        const head = this.pick([char(0x90 | items.length), char(0xdc, 0, items.length)])
        return (this.chance(0.2) ? char(0xdd, 0, 0, 0, items.length) : head) + items.join('')
      }
      default: {
        const items = this.list(4, () => inner() + inner())
        const head = this.pick([char(0x80 | items.length), char(0xde, 0, items.length)])
        return (this.chance(0.2) ? char(0xdf, 0, 0, 0, items.length) : head) + items.join('')
      }
    }
  }

  private cmsgpack(): Call {
    if (this.chance(0.5)) {
      const loose = { is: false }
      const args = this.chance(0.9)
        ? [this.value(4, loose)]
        : this.list(4, () => this.value(2, loose))
      return { name: 'cmsgpack.pack', args, loose: loose.is }
    }
    let text = this.list(3, () => this.packed(this.below(5))).join('')
    if (this.chance(0.4)) text = this.damaged(text, '\x80\x90\xc0\xdc\xdf\xdb\x01\xcf')
    const offset = (): LuaValue =>
      this.chance(0.8)
        ? this.below(4)
        : this.pick([-1, 'x', 1e9, 1.5, '1', undefined, -0.5, 2 ** 40])
    switch (this.below(6)) {
      case 0:
        return { name: 'cmsgpack.unpack_one', args: this.chance(0.5) ? [text] : [text, offset()] }
      case 1:
        return { name: 'cmsgpack.unpack_limit', args: [text, offset(), ...this.list(1, offset)] }
      default:
        return { name: 'cmsgpack.unpack', args: this.chance(0.97) ? [text] : [this.leaf()] }
    }
  }

  // ------------------------------------------------------------------------------------ bit, struct

  /** Mostly a number; now and then a text or something else. */
  private numeric(): LuaValue {
    if (this.chance(0.9)) return this.number()
    return this.pick<LuaValue>(['10', '0x10', 'x', '', '1e2', true, undefined, new LuaTable()])
  }

  private bit(): Call {
    const name = this.pick([
      ...['tobit', 'bnot', 'band', 'bor', 'bxor', 'lshift', 'rshift', 'arshift', 'rol', 'ror'],
      ...['bswap', 'tohex'],
    ])
    const args = this.list(3, () => this.numeric())
    if (args.length < 2 && this.chance(0.8)) args.push(this.numeric(), this.below(40))
    return { name: `bit.${name}`, args }
  }

  private structFormat(): string {
    return this.list(6, () => {
      const letter = this.pick([...'bBhHlLTiIiIxfdcsscc<>!! '])
      if ('iI'.includes(letter))
        return letter + this.pick(['', '1', '2', '3', '4', '5', '7', '8', '9', '16', '32', '0'])
      if (letter === 'c') return letter + this.pick(['', '0', '1', '3', '5'])
      if (letter === '!') return letter + this.pick(['', '1', '2', '4', '8', '16'])
      return letter
    }).join('')
  }

  private struct(): Call {
    let format = this.structFormat()
    if (this.chance(0.08)) format = this.damaged(format, 'zi3!9c0s%\0')
    const kind = this.below(10)
    if (kind === 0) return { name: 'struct.size', args: [format] }
    if (kind < 5) {
      const args: LuaValue[] = []
      for (const letter of format) {
        if ('cs'.includes(letter)) args.push(this.chance(0.95) ? this.bytes() : this.leaf())
        else if ('bBhHlLTiIfd'.includes(letter)) args.push(this.numeric())
      }
      return { name: 'struct.pack', args: [format, ...args.slice(0, this.chance(0.97) ? 99 : 1)] }
    }
    let data = this.chance(0.5)
      ? this.random.bytes(this.below(60))
      : `\x02ab\0${this.bytes()}\0\x01\0`
    if (this.chance(0.3)) data = `\x03\x00\x00\x00${data}`
    if (this.chance(0.1)) format += 'bc0'
    const args: LuaValue[] = [format, data]
    if (this.chance(0.2)) args.push(this.pick([1, 2, 5, 0, -1, 100, 1.5, '2', 'x', undefined]))
    return { name: 'struct.unpack', args }
  }

  // --------------------------------------------------------------------------------------- strings

  private directive(): string {
    let flags = ''
    for (const flag of '-+ #0') if (this.chance(0.15)) flags += flag
    if (this.chance(0.01)) flags += '00000'
    const width = this.chance(0.4) ? `${this.below(this.chance(0.05) ? 300 : 30)}` : ''
    const precision = this.chance(0.5)
      ? `.${this.chance(0.1) ? '' : this.below(this.pick([5, 20, 99]))}`
      : ''
    const letter = this.chance(0.02)
      ? this.pick([...'%ya\0h'])
      : this.pick([...'ddisssqceEfgGouxX'])
    return `%${flags}${width}${precision}${letter}`
  }

  private format(): Call {
    const parts = this.list(3, () => this.pick(['', 'a', '%%', ' ', '\0x']) + this.directive())
    const template = `${parts.join('')}${this.pick(['', 'z', '%', '%%'])}`
    const args = template.match(/%[^%a-zA-Z]*[a-zA-Z]/g)?.map((one): LuaValue => {
      if (this.chance(0.03)) return this.leaf()
      if ('sq'.includes(one.at(-1) as string))
        return this.chance(0.8) ? this.bytes() : this.number()
      if (one.endsWith('c')) return this.below(300)
      return this.numeric()
    })
    return { name: 'string.format', args: [template, ...(args ?? [])] }
  }

  private string(): Call {
    const text = (): LuaValue => (this.chance(0.97) ? this.bytes() : this.leaf())
    const place = (): LuaValue =>
      this.chance(0.9)
        ? this.below(30) - 12
        : this.pick([undefined, 1.7, '3', 'x', 1e10, -1e10, 2 ** 63])
    switch (this.below(12)) {
      case 0:
        return { name: 'string.sub', args: [text(), place(), ...this.list(1, place)] }
      case 1:
        return { name: 'string.byte', args: [text(), ...this.list(2, place)] }
      case 2:
        return {
          name: 'string.char',
          args: this.list(5, () => (this.chance(0.9) ? this.below(256) : this.numeric())),
        }
      case 3:
        return {
          name: 'string.rep',
          args: [
            text(),
            this.chance(0.9) ? this.below(9) - 1 : this.pick([-1e10, '3', 'x', 2 ** 32 + 2]),
          ],
        }
      case 4:
        return { name: `string.${this.pick(['len', 'reverse', 'lower', 'upper'])}`, args: [text()] }
      case 5:
        return { name: 'string.find', args: [text(), text(), place(), ...this.list(1, () => true)] }
      default:
        return this.format()
    }
  }

  // -------------------------------------------------------------------------------------- patterns

  private patternItem(): string {
    const kind = this.below(16)
    const sign = this.pick(['', '', '', '*', '+', '-', '?'])
    if (kind < 4) return this.pick([...'abcx. ']) + sign
    if (kind < 7) return `%${this.pick([...'acdlpsuwxzACDLPSUWXZ.%(b1'])}${sign}`
    if (kind < 9) {
      const members = this.list(3, () =>
        this.pick(['a', 'b', 'a-c', '0-9', '%d', '%a', '%W', '%-', ']', '^', '-', 'x-', '%]']),
      ).join('')
      return `[${this.pick(['', '^'])}${members}]${sign}`
    }
    if (kind === 9) return `(${this.patternItem()})`
    if (kind === 10) return '()'
    if (kind === 11) return this.pick(['(', ')', '%1', '%2'])
    if (kind === 12) return `%b${this.pick(['()', 'ab', '[]', 'aa', 'a'])}`
    if (kind === 13) return `%f[${this.pick(['%a', '%s', '^a', 'a-b'])}]`
    if (kind === 14) return this.pick(['$', '^', '[', '%', '%f', '[a', '[%', '[^', '\0', '[]'])
    return `(${this.patternItem()}${this.patternItem()})${sign}`
  }

  private pattern(): Call {
    const alphabet = this.pick(['abc', 'ab()', 'a b,c.1', 'abcABC0129 _-\n', 'ab[]%\0\xff'])
    const subject = this.list(25, () => this.pick([...alphabet])).join('')
    const items = this.list(4, () => this.patternItem()).join('')
    const pattern = (this.chance(0.2) ? '^' : '') + items + (this.chance(0.15) ? '$' : '')
    const init = (): LuaValue => this.below(12) - 5
    switch (this.below(4)) {
      case 0:
        return { name: 'string.find', args: [subject, pattern, ...this.list(1, init)] }
      case 1:
        return { name: 'string.match', args: [subject, pattern, ...this.list(1, init)] }
      default: {
        const replacement = this.pick<LuaValue>([
          ...['', 'x', '%0%0', '<%1>', '%2%1', '%%', '%', 'a%zb', 7],
          functionNamed('first'),
          functionNamed('none'),
          functionNamed('count'),
          functionNamed('no'),
          functionNamed('table'),
          this.replacements(),
        ])
        const most = this.list(1, (): LuaValue => this.below(5) - 1)
        return { name: 'string.gsub', args: [subject, pattern, replacement, ...most] }
      }
    }
  }

  private replacements(): LuaTable {
    const table = new LuaTable()
    for (const c of 'abc1') table.setString(c, this.pick<LuaValue>(['<', 1, false, true, 0.5]))
    return table
  }

  // -------------------------------------------------------------------------------------- table, math

  private array(): LuaTable {
    const table = new LuaTable()
    const kind = this.below(4)
    const length = this.below(this.chance(0.3) ? 60 : 12)
    for (let n = 1; n <= length; n++) {
      if (kind === 0) table.setInt(n, this.below(100))
      else if (kind === 1) table.setInt(n, this.bytes())
      else if (kind === 2) table.setInt(n, this.number())
      else table.setInt(n, this.below(5) + (this.chance(0.05) ? 0.5 : 0))
    }
    return table
  }

  private table(): Call {
    const table = (): LuaValue => (this.chance(0.98) ? this.array() : this.leaf())
    const place = (): LuaValue =>
      this.chance(0.95) ? this.below(14) - 1 : this.pick<LuaValue>(['3', 'x', 2.5, -3, 40, true])
    switch (this.below(7)) {
      case 0:
        return {
          name: 'table.concat',
          args: [table(), ...this.list(1, () => this.pick<LuaValue>([',', '', 1, ', ']))],
        }
      case 1:
        return { name: 'table.concat', args: [table(), '-', place(), ...this.list(1, place)] }
      case 2:
        return { name: 'table.insert', args: [table(), ...this.list(1, place), this.leaf() ?? 1] }
      case 3:
        return { name: 'table.remove', args: [table(), ...this.list(1, place)] }
      case 4:
        return { name: `table.${this.pick(['getn', 'maxn', 'setn'])}`, args: [table()] }
      default: {
        const order = this.pick(['less', 'more', 'always', 'never', 'tens', ''])
        const values = this.array()
        // Comparing needs numbers.
        for (let n = 1; n <= values.length(); n++) {
          if (typeof values.getInt(n) !== 'number') values.setInt(n, this.below(50))
        }
        return {
          name: 'table.sort',
          args: order === '' ? [values] : [values, functionNamed(order)],
        }
      }
    }
  }

  private math(): Call {
    const name = this.pick([
      ...[
        'abs',
        'ceil',
        'floor',
        'sqrt',
        'fmod',
        'mod',
        'modf',
        'frexp',
        'ldexp',
        'max',
        'min',
        'deg',
        'rad',
      ],
    ])
    if (name === 'ldexp')
      return { name: 'math.ldexp', args: [this.numeric(), this.below(4000) - 2000] }
    if (this.chance(0.02)) {
      const broken = this.pick(['pow', 'atan2', 'sin', 'log', 'random', 'randomseed'])
      return { name: `math.${broken}`, args: this.list(2, () => this.pick<LuaValue>(['x', true])) }
    }
    const args = [this.numeric(), ...this.list(2, () => this.numeric())]
    return { name: `math.${name}`, args }
  }

  // --------------------------------------------------------------------------------------- numbers

  /** Numbers as text and back: what concat does is tostring, and math.max takes texts as they are. */
  private numeral(): Call {
    if (this.chance(0.4)) {
      const table = new LuaTable()
      table.setInt(1, this.number())
      return { name: 'table.concat', args: [table] }
    }
    if (this.chance(0.4)) {
      return {
        name: 'string.format',
        args: [`%.${this.below(40)}${this.pick([...'gef'])}`, this.number()],
      }
    }
    const sign = this.pick(['', '', '-', '+', ' ', ' -', '0x', '-0X', '\t+'])
    const body = this.pick([
      ...[
        '',
        '1',
        '12',
        '0012',
        '1.5',
        '.5',
        '5.',
        'ff',
        'FF.8',
        'a.bp',
        '1e5',
        '1E-5',
        '1e',
        '1e400',
      ],
      ...['1e-400', 'inf', 'infinity', 'nan', 'nan(1)', '1p4', '1.8p-3', '1p-1080', '1p2000', 'p1'],
      ...['1.00000000000008', '1.000000000000080000001', '.', '..1', '1.5.'],
      `${this.below(2 ** 53)}`,
      `${this.number()}`,
    ])
    const tail = this.pick([
      '',
      '',
      '',
      ' ',
      '\n',
      'x',
      ' x',
      '\0',
      '\0x',
      ' \0',
      '.',
      'e1',
      'p',
      '\x85',
    ])
    return { name: 'math.max', args: [sign + body + tail] }
  }

  /** A call of this family. */
  of(family: Family): Call {
    return family === 'number' ? this.numeral() : this[family]()
  }
}
