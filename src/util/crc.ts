// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * Checksums: crc64 for RDB and DUMP, crc16 for cluster slots, crc32 for journal records.
 *
 * crc64 is Jones's polynomial, reflected, starting at zero, as Redis uses it. A 64-bit value is kept as
 * two 32-bit halves, because bigints are a hundred times slower (12 MB/s against 1,200). Both crc64
 * and crc32 take eight bytes a step from eight tables, which are built on first use.
 */

/** A 64-bit checksum in two unsigned halves. */
export interface Crc64 {
  readonly high: number
  readonly low: number
}

const ZERO: Crc64 = { high: 0, low: 0 }

/** Eight tables of 256 entries each, low and high halves apart. */
interface Tables64 {
  readonly low: Int32Array
  readonly high: Int32Array
}

let tables64: Tables64 | null = null
let tables32: Int32Array | null = null
let table16: Uint16Array | null = null

/** The polynomial 0xad93d23594c935a9 with its bits in reverse. */
const POLYNOMIAL64_LOW = 0xac4bc9b5 | 0
const POLYNOMIAL64_HIGH = 0x95ac9329 | 0

function buildTables64(): Tables64 {
  const low = new Int32Array(2048)
  const high = new Int32Array(2048)
  for (let byte = 0; byte < 256; byte++) {
    let l = byte
    let h = 0
    for (let bit = 0; bit < 8; bit++) {
      const odd = l & 1
      l = (l >>> 1) | (h << 31)
      h >>>= 1
      if (odd === 1) {
        l ^= POLYNOMIAL64_LOW
        h ^= POLYNOMIAL64_HIGH
      }
    }
    low[byte] = l
    high[byte] = h
  }
  for (let i = 256; i < 2048; i++) {
    // One more zero byte pushed through.
    const l = low[i - 256] as number
    const h = high[i - 256] as number
    low[i] = ((l >>> 8) | (h << 24)) ^ (low[l & 255] as number)
    high[i] = (h >>> 8) ^ (high[l & 255] as number)
  }
  return { low, high }
}

/** The checksum of bytes, continuing from that of what came before. */
export function crc64(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
  seed: Crc64 = ZERO,
): Crc64 {
  tables64 ??= buildTables64()
  const L = tables64.low
  const H = tables64.high
  const b = bytes
  let l = seed.low | 0
  let h = seed.high | 0
  let i = start
  for (; i + 8 <= end; i += 8) {
    l ^= b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24)
    h ^= b[i + 4]! | (b[i + 5]! << 8) | (b[i + 6]! << 16) | (b[i + 7]! << 24)
    const i0 = 1792 + (l & 255)
    const i1 = 1536 + ((l >>> 8) & 255)
    const i2 = 1280 + ((l >>> 16) & 255)
    const i3 = 1024 + (l >>> 24)
    const i4 = 768 + (h & 255)
    const i5 = 512 + ((h >>> 8) & 255)
    const i6 = 256 + ((h >>> 16) & 255)
    const i7 = h >>> 24
    l = L[i0]! ^ L[i1]! ^ L[i2]! ^ L[i3]! ^ L[i4]! ^ L[i5]! ^ L[i6]! ^ L[i7]!
    h = H[i0]! ^ H[i1]! ^ H[i2]! ^ H[i3]! ^ H[i4]! ^ H[i5]! ^ H[i6]! ^ H[i7]!
  }
  for (; i < end; i++) {
    const at = (l ^ b[i]!) & 255
    l = ((l >>> 8) | (h << 24)) ^ L[at]!
    h = (h >>> 8) ^ H[at]!
  }
  return { high: h >>> 0, low: l >>> 0 }
}

function buildTables32(): Int32Array {
  const table = new Int32Array(2048)
  for (let byte = 0; byte < 256; byte++) {
    let c = byte
    for (let bit = 0; bit < 8; bit++) c = (c >>> 1) ^ ((c & 1) === 1 ? 0xedb88320 : 0)
    table[byte] = c
  }
  for (let i = 256; i < 2048; i++) {
    const c = table[i - 256] as number
    table[i] = (c >>> 8) ^ (table[c & 255] as number)
  }
  return table
}

/** The ordinary CRC-32 (zip, Ethernet) as an unsigned number; `seed` is that of what came before. */
export function crc32(bytes: Uint8Array, start = 0, end: number = bytes.length, seed = 0): number {
  tables32 ??= buildTables32()
  const T = tables32
  const b = bytes
  let c = ~seed
  let i = start
  for (; i + 8 <= end; i += 8) {
    c ^= b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24)
    c =
      T[1792 + (c & 255)]! ^
      T[1536 + ((c >>> 8) & 255)]! ^
      T[1280 + ((c >>> 16) & 255)]! ^
      T[1024 + (c >>> 24)]! ^
      T[768 + b[i + 4]!]! ^
      T[512 + b[i + 5]!]! ^
      T[256 + b[i + 6]!]! ^
      T[b[i + 7]!]!
  }
  for (; i < end; i++) c = (c >>> 8) ^ T[(c ^ b[i]!) & 255]!
  return ~c >>> 0
}

function buildTable16(): Uint16Array {
  const table = new Uint16Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let c = byte << 8
    for (let bit = 0; bit < 8; bit++) c = (c << 1) ^ ((c & 0x8000) !== 0 ? 0x1021 : 0)
    table[byte] = c
  }
  return table
}

/** CRC-16/XMODEM of a byte string, or of a part of it. */
export function crc16(key: string, start = 0, end: number = key.length): number {
  table16 ??= buildTable16()
  let c = 0
  for (let i = start; i < end; i++) {
    c = ((c << 8) & 0xffff) ^ (table16[((c >>> 8) ^ key.charCodeAt(i)) & 255] as number)
  }
  return c
}

/** The cluster slot of a key: of what is between its first braces if that is not empty. */
export function keySlot(key: string): number {
  const open = key.indexOf('{')
  if (open >= 0) {
    const close = key.indexOf('}', open + 1)
    if (close > open + 1) return crc16(key, open + 1, close) & 16383
  }
  return crc16(key) & 16383
}
