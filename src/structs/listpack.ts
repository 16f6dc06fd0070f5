// biome-ignore-all lint/style/noNonNullAssertion: every place is computed to be in range, in hot code.
/**
 * Listpacks: byte strings and whole numbers, one after the other in an array of bytes.
 *
 * An element is a head (what it is and how long), its bytes, and at the end its own length once more,
 * from which one who reads backwards learns where it begins. A string that spells a whole number in its
 * one canonical form is stored as the number. So an element of a few bytes costs two more, where an
 * object of its own would cost forty: that is what long logs are made of.
 * https://github.com/antirez/listpack/blob/master/listpack.md
 *
 * These are functions on places in an array, not a class: who uses them owns the array and sees to it
 * that there is room, for which the sizes can be asked in advance.
 */
import { fromBytes, writeBytes } from '../util/bytes.ts'
import { type Integer, parseInteger } from '../util/integer.ts'

/** Bytes of the whole and number of elements, in front of the first element. */
export const HEAD = 6
/** Ends a listpack. */
export const END = 0xff

const INT16 = 0xf1
const INT32 = 0xf3
const INT64 = 0xf4
const LONG_STRING = 0xf0
/** A whole number has no more characters than this. */
const INTEGER_CHARACTERS = 20

/** The bytes that an element's own length takes. */
function backSize(length: number): number {
  if (length <= 127) return 1
  if (length < 16383) return 2
  if (length < 2097151) return 3
  return length < 268435455 ? 4 : 5
}

/** Head and bytes of a whole number. */
function integerBody(n: Integer): number {
  if (typeof n === 'bigint') return 9
  if (n >= 0 && n <= 127) return 1
  if (n >= -4096 && n <= 4095) return 2
  if (n >= -32768 && n <= 32767) return 3
  if (n >= -8388608 && n <= 8388607) return 4
  return n >= -2147483648 && n <= 2147483647 ? 5 : 9
}

/** What a whole number of 64 bits takes. All whole numbers have one byte for their own length. */
export const integerSize = (n: Integer): number => integerBody(n) + 1

/** The whole number that a string spells, or undefined. */
function integerOf(text: string): Integer | undefined {
  const { length } = text
  if (length === 0 || length > INTEGER_CHARACTERS) return undefined
  const first = text.charCodeAt(0)
  return (first >= 48 && first <= 57) || first === 45 ? parseInteger(text) : undefined
}

/** What a byte string takes. */
export function stringSize(text: string): number {
  const n = integerOf(text)
  if (n !== undefined) return integerBody(n) + 1
  const { length } = text
  const body = length + (length < 64 ? 1 : length < 4096 ? 2 : 5)
  return body + backSize(body)
}

// ---- Writing ----------------------------------------------------------------------------------

function writeBack(bytes: Uint8Array, at: number, length: number): number {
  if (length <= 127) {
    bytes[at] = length
    return at + 1
  }
  const size = backSize(length)
  let rest = length
  // Seven bits a byte, the lowest last; all but the first say that there is more before them.
  for (let i = size - 1; i > 0; i--) {
    bytes[at + i] = (rest & 127) | 128
    rest = Math.floor(rest / 128)
  }
  bytes[at] = rest
  return at + size
}

const scratch = new DataView(new ArrayBuffer(8))

/** Write a whole number of 64 bits; the place behind it. */
export function writeInteger(bytes: Uint8Array, at: number, n: Integer): number {
  const body = integerBody(n)
  if (body === 1) bytes[at] = n as number
  else if (body === 2) {
    const bits = (n as number) & 0x1fff
    bytes[at] = 0xc0 | (bits >> 8)
    bytes[at + 1] = bits & 255
  } else if (body < 9) {
    bytes[at] = INT16 + body - 3
    for (let i = 1; i < body; i++) bytes[at + i] = ((n as number) >> (8 * i - 8)) & 255
  } else {
    bytes[at] = INT64
    scratch.setBigInt64(0, BigInt(n), true)
    for (let i = 0; i < 8; i++) bytes[at + 1 + i] = scratch.getUint8(i)
  }
  bytes[at + body] = body
  return at + body + 1
}

/** Write a byte string; the place behind it. */
export function writeString(bytes: Uint8Array, at: number, text: string): number {
  const n = integerOf(text)
  if (n !== undefined) return writeInteger(bytes, at, n)
  const { length } = text
  let place = at
  if (length < 64) bytes[place++] = 0x80 | length
  else if (length < 4096) {
    bytes[place++] = 0xe0 | (length >> 8)
    bytes[place++] = length & 255
  } else {
    bytes[place++] = LONG_STRING
    for (let i = 0; i < 4; i++) bytes[place++] = (length >> (8 * i)) & 255
  }
  place = writeBytes(text, bytes, place)
  return writeBack(bytes, place, place - at)
}

// ---- Reading ----------------------------------------------------------------------------------

/** Head and bytes of the element at a place; 0 where none begins. */
function bodySize(bytes: Uint8Array, at: number): number {
  const head = bytes[at]!
  if (head < 0x80) return 1
  if (head < 0xc0) return 1 + (head & 63)
  if (head < 0xe0) return 2
  if (head < 0xf0) return 2 + (((head & 15) << 8) | bytes[at + 1]!)
  if (head === LONG_STRING) return 5 + longLength(bytes, at)
  if (head <= INT32) return 3 + head - INT16
  return head === INT64 ? 9 : 0
}

function longLength(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 24)) >>> 0
  )
}

/** The place behind the element at a place. */
export function skip(bytes: Uint8Array, at: number): number {
  const head = bytes[at]!
  if (head < 0x80) return at + 2
  const body = bodySize(bytes, at)
  return at + body + (body <= 127 ? 1 : backSize(body))
}

/** The place of the element before this place. */
export function before(bytes: Uint8Array, at: number): number {
  let length = 0
  let place = at
  for (let unit = 1; ; unit *= 128) {
    const byte = bytes[--place]!
    length += (byte & 127) * unit
    if (byte < 128) return place - length
  }
}

/** The whole number at a place. */
export function readInteger(bytes: Uint8Array, at: number): Integer {
  const head = bytes[at]!
  if (head < 0x80) return head
  if (head < 0xe0) {
    const bits = ((head & 31) << 8) | bytes[at + 1]!
    return bits >= 4096 ? bits - 8192 : bits
  }
  if (head <= INT32) {
    const size = 2 + head - INT16
    let n = 0
    for (let i = 0; i < size; i++) n |= bytes[at + 1 + i]! << (8 * i)
    const unused = 32 - 8 * size
    return (n << unused) >> unused
  }
  for (let i = 0; i < 8; i++) scratch.setUint8(i, bytes[at + 1 + i]!)
  const n = scratch.getBigInt64(0, true)
  const small = Number(n)
  return Number.isSafeInteger(small) ? small : n
}

/** The element at a place as a byte string; numbers in decimal. */
export function readString(bytes: Uint8Array, at: number): string {
  const head = bytes[at]!
  if (head < 0x80) return DECIMALS[head]!
  if (head < 0xc0) return fromBytes(bytes, at + 1, at + 1 + (head & 63))
  if (head >= 0xe0 && head < 0xf0) {
    return fromBytes(bytes, at + 2, at + 2 + (((head & 15) << 8) | bytes[at + 1]!))
  }
  if (head === LONG_STRING) return fromBytes(bytes, at + 5, at + 5 + longLength(bytes, at))
  return `${readInteger(bytes, at)}`
}

const DECIMALS: readonly string[] = Array.from({ length: 128 }, (_, i) => String(i))

// ---- Whole listpacks --------------------------------------------------------------------------

/** What has no number of elements in its head because there are too many. */
const UNCOUNTED = 65535

/** Fill in what stands in front of the first element. */
export function writeHead(bytes: Uint8Array, elements: number): void {
  const size = bytes.length
  for (let i = 0; i < 4; i++) bytes[i] = (size >> (8 * i)) & 255
  const count = Math.min(elements, UNCOUNTED)
  bytes[4] = count & 255
  bytes[5] = count >> 8
}

/**
 * Whether these bytes are a listpack: lengths that add up, elements that end where the next begins,
 * and an end at the end. The places of all elements are added to `places`.
 */
export function isListpack(bytes: Uint8Array, places: number[]): boolean {
  const size = bytes.length
  if (size <= HEAD || bytes[size - 1] !== END) return false
  const said = (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0
  if (said !== size) return false
  const first = places.length
  let at = HEAD
  while (at < size - 1) {
    const body = headFits(bytes, at, size) ? bodySize(bytes, at) : 0
    if (body === 0) return false
    const next = at + body + backSize(body)
    if (next > size - 1 || !isBack(bytes, at + body, body)) return false
    places.push(at)
    at = next
  }
  const count = bytes[4]! | (bytes[5]! << 8)
  return count === UNCOUNTED || count === places.length - first
}

/** Whether there is all that tells how long the element is. */
function headFits(bytes: Uint8Array, at: number, size: number): boolean {
  const head = bytes[at]!
  if (head < 0xe0) return true
  return at + (head === LONG_STRING ? 5 : 2) <= size
}

/** Whether an element's own length stands at a place. */
function isBack(bytes: Uint8Array, at: number, length: number): boolean {
  const size = backSize(length)
  writeBack(back, 0, length)
  for (let i = 0; i < size; i++) if (bytes[at + i] !== back[i]) return false
  return true
}

const back = new Uint8Array(5)
