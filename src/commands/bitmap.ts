/**
 * Bitmaps: strings, looked at bit by bit. Bit 0 is the most significant one of the first byte.
 *
 * BITFIELD is in `bitfield.ts`.
 */
import type { Args } from '../core/args.ts'
import { command, key, keys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  bitMustBeOneOrZero,
  bitNotABit,
  notAnInteger,
  notNeedsOneKey,
  operationNeedsTwoKeys,
  syntaxError,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import type { Reply } from '../core/reply.ts'
import { Bytes, type StringValue } from '../types/string.ts'
import { STRING } from '../types/value.ts'
import { countBits, findBit } from '../util/bits.ts'
import { upperAscii } from '../util/bytes.ts'
import { parseInteger } from '../util/integer.ts'
import { bitOffset, editable } from './bit-offset.ts'

// ---- One bit ----------------------------------------------------------------------------------

export const SETBIT = command('setbit', {
  group: 'bitmap',
  since: '2.2.0',
  summary: 'Set or clear one bit of a string, and answer what it was.',
  complexity: 'O(1); O(N) if the string must grow or be copied',
  syntax: 'key offset:integer value:integer',
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['bitmap'],
  keys: key(1, 'RW', 'access', 'update'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const offset = bitOffset(c, args.next())
    const on = args.integer(bitNotABit)
    if (on !== 0 && on !== 1) throw bitNotABit
    const { bytes, grown } = editable(c, key, offset)
    const at = Math.floor(offset / 8)
    const mask = 0x80 >> (offset % 8)
    const byte = bytes.data[at] as number
    const before = byte & mask ? 1 : 0
    if (grown || before !== on) {
      bytes.data[at] = on === 1 ? byte | mask : byte & ~mask
      c.changed(EVENTS.string, 'setbit', key)
    }
    return before
  },
})

export const GETBIT = command('getbit', {
  group: 'bitmap',
  since: '2.2.0',
  summary: 'Read one bit of a string; what lies behind its end is zero.',
  complexity: 'O(1)',
  syntax: 'key offset:integer',
  arity: 3,
  flags: ['readonly', 'fast'],
  categories: ['bitmap'],
  keys: key(1, 'RO', 'access'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const offset = bitOffset(c, args.next())
    const value = c.string(key)
    if (value === undefined) return 0
    const at = Math.floor(offset / 8)
    const byte = value instanceof Bytes ? byteOf(value, at) : String(value).charCodeAt(at)
    // Behind the end of a string there is NaN, which has no bits.
    return (byte >> (7 - (offset % 8))) & 1
  },
})

const byteOf = (value: Bytes, at: number): number =>
  at < value.length ? (value.data[at] as number) : 0

// ---- Many bits --------------------------------------------------------------------------------

export const BITCOUNT = command('bitcount', {
  group: 'bitmap',
  since: '2.6.0',
  summary: 'Count the bits that are set in a string or in a part of it.',
  complexity: 'O(N), N being the length of the part',
  syntax: 'key [range: start:integer end:integer [unit: BYTE | BIT]@7.0.0]',
  arity: -2,
  flags: ['readonly'],
  categories: ['bitmap'],
  keys: key(1, 'RO', 'access'),
  history: [['7.0.0', 'The units `BYTE` and `BIT`.']],
  reply: 'number',
  run(c, args) {
    const key = args.next()
    if (args.left === 1 || args.left > 3) throw syntaxError
    const range = args.more ? rangeOf(args, false) : WHOLE
    const bytes = bytesOf(c.string(key))
    // Of two ends before the beginning, BITPOS would make the first byte.
    if (range.start < 0 && range.end < 0 && range.start > range.end) return 0
    const bits = bitsOf(range, bytes.length)
    return bits === null ? 0 : countBits(bytes.data, bits.start, bits.end)
  },
})

export const BITPOS = command('bitpos', {
  group: 'bitmap',
  since: '2.8.7',
  summary:
    'Find the first bit that is set, or the first that is clear, in a string or a part of it.',
  complexity: 'O(N), N being the length of the part',
  syntax:
    'key bit:integer [range: start:integer [end-unit-block: end:integer [unit: BYTE | BIT]@7.0.0]]',
  arity: -3,
  flags: ['readonly'],
  categories: ['bitmap'],
  keys: key(1, 'RO', 'access'),
  history: [['7.0.0', 'The units `BYTE` and `BIT`.']],
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const bit = args.integer()
    if (bit !== 0 && bit !== 1) throw bitMustBeOneOrZero
    if (args.left > 3) throw syntaxError
    const bounded = args.left > 1
    const range = args.more ? rangeOf(args, true) : WHOLE
    const value = c.string(key)
    if (value === undefined) return bit === 1 ? -1 : 0
    const bytes = bytesOf(value)
    const bits = bitsOf(range, bytes.length)
    if (bits === null) return -1
    const place = findBit(bytes.data, bits.start, bits.end, bit)
    // A string without a named end goes on in zeros.
    return place < 0 && bit === 0 && !bounded ? bits.end + 1 : place
  },
})

interface Range {
  start: number
  end: number
  inBits: boolean
}

const WHOLE: Range = { start: 0, end: -1, inBits: false }

/** `start [end [BYTE | BIT]]`, to the end. Of an end and a unit that are both wrong, one is told. */
function rangeOf(args: Args, unitFirst: boolean): Range {
  const start = Number(args.integer())
  if (!args.more) return { start, end: -1, inBits: false }
  const [text, word] = args.rest() as [string, string?]
  const unit = word === undefined ? 'BYTE' : upperAscii(word)
  const known = unit === 'BIT' || unit === 'BYTE'
  if (unitFirst && !known) throw syntaxError
  const end = parseInteger(text)
  if (end === undefined) throw notAnInteger
  if (!known) throw syntaxError
  return { start, end: Number(end), inBits: unit === 'BIT' }
}

/** Where the range begins and ends in bits, both included; null if it is empty. */
function bitsOf(range: Range, length: number): { start: number; end: number } | null {
  const { inBits } = range
  const total = inBits ? length * 8 : length
  let { start, end } = range
  if (start < 0) start = Math.max(0, start + total)
  if (end < 0) end = Math.max(0, end + total)
  end = Math.min(end, total - 1)
  if (start > end) return null
  return inBits ? { start, end } : { start: start * 8, end: end * 8 + 7 }
}

/** The bytes of a value for reading. */
const bytesOf = (value: StringValue | undefined): Bytes => Bytes.from(value ?? '')

// ---- Combining --------------------------------------------------------------------------------

type Combine = (into: Uint8Array, sources: readonly Bytes[]) => void

/** Take one source after the other into the result, which holds the first and is zero behind it. */
const fold =
  (step: (a: number, b: number) => number): Combine =>
  (into, [, ...others]) => {
    for (const { data, length } of others) {
      combineBytes(into, data, length, step)
      for (let i = length; i < into.length; i++) into[i] = step(into[i] as number, 0)
    }
  }

/** The first `length` bytes, four at a time: one call in place of four. */
function combineBytes(
  into: Uint8Array,
  data: Uint8Array,
  length: number,
  step: (a: number, b: number) => number,
): void {
  let i = 0
  if (length >= 4 && data.byteOffset % 4 === 0) {
    const a = wordsOf(into, length)
    const b = wordsOf(data, length)
    for (let at = 0; at < a.length; at++) a[at] = step(a[at] as number, b[at] as number)
    i = a.length * 4
  }
  for (; i < length; i++) into[i] = step(into[i] as number, data[i] as number)
}

/** As many of the first bytes as make whole words of 32 bits. */
const wordsOf = (bytes: Uint8Array, length: number): Int32Array =>
  new Int32Array(bytes.buffer, bytes.byteOffset, length >> 2)

/** The first source against everything that any of the others has. */
const against =
  (step: (first: number, others: number) => number): Combine =>
  (into, [first, ...others]) => {
    into.fill(0)
    OR(into, [first as Bytes, ...others])
    const { data, length } = first as Bytes
    for (let i = 0; i < into.length; i++) {
      into[i] = step(i < length ? (data[i] as number) : 0, into[i] as number)
    }
  }

const OR = fold((a, b) => a | b)

const COMBINATIONS: Readonly<Record<string, Combine>> = {
  AND: fold((a, b) => a & b),
  OR,
  XOR: fold((a, b) => a ^ b),
  NOT: (into) => {
    const words = wordsOf(into, into.length)
    for (let i = 0; i < words.length; i++) words[i] = ~(words[i] as number)
    for (let i = words.length * 4; i < into.length; i++) into[i] = ~(into[i] as number)
  },
  DIFF: against((first, others) => first & ~others),
  DIFF1: against((first, others) => ~first & others),
  ANDOR: against((first, others) => first & others),
  ONE: (into, [, ...others]) => {
    const twice = new Uint8Array(into.length)
    for (const { data, length } of others) {
      for (let i = 0; i < length; i++) {
        const [had, has] = [into[i] as number, data[i] as number]
        twice[i] = (twice[i] as number) | (had & has)
        into[i] = had | has
      }
    }
    for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) & ~(twice[i] as number)
  },
}

const NEED_TWO = new Set(['DIFF', 'DIFF1', 'ANDOR'])

export const BITOP = command('bitop', {
  group: 'bitmap',
  since: '2.6.0',
  summary: 'Combine strings bit by bit and store the result.',
  complexity: 'O(N), N being the length of all strings together',
  syntax: '{operation: AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE} destkey:key key...',
  arity: -4,
  flags: ['write', 'denyoom'],
  categories: ['bitmap'],
  keys: [key(2, 'OW', 'update'), keys(3, -1, 1, 'RO', 'access')],
  history: [['8.2.0', 'The operations `DIFF`, `DIFF1`, `ANDOR` and `ONE`.']],
  reply: 'number',
  run(c, args) {
    const operation = args.keyword()
    const target = args.next()
    const combine = COMBINATIONS[operation]
    if (combine === undefined) throw syntaxError
    if (operation === 'NOT' && args.left > 1) throw notNeedsOneKey
    if (NEED_TWO.has(operation) && args.left < 2) throw operationNeedsTwoKeys(operation)
    const sources = args.rest().map((name) => bytesOf(c.read(name, STRING)))
    return store(c, target, sources, combine)
  },
})

function store(c: Context, target: string, sources: readonly Bytes[], combine: Combine): Reply {
  const length = Math.max(...sources.map((source) => source.length))
  if (length === 0) {
    c.discard(target)
    return 0
  }
  const into = new Uint8Array(length)
  const [first] = sources as [Bytes]
  into.set(first.data.subarray(0, first.length))
  combine(into, sources)
  c.put(target, new Bytes(into))
  c.changed(EVENTS.string, 'set', target)
  return length
}
