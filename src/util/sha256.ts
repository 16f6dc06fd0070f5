// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * SHA-256 (FIPS 180-4), in which ACL keeps passwords.
 *
 * The round constants are the first 32 bits of the fractions of cube roots of the first 64 primes,
 * and the initial state comes from square roots of the first eight; they are computed on first use,
 * which is shorter than a table and as easy to check.
 */
import { hexWords, loadBlock } from './sha1.ts'

const schedule = new Int32Array(64)
const state = new Int32Array(8)
let constants: Int32Array | null = null
let initial: Int32Array | null = null

/** The digest of a byte string as 64 hexadecimal digits in lower case. */
export function sha256(bytes: string): string {
  if (constants === null || initial === null) {
    const primes = firstPrimes(64)
    constants = Int32Array.from(primes, (prime) => fractionBits(prime, 3))
    initial = Int32Array.from(primes.slice(0, 8), (prime) => fractionBits(prime, 2))
  }
  state.set(initial)
  const blocks = ((bytes.length + 8) >>> 6) + 1
  for (let block = 0; block < blocks; block++) {
    loadBlock(bytes, block, blocks, schedule)
    compress(constants)
  }
  return hexWords(state)
}

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  }
  return primes
}

/** The first 32 bits of the fraction of a root: the whole root of n × 2^(32 × degree). */
function fractionBits(n: number, degree: number): number {
  const target = BigInt(n) << BigInt(32 * degree)
  let root = 0n
  for (let bit = 36n; bit >= 0n; bit--) {
    const tried = root | (1n << bit)
    if (tried ** BigInt(degree) <= target) root = tried
  }
  return Number(BigInt.asIntN(32, root))
}

function compress(k: Int32Array): void {
  const w = schedule
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!
    const y = w[i - 2]!
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1
  }
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  let e = state[4]!
  let f = state[5]!
  let g = state[6]!
  let h = state[7]!
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i]! + w[i]!) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  state[0] = state[0]! + a
  state[1] = state[1]! + b
  state[2] = state[2]! + c
  state[3] = state[3]! + d
  state[4] = state[4]! + e
  state[5] = state[5]! + f
  state[6] = state[6]! + g
  state[7] = state[7]! + h
}
