/**
 * MurmurHash64A (Austin Appleby, public domain): a 64-bit hash of bytes in 32-bit halves, several times
 * as fast as with bigints. Not for hostile input: the seed is all that could be kept secret.
 */

const M_HIGH = 0xc6a4a793
const M_LOW = 0x5bd1e995
const M0 = M_LOW & 0xffff
const M1 = M_LOW >>> 16

// The halves of the product that was computed last; returning both would make an object.
let low = 0
let high = 0

/** Multiply by the constant of the hash, modulo 2^64. */
function multiply(aHigh: number, aLow: number): void {
  const a0 = aLow & 0xffff
  const a1 = aLow >>> 16
  const bottom = a0 * M0
  const middle = a0 * M1 + a1 * M0 + Math.floor(bottom / 0x10000)
  low = ((middle % 0x10000) * 0x10000 + (bottom & 0xffff)) | 0
  high = (a1 * M1 + Math.floor(middle / 0x10000)) | 0
  high = (high + Math.imul(aHigh, M_LOW) + Math.imul(aLow, M_HIGH)) | 0
}

const word = (text: string, at: number): number =>
  text.charCodeAt(at) |
  (text.charCodeAt(at + 1) << 8) |
  (text.charCodeAt(at + 2) << 16) |
  (text.charCodeAt(at + 3) << 24)

/** Hash a byte string into two signed words: the low half, then the high one. */
export function murmur64(text: string, seed: number, into: Int32Array): void {
  const { length } = text
  multiply(0, length)
  let hashLow = low ^ seed
  let hashHigh = high
  const whole = length & ~7
  for (let i = 0; i < whole; i += 8) {
    multiply(word(text, i + 4), word(text, i))
    // A shift by 47 leaves 17 bits of the high half.
    multiply(high, low ^ (high >>> 15))
    multiply(hashHigh ^ high, hashLow ^ low)
    hashLow = low
    hashHigh = high
  }
  if (whole < length) {
    for (let i = whole; i < length; i++) {
      const byte = text.charCodeAt(i) << (8 * (i & 3))
      if ((i & 7) < 4) hashLow ^= byte
      else hashHigh ^= byte
    }
    multiply(hashHigh, hashLow)
    hashLow = low
    hashHigh = high
  }
  multiply(hashHigh, hashLow ^ (hashHigh >>> 15))
  into[0] = low ^ (high >>> 15)
  into[1] = high
}
