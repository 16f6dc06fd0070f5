// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * Bits in an array of bytes. Bit 0 is the most significant one of the first byte, so a run of bits
 * that is read as a number has its most significant bit first.
 */
import type { Integer } from './integer.ts'
import { normalize } from './integer.ts'

/** Runs up to this width are handled as numbers: with up to 7 bits behind them they stay exact. */
export const NUMBER_BITS = 45

/** How many bits of a 32-bit word are set. */
export function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** How many bits are set from `start` to `end`, both included and both inside. */
export function countBits(bytes: Uint8Array, start: number, end: number): number {
  let first = Math.floor(start / 8)
  const last = Math.floor(end / 8)
  const head = bytes[first]! & (0xff >> (start % 8))
  const tailMask = (0xff00 >> ((end % 8) + 1)) & 0xff
  if (first === last) return ones(head & tailMask)
  let count = ones(head) + ones(bytes[last]! & tailMask)
  first++
  // Words of four bytes, once their place in memory allows it.
  for (; first < last && (bytes.byteOffset + first) % 4 !== 0; first++) count += ones(bytes[first]!)
  const words = (last - first) >> 2
  if (words > 0) {
    const view = new Uint32Array(bytes.buffer, bytes.byteOffset + first, words)
    for (let i = 0; i < words; i++) count += ones(view[i]!)
    first += words * 4
  }
  for (; first < last; first++) count += ones(bytes[first]!)
  return count
}

/** The place of the first bit with this value from `start` to `end`, both included; -1 for none. */
export function findBit(bytes: Uint8Array, start: number, end: number, bit: 0 | 1): number {
  const last = Math.floor(end / 8)
  // What is looked for is a one: zeros are looked for in the complement.
  const flip = bit === 1 ? 0 : 0xff
  let at = Math.floor(start / 8)
  let byte = (bytes[at]! ^ flip) & (0xff >> (start % 8))
  while (byte === 0 && at < last) byte = bytes[++at]! ^ flip
  if (byte === 0) return -1
  const place = at * 8 + Math.clz32(byte) - 24
  return place > end ? -1 : place
}

/** A run of up to 64 bits as an unsigned integer; what lies behind `length` bytes is zero. */
export function readBits(
  bytes: Uint8Array,
  length: number,
  offset: number,
  width: number,
): Integer {
  const first = Math.floor(offset / 8)
  const last = Math.floor((offset + width - 1) / 8)
  const below = 7 - ((offset + width - 1) % 8)
  if (width <= NUMBER_BITS) {
    let n = first < length ? bytes[first]! & (0xff >> (offset % 8)) : 0
    for (let i = first + 1; i <= last; i++) n = n * 256 + (i < length ? bytes[i]! : 0)
    return Math.floor(n / 2 ** below)
  }
  let n = 0n
  for (let i = first; i <= last; i++) n = (n << 8n) | BigInt(i < length ? bytes[i]! : 0)
  return normalize(BigInt.asUintN(width, n >> BigInt(below)))
}

/** Write the lowest bits of an integer, which may be negative; all bytes are there. */
export function writeBits(bytes: Uint8Array, offset: number, width: number, value: Integer): void {
  let left = width
  if (width <= NUMBER_BITS && typeof value === 'number') {
    let n = value % 2 ** width
    if (n < 0) n += 2 ** width
    while (left > 0) {
      const end = offset + left - 1
      const below = 7 - (end % 8)
      const take = Math.min(left, 8 - below)
      const mask = ((1 << take) - 1) << below
      const at = Math.floor(end / 8)
      bytes[at] = (bytes[at]! & ~mask) | (((n % 256) << below) & mask)
      n = Math.floor(n / 2 ** take)
      left -= take
    }
    return
  }
  let rest = BigInt.asUintN(width, BigInt(value))
  while (left > 0) {
    const end = offset + left - 1
    const at = Math.floor(end / 8)
    const below = 7 - (end % 8)
    const take = Math.min(left, 8 - below)
    const mask = ((1 << take) - 1) << below
    bytes[at] = (bytes[at]! & ~mask) | ((Number(rest & 0xffn) << below) & mask)
    rest >>= BigInt(take)
    left -= take
  }
}
