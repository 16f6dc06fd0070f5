// biome-ignore-all lint/style/noNonNullAssertion: every index is checked against the end, in hot code.
/**
 * Listpacks: rows of strings and integers in one piece of memory.
 *
 *     bytes (4) | elements (2) | element … | 0xff
 *
 * An element is a head that tells its kind, its bytes, and then its length once more, for those who
 * walk backwards: seven bits a byte, the lowest in the last byte, and a mark on all but the first. The
 * number of elements is 65535 where there are too many for two bytes. Whatever reads as a
 * 64-bit integer in its canonical form is stored as one.
 */
import { fromBytes, writeBytes } from '../util/bytes.ts'
import { type Integer, normalize, parseInteger } from '../util/integer.ts'
import { MalformedRdb } from './errors.ts'

const HEADER = 6
const END = 0xff
const UNCOUNTED = 0xffff

/** Longer texts are not integers. */
const INTEGER_LENGTH = 20

// Heads: what the highest bits of the first byte mean.
const SMALL_STRING = 0x80
const INTEGER_13 = 0xc0
const STRING_12 = 0xe0
const STRING_32 = 0xf0
const INTEGER_16 = 0xf1
const INTEGER_24 = 0xf2
const INTEGER_32 = 0xf3
const INTEGER_64 = 0xf4

/** Makes listpacks, one after the other in the same memory. */
export class ListpackWriter {
  bytes: Uint8Array = new Uint8Array(1024)
  /** Where the next element goes. */
  size = HEADER
  private view = new DataView(this.bytes.buffer)
  private count = 0

  begin(): this {
    this.size = HEADER
    this.count = 0
    return this
  }

  /** What it would measure if it ended here. */
  get length(): number {
    return this.size + 1
  }

  add(text: string): void {
    const n = text.length <= INTEGER_LENGTH ? parseInteger(text) : undefined
    if (n !== undefined) {
      this.addInteger(n)
      return
    }
    const { length } = text
    this.reserve(length)
    const start = this.size
    const { bytes } = this
    let at = start
    if (length < 64) bytes[at++] = SMALL_STRING | length
    else if (length < 4096) {
      bytes[at++] = STRING_12 | (length >> 8)
      bytes[at++] = length
    } else {
      bytes[at++] = STRING_32
      this.view.setUint32(at, length, true)
      at += 4
    }
    at = writeBytes(text, bytes, at)
    this.close(start, at)
  }

  addInteger(n: Integer): void {
    this.reserve(9)
    const start = this.size
    const { bytes } = this
    let at = start
    if (typeof n === 'number' && n >= -2147483648 && n < 2147483648) {
      if (n >= 0 && n < 128) bytes[at++] = n
      else if (n >= -4096 && n < 4096) {
        bytes[at++] = INTEGER_13 | ((n >> 8) & 0x1f)
        bytes[at++] = n
      } else {
        const wide = n < -8388608 || n >= 8388608
        const narrow = n >= -32768 && n < 32768
        bytes[at++] = wide ? INTEGER_32 : narrow ? INTEGER_16 : INTEGER_24
        bytes[at++] = n
        bytes[at++] = n >> 8
        if (!narrow) bytes[at++] = n >> 16
        if (wide) bytes[at++] = n >> 24
      }
    } else {
      bytes[at++] = INTEGER_64
      this.view.setBigInt64(at, BigInt(n), true)
      at += 8
    }
    this.close(start, at)
  }

  /** Write the header and the end; the listpack is then `bytes` from 0 to the number returned. */
  finish(): number {
    this.bytes[this.size] = END
    const size = this.size + 1
    this.view.setUint32(0, size, true)
    this.view.setUint16(4, Math.min(this.count, UNCOUNTED), true)
    return size
  }

  /** The length of what stands from `start` to `end`, behind it. */
  private close(start: number, end: number): void {
    const length = end - start
    const { bytes } = this
    let at = end
    for (let left = sizeOfLength(length) - 1; left >= 0; left--) {
      const part = Math.floor(length / 128 ** left) & 127
      bytes[at++] = at === end + 1 ? part : part | 128
    }
    this.size = at
    this.count++
  }

  /** Room for an element of so many bytes, its head, its length and the end. */
  private reserve(length: number): void {
    const needed = this.size + length + 16
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length))
    grown.set(this.bytes.subarray(0, this.size))
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }
}

/** How many bytes it takes to write the length of an element: Redis takes one more a little early. */
const sizeOfLength = (length: number): number =>
  length < 128 ? 1 : length < 16383 ? 2 : length < 2097151 ? 3 : length < 268435455 ? 4 : 5

/** The elements of a listpack, integers in decimal. All of it is checked. */
export function readListpack(bytes: Uint8Array): string[] {
  const size = bytes.length
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  if (size <= HEADER || view.getUint32(0, true) !== size || bytes[size - 1] !== END) {
    return malformed('its size is wrong')
  }
  const elements: string[] = []
  const end = size - 1
  let at = HEADER
  while (at < end) {
    const start = at
    const head = bytes[at++]!
    let length = 0
    let integer = 0
    let kind = INTEGER_13
    if (head < 128) integer = head
    else if (head < INTEGER_13) {
      kind = STRING_32
      length = head & 0x3f
    } else if (head < STRING_12) {
      if (at >= end) return malformed('an element is cut off')
      // Thirteen bits with a sign.
      integer = ((((head & 0x1f) << 8) | bytes[at++]!) << 19) >> 19
    } else if (head < STRING_32) {
      if (at >= end) return malformed('an element is cut off')
      kind = STRING_32
      length = ((head & 0x0f) << 8) | bytes[at++]!
    } else {
      const more = head === INTEGER_64 ? 8 : head === INTEGER_16 ? 2 : head === INTEGER_24 ? 3 : 4
      if (head > INTEGER_64) return malformed('an element is of an unknown kind')
      if (at + more > end) return malformed('an element is cut off')
      kind = head
      if (head === STRING_32) length = view.getUint32(at, true)
      else if (head === INTEGER_16) integer = view.getInt16(at, true)
      else if (head === INTEGER_24) {
        integer = ((bytes[at]! << 8) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 24)) >> 8
      } else if (head === INTEGER_32) integer = view.getInt32(at, true)
      at += more
    }
    if (length > end - at) return malformed('an element is cut off')
    if (kind === STRING_32) elements.push(fromBytes(bytes, at, at + length))
    else if (kind === INTEGER_64) elements.push(`${normalize(view.getBigInt64(at - 8, true))}`)
    else elements.push(`${integer}`)
    at = checkLength(bytes, start, at + length, end)
  }
  const count = view.getUint16(4, true)
  if (count !== UNCOUNTED && count !== elements.length) return malformed('its count is wrong')
  return elements
}

/** Where the length that stands at `at` ends; it must be that of the element that began at `start`. */
function checkLength(bytes: Uint8Array, start: number, at: number, end: number): number {
  const length = at - start
  const size = sizeOfLength(length)
  if (at + size > end) return malformed('an element is cut off')
  let read = 0
  for (let i = 0; i < size; i++) {
    const byte = bytes[at + i]!
    if (byte >= 128 !== i > 0) return malformed('the length of an element is wrong')
    read = read * 128 + (byte & 127)
  }
  return read === length ? at + size : malformed('the length of an element is wrong')
}

function malformed(reason: string): never {
  throw new MalformedRdb(`not a listpack: ${reason}`)
}
