// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * SHA-1 (FIPS 180-4), for EVALSHA, where it is an address and not a protection.
 *
 * The message schedule is kept in a ring of sixteen words that is rewritten as the rounds go by.
 */

const ring = new Int32Array(16)
const state = new Int32Array(5)

/** The digest of a byte string as forty hexadecimal digits in lower case. */
export function sha1(bytes: string): string {
  state.set([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0])
  const length = bytes.length
  const blocks = ((length + 8) >>> 6) + 1
  for (let block = 0; block < blocks; block++) {
    loadBlock(bytes, block, blocks, ring)
    compress()
  }
  return hexWords(state)
}

/** Loads sixteen big-endian words of the padded message; shared with SHA-256. */
export function loadBlock(bytes: string, block: number, blocks: number, into: Int32Array): void {
  const length = bytes.length
  for (let i = 0; i < 16; i++) {
    const at = block * 64 + i * 4
    let word = 0
    if (at + 4 <= length) {
      word =
        (bytes.charCodeAt(at) << 24) |
        (bytes.charCodeAt(at + 1) << 16) |
        (bytes.charCodeAt(at + 2) << 8) |
        bytes.charCodeAt(at + 3)
    } else {
      for (let j = at; j < at + 4; j++) {
        word = (word << 8) | (j < length ? bytes.charCodeAt(j) : j === length ? 0x80 : 0)
      }
    }
    into[i] = word
  }
  if (block === blocks - 1) {
    // The length in bits takes the last two words.
    into[14] = Math.floor(length / 0x20000000)
    into[15] = length << 3
  }
}

/** Words as hexadecimal digits. */
export function hexWords(words: Int32Array): string {
  let hex = ''
  for (const word of words) hex += (word >>> 0).toString(16).padStart(8, '0')
  return hex
}

function compress(): void {
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  let e = state[4]!
  for (let i = 0; i < 80; i++) {
    let word = ring[i & 15]!
    if (i >= 16) {
      const mixed = ring[(i + 13) & 15]! ^ ring[(i + 8) & 15]! ^ ring[(i + 2) & 15]! ^ word
      word = (mixed << 1) | (mixed >>> 31)
      ring[i & 15] = word
    }
    let f = 0
    if (i < 20) f = ((b & c) | (~b & d)) + 0x5a827999
    else if (i < 40) f = (b ^ c ^ d) + 0x6ed9eba1
    else if (i < 60) f = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
    else f = (b ^ c ^ d) + 0xca62c1d6
    const next = (((a << 5) | (a >>> 27)) + f + e + word) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  state[0] = state[0]! + a
  state[1] = state[1]! + b
  state[2] = state[2]! + c
  state[3] = state[3]! + d
  state[4] = state[4]! + e
}
