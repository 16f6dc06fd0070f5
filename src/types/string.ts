/**
 * Strings: three representations of the same bytes.
 *
 * A byte string as it came, a number that a counter left behind, or `Bytes` once APPEND, SETRANGE
 * or SETBIT edited the value: those must not copy a megabyte to change a byte (SETBIT on a string
 * of 1 MB costs 3.7 ms, on bytes 7 ns; PERF.md). The representation is also what OBJECT ENCODING
 * reports: an edited value stays `raw`, as in Redis.
 */
import { fromBytes, writeBytes } from '../util/bytes.ts'
import { type Integer, parseInteger } from '../util/integer.ts'

export type StringValue = string | number | Bytes

/** Redis keeps strings up to this length beside their header. */
const EMBSTR_LIMIT = 44

/** From this length on a copy of the bytes makes a better reply than a string made of them. */
const LARGE = 16384

/** A string that is edited in place, with room to grow. */
export class Bytes {
  readonly type = 0 as const // STRING; `value.ts` cannot be imported for it without a cycle.
  data: Uint8Array
  length: number
  /**
   * False for the whole number that a float counter left behind. Redis does not look for an integer
   * in it and reports `embstr`, which neither a number nor a byte string of ours would.
   */
  edited = true

  constructor(data: Uint8Array, length: number = data.length) {
    this.data = data
    this.length = length
  }

  /** The value itself if it is one already, else a copy with room for `room` bytes. */
  static from(value: StringValue, room = 0): Bytes {
    if (value instanceof Bytes) return value
    const text = typeof value === 'number' ? String(value) : value
    const data = new Uint8Array(Math.max(text.length, room))
    writeBytes(text, data, 0)
    return new Bytes(data, text.length)
  }

  /** Make the string at least this long; what is new is zero. */
  extend(length: number): void {
    if (length <= this.length) return
    if (length > this.data.length) {
      // Doubling up to 1 MB, then a megabyte at a time, as Redis's strings grow.
      const room = length < 1 << 20 ? length * 2 : length + (1 << 20)
      const data = new Uint8Array(room)
      data.set(this.data.subarray(0, this.length))
      this.data = data
    }
    this.length = length
  }

  /** Write a byte string at an offset, growing as needed. */
  write(text: string, at: number): void {
    this.edited = true
    this.extend(at + text.length)
    writeBytes(text, this.data, at)
  }

  toString(): string {
    return fromBytes(this.data, 0, this.length)
  }
}

export function lengthOf(value: StringValue): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'number' ? String(value).length : value.length
}

/** The value as a reply, which shares nothing with it that may be edited later. */
export function replyOf(value: StringValue): string | Uint8Array {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || value.length < LARGE) return String(value)
  return value.data.slice(0, value.length)
}

/** The bytes, as a byte string. */
export function textOf(value: StringValue): string {
  return typeof value === 'string' ? value : String(value)
}

/** The integer a counter would see, or undefined. */
export function integerOf(value: StringValue): Integer | undefined {
  return typeof value === 'number' ? value : parseInteger(textOf(value))
}

/** Bytes from `start` to `end`, both inside the string and `end` not included. */
export function sliceOf(value: StringValue, start: number, end: number): string {
  if (value instanceof Bytes) return fromBytes(value.data, start, end)
  return textOf(value).slice(start, end)
}

/** As OBJECT ENCODING reports it. */
export function stringEncoding(value: StringValue): string {
  if (typeof value === 'number') return 'int'
  if (typeof value !== 'string') {
    return value.edited || value.length > EMBSTR_LIMIT ? 'raw' : 'embstr'
  }
  if (value.length <= 20 && parseInteger(value) !== undefined) return 'int'
  return value.length <= EMBSTR_LIMIT ? 'embstr' : 'raw'
}
