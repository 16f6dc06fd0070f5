// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * The primitives of RDB: lengths, strings, numbers, into one growing array of bytes.
 *
 * A length says in its first two bits how long it is itself: 6, 14, 32 or 64 bits, the highest byte
 * first. Where these bits are both set there is no length, but a string in a form of its own: an
 * integer of one, two or four bytes, or a compressed one.
 */
import { writeBytes } from '../util/bytes.ts'
import { compress } from '../util/lzf.ts'
import { RDB_VERSION } from './format.ts'

export interface RdbOptions {
  /** What the payload is to be read by; `RDB_VERSION` unless said otherwise. */
  readonly version?: number
  /** Whether what this version has no form for is written in its newest one. */
  readonly newer?: boolean
  /** Whether strings of more than 20 bytes are compressed: `rdbcompression`. */
  readonly compress?: boolean
  /** `list-max-listpack-size`: how lists are cut into nodes. */
  readonly listLimit?: number
}

const INTEGER_8 = 0xc0
const INTEGER_16 = 0xc1
const INTEGER_32 = 0xc2
const COMPRESSED = 0xc3

/** Longer strings are not integers of 32 bits. */
const INTEGER_LENGTH = 11
/** Shorter ones are not worth compressing. */
const LEAST_COMPRESSED = 21
/** Compression has to save as many bytes. */
const LEAST_SAVED = 4
/** The longest that a length can be. */
const MOST_LENGTH = 9

const scratch = new DataView(new ArrayBuffer(8))
const scratchBytes = new Uint8Array(scratch.buffer)

/** Strings on their way to the compressor; those of megabytes get an array of their own. */
let uncompressed = new Uint8Array(4096)
const KEPT = 1 << 20

export class RdbWriter {
  bytes: Uint8Array
  size = 0
  readonly version: number
  readonly newer: boolean
  readonly compress: boolean
  readonly listLimit: number

  constructor(options: RdbOptions = {}, capacity = 256) {
    this.bytes = new Uint8Array(capacity)
    this.version = options.version ?? RDB_VERSION
    this.newer = options.newer ?? false
    this.compress = options.compress ?? true
    this.listLimit = options.listLimit ?? -2
  }

  /** What was written, in an array of its own; the writer is empty then. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.size)
    this.size = 0
    return taken
  }

  private reserve(count: number): void {
    const needed = this.size + count
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length))
    grown.set(this.bytes.subarray(0, this.size))
    this.bytes = grown
  }

  byte(n: number): void {
    this.reserve(1)
    this.bytes[this.size++] = n
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.reserve(end - start)
    this.bytes.set(bytes.subarray(start, end), this.size)
    this.size += end - start
  }

  /** The characters of a byte string as they are. */
  text(text: string): void {
    this.reserve(text.length)
    this.size = writeBytes(text, this.bytes, this.size)
  }

  /** A length, or any other whole number from 0 to below 2^64. */
  length(n: number | bigint): void {
    this.reserve(MOST_LENGTH)
    this.size = writeLength(n, this.bytes, this.size)
  }

  /** 64 bits, the lowest byte first; negative numbers in two's complement. */
  int64(n: number | bigint): void {
    scratch.setBigInt64(0, BigInt(n), true)
    this.raw(scratchBytes, 0, 8)
  }

  /** The lowest byte first. */
  uint32(n: number): void {
    this.reserve(4)
    const { bytes } = this
    const at = this.size
    bytes[at] = n
    bytes[at + 1] = n >>> 8
    bytes[at + 2] = n >>> 16
    bytes[at + 3] = n >>> 24
    this.size = at + 4
  }

  /** 64 bits without a sign, the highest byte first. */
  uint64(n: number | bigint): void {
    this.reserve(8)
    const { bytes } = this
    const high = typeof n === 'number' ? Math.floor(n / 0x100000000) : Number(n >> 32n)
    const low = typeof n === 'number' ? n - high * 0x100000000 : Number(n & 0xffffffffn)
    let at = this.size
    for (const word of [high, low]) {
      bytes[at++] = word >>> 24
      bytes[at++] = word >>> 16
      bytes[at++] = word >>> 8
      bytes[at++] = word
    }
    this.size = at
  }

  /** A point in time: as `int64`, without a bigint on the way. */
  millis(n: number): void {
    const high = Math.floor(n / 0x100000000)
    this.uint32(n - high * 0x100000000)
    this.uint32(high)
  }

  double(n: number): void {
    scratch.setFloat64(0, n, true)
    this.raw(scratchBytes, 0, 8)
  }

  float(n: number): void {
    scratch.setFloat32(0, n, true)
    this.raw(scratchBytes, 0, 4)
  }

  /** A byte string, in the shortest form there is. */
  string(text: string): void {
    const { length } = text
    if (length <= INTEGER_LENGTH) {
      const n = integer32(text)
      if (n !== undefined) {
        this.integer(n)
        return
      }
    }
    if (this.compress && length >= LEAST_COMPRESSED) {
      const bytes = length <= uncompressed.length ? uncompressed : roomFor(length)
      writeBytes(text, bytes, 0)
      if (this.compressed(bytes, 0, length)) return
    }
    this.length(length)
    this.text(text)
  }

  /** The same for bytes. */
  blob(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    const length = end - start
    if (length <= INTEGER_LENGTH) {
      const n = integer32(String.fromCharCode(...bytes.subarray(start, end)))
      if (n !== undefined) {
        this.integer(n)
        return
      }
    }
    if (this.compress && length >= LEAST_COMPRESSED && this.compressed(bytes, start, end)) return
    this.length(length)
    this.raw(bytes, start, end)
  }

  private integer(n: number): void {
    this.reserve(5)
    const { bytes } = this
    let at = this.size
    if (n >= -128 && n < 128) {
      bytes[at++] = INTEGER_8
      bytes[at++] = n
    } else if (n >= -32768 && n < 32768) {
      bytes[at++] = INTEGER_16
      bytes[at++] = n
      bytes[at++] = n >> 8
    } else {
      bytes[at++] = INTEGER_32
      bytes[at++] = n
      bytes[at++] = n >> 8
      bytes[at++] = n >> 16
      bytes[at++] = n >> 24
    }
    this.size = at
  }

  /** Write bytes compressed if that is worth it. */
  private compressed(from: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    const room = length - LEAST_SAVED
    // Behind its two lengths, whose own lengths are not known before.
    const gap = 1 + 2 * MOST_LENGTH
    this.reserve(gap + room)
    const { bytes } = this
    const at = this.size + gap
    const stop = compress(from, start, end, bytes, at, at + room)
    if (stop < 0) return false
    bytes[this.size] = COMPRESSED
    this.size = writeLength(stop - at, bytes, this.size + 1)
    this.size = writeLength(length, bytes, this.size)
    bytes.copyWithin(this.size, at, stop)
    this.size += stop - at
    return true
  }
}

function roomFor(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  if (length <= KEPT) uncompressed = bytes
  return bytes
}

/** The caller has made room for nine bytes. */
function writeLength(n: number | bigint, bytes: Uint8Array, at: number): number {
  let end = at
  if (n < 64) bytes[end++] = Number(n)
  else if (n < 16384) {
    bytes[end++] = 0x40 | (Number(n) >> 8)
    bytes[end++] = Number(n) & 255
  } else if (n < 0x100000000) {
    const word = Number(n)
    bytes[end++] = 0x80
    bytes[end++] = word >>> 24
    bytes[end++] = word >>> 16
    bytes[end++] = word >>> 8
    bytes[end++] = word
  } else {
    bytes[end++] = 0x81
    scratch.setBigUint64(0, BigInt(n))
    for (let i = 0; i < 8; i++) bytes[end++] = scratchBytes[i]!
  }
  return end
}

/** A whole number of 32 bits in its one canonical form. */
function integer32(text: string): number | undefined {
  const { length } = text
  const negative = text.charCodeAt(0) === 45
  const start = negative ? 1 : 0
  const lead = text.charCodeAt(start)
  if (lead === 48) return length === 1 ? 0 : undefined
  let n = 0
  for (let i = start; i < length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    n = n * 10 + digit
  }
  if (start === length) return undefined
  if (negative) n = -n
  return n >= -2147483648 && n <= 2147483647 ? n : undefined
}
