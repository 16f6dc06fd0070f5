// biome-ignore-all lint/style/noNonNullAssertion: every index is checked against the end, in hot code.
/**
 * The primitives of RDB, from bytes that nobody vouches for.
 *
 * Every length is compared with what is left before anything is allocated, so that a few bytes cannot
 * claim memory; the worst that a payload can do is LZF's 88 bytes for one.
 *
 * The bytes may come bit by bit: where they end and more are to come (`beyond`), `SHORTAGE` is thrown.
 * Whoever reads goes back to where a piece began, has more fed, and reads that piece again.
 */
import { fromBytes } from '../util/bytes.ts'
import { type Crc64, crc64 } from '../util/crc.ts'
import { type Integer, normalize } from '../util/integer.ts'
import { decompress } from '../util/lzf.ts'
import { EndsEarly, MalformedRdb } from './errors.ts'

/** Forms of strings, in the low bits of a byte whose two highest bits are set. */
const INTEGER_8 = 0
const INTEGER_16 = 1
const INTEGER_32 = 2
const COMPRESSED = 3

/** Longer than any string can be here. */
const MOST_STRING = 0x1fffffe8

/** Thrown where bytes are wanted that have not come yet; `missing` says how many at least. */
export const SHORTAGE: unique symbol = Symbol('more bytes are wanted')

const NO_SUM: Crc64 = { high: 0, low: 0 }

export class RdbReader {
  bytes: Uint8Array
  end: number
  at: number
  /** Bytes that follow those which are here; Infinity where that is not known. */
  beyond = 0
  /** Bytes that went before `bytes`. */
  base = 0
  /** From this offset on nothing is let go, so that it can be read again; -1: everything that was read is. */
  held = -1
  /** After a shortage: so many bytes have to come. */
  missing = 0
  /** Of the bytes that went. */
  private before: Crc64 = NO_SUM
  /** Names of fields that compact hashes share, by number: a file tells them before its keys. */
  readonly templates: Map<Integer, readonly string[]> = new Map()
  private view: DataView

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.at = start
    this.end = end
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Bytes that are left. */
  get left(): number {
    return this.end - this.at
  }

  fail(reason: string): never {
    throw new MalformedRdb(reason, this.offset)
  }

  /** Bytes from the very beginning. */
  get offset(): number {
    return this.base + this.at
  }

  /** Go on with what has come; what was read is let go. `beyond`: bytes that are still to come. */
  feed(pieces: readonly Uint8Array[], beyond: number): void {
    const from = this.held < 0 ? this.at : this.held - this.base
    const rest = this.bytes.subarray(from, this.end)
    this.before = crc64(this.bytes, 0, from, this.before)
    this.base += from
    const only = pieces[0]
    if (rest.length === 0 && pieces.length === 1 && only !== undefined) this.bytes = only
    else {
      this.bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, rest.length))
      this.bytes.set(rest)
      let at = rest.length
      for (const piece of pieces) {
        this.bytes.set(piece, at)
        at += piece.length
      }
    }
    this.at -= from
    this.end = this.bytes.length
    this.beyond = beyond
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
  }

  /** The checksum of everything that was read. */
  checksum(): Crc64 {
    return crc64(this.bytes, 0, this.at, this.before)
  }

  /** More is wanted than is here. */
  private lack(count: number): never {
    const missing = count - (this.end - this.at)
    if (missing > this.beyond) throw new EndsEarly(this.offset)
    this.missing = missing
    throw SHORTAGE
  }

  /** Pass over so many bytes and answer where they begin. */
  skip(count: number): number {
    const { at } = this
    if (count > this.end - at) this.lack(count)
    this.at = at + count
    return at
  }

  byte(): number {
    if (this.at >= this.end) this.lack(1)
    return this.bytes[this.at++]!
  }

  /** So many bytes, not copied. */
  raw(count: number): Uint8Array {
    const at = this.skip(count)
    return this.bytes.subarray(at, at + count)
  }

  /** Whole numbers from 0 to below 2^64. */
  integer(): Integer {
    const head = this.byte()
    if (head < 0x40) return head
    if (head < 0x80) return ((head & 0x3f) << 8) | this.byte()
    if (head === 0x80) return this.view.getUint32(this.skip(4))
    if (head === 0x81) return normalize(this.view.getBigUint64(this.skip(8)))
    return this.fail('this is no length')
  }

  /** A number of things that follow, each of which takes at least so many bytes. */
  length(least = 1): number {
    const n = this.integer()
    if (typeof n !== 'number' || n * least > this.end - this.at + this.beyond) {
      return this.fail('more is announced than follows')
    }
    return n
  }

  /** 64 bits without a sign, the highest byte first. */
  uint64(): Integer {
    const at = this.skip(8)
    const high = this.view.getUint32(at)
    if (high < 0x200000) return high * 0x100000000 + this.view.getUint32(at + 4)
    return normalize(this.view.getBigUint64(at))
  }

  /** Signed, 64 bits, the lowest byte first. */
  int64(): Integer {
    return normalize(this.view.getBigInt64(this.skip(8), true))
  }

  int32(): number {
    return this.view.getInt32(this.skip(4), true)
  }

  double(): number {
    return this.view.getFloat64(this.skip(8), true)
  }

  float(): number {
    return this.view.getFloat32(this.skip(4), true)
  }

  /** A byte string that keeps nothing else alive. */
  string(): string {
    if (this.at >= this.end) this.lack(1)
    if (this.bytes[this.at]! >= 0xc0) {
      const value = this.special()
      return typeof value === 'number' ? `${value}` : fromBytes(value)
    }
    const length = this.length()
    if (length > MOST_STRING) this.fail('a string is too long')
    const at = this.skip(length)
    return fromBytes(this.bytes, at, at + length)
  }

  /** The same as bytes, which may be a part of the input. */
  blob(): Uint8Array {
    if (this.at >= this.end) this.lack(1)
    if (this.bytes[this.at]! >= 0xc0) {
      const value = this.special()
      return typeof value === 'number'
        ? Uint8Array.from(`${value}`, (digit) => digit.charCodeAt(0))
        : value
    }
    return this.raw(this.length())
  }

  /** Pass over a string in any form. */
  passString(): void {
    const head = this.byte()
    if (head < 0xc0) {
      this.at--
      this.skip(this.length())
    } else if (head === (0xc0 | COMPRESSED)) {
      const packed = this.length()
      this.integer()
      this.skip(packed)
    } else if (head <= (0xc0 | INTEGER_32)) this.skip(1 << (head & 3))
    else this.fail('a string in an unknown form')
  }

  /** The same; an integer stays one. */
  stringOrNumber(): string | number {
    if (this.at >= this.end) this.lack(1)
    const head = this.bytes[this.at]!
    if (head < 0xc0 || head === (0xc0 | COMPRESSED)) return this.string()
    return this.special() as number
  }

  private special(): number | Uint8Array {
    switch (this.byte() & 0x3f) {
      case INTEGER_8:
        return this.view.getInt8(this.skip(1))
      case INTEGER_16:
        return this.view.getInt16(this.skip(2), true)
      case INTEGER_32:
        return this.view.getInt32(this.skip(4), true)
      case COMPRESSED: {
        const packed = this.integer()
        const length = this.integer()
        if (typeof packed !== 'number' || typeof length !== 'number') {
          return this.fail('more is announced than follows')
        }
        if (length > MOST_STRING) this.fail('a string is too long')
        const at = this.skip(packed)
        const value = decompress(this.bytes, at, at + packed, length)
        return value ?? this.fail('compressed data that is none')
      }
      default:
        return this.fail('a string in an unknown form')
    }
  }
}
