// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * XXH3, seed 0, of 64 bits: what DIGEST returns; and of 128 bits: by which XADD tells messages apart.
 * After the specification in the xxHash repository.
 *
 * Inputs of up to 240 bytes take at most some fifteen steps, and those are plain bigints. Longer ones run
 * through eight accumulators, 64 bytes at a time; that loop works on 32-bit halves, because there
 * bigints would be thirty times slower.
 */

const MASK = 0xffffffffffffffffn
const P32_1 = 0x9e3779b1n
const P32_2 = 0x85ebca77n
const P32_3 = 0xc2b2ae3dn
const P64_1 = 0x9e3779b185ebca87n
const P64_2 = 0xc2b2ae3d27d4eb4fn
const P64_3 = 0x165667b19e3779f9n
const P64_4 = 0x85ebca77c2b2ae63n
const P64_5 = 0x27d4eb2f165667c5n
const MIX = 0x165667919e3779f9n
const MIX_SHORT = 0x9fb21c651e98df25n

/** The default secret, 192 bytes. */
const SECRET = new DataView(
  Uint8Array.from(
    (
      'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f' +
      'cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c' +
      '3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
      'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364' +
      'eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e' +
      '2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e'
    ).match(/../g) as string[],
    (pair) => Number.parseInt(pair, 16),
  ).buffer,
)

const STRIPE = 64
const STRIPES_A_BLOCK = 16

/** The digest of a byte string as sixteen hexadecimal digits in lower case. */
export function xxh3(bytes: string): string {
  const length = bytes.length
  let hash = 0n
  if (length <= 16) hash = upTo16(bytes)
  else if (length <= 128) hash = upTo128(bytes)
  else if (length <= 240) hash = upTo240(bytes)
  else hash = long(bytes)
  return hash.toString(16).padStart(16, '0')
}

/** The digest of 128 bits, as its lower and its upper half. */
export function xxh3Wide(bytes: string): [low: bigint, high: bigint] {
  const length = bytes.length
  if (length <= 16) return wideUpTo16(bytes)
  if (length <= 240) return wideUpTo240(bytes)
  return wideLong(bytes)
}

function secret64(at: number): bigint {
  return SECRET.getBigUint64(at, true)
}

function read32(s: string, at: number): number {
  return (
    s.charCodeAt(at) |
    (s.charCodeAt(at + 1) << 8) |
    (s.charCodeAt(at + 2) << 16) |
    (s.charCodeAt(at + 3) << 24)
  )
}

function read64(s: string, at: number): bigint {
  return (BigInt(read32(s, at + 4) >>> 0) << 32n) | BigInt(read32(s, at) >>> 0)
}

/** The product of 128 bits, its halves folded. */
function fold(a: bigint, b: bigint): bigint {
  const product = a * b
  return (product & MASK) ^ (product >> 64n)
}

function avalanche(h: bigint): bigint {
  let x = h & MASK
  x ^= x >> 37n
  x = (x * MIX) & MASK
  return x ^ (x >> 32n)
}

function avalanche64(h: bigint): bigint {
  let x = h & MASK
  x = ((x ^ (x >> 33n)) * P64_2) & MASK
  x = ((x ^ (x >> 29n)) * P64_3) & MASK
  return x ^ (x >> 32n)
}

function rotate(x: bigint, by: bigint): bigint {
  return ((x << by) | (x >> (64n - by))) & MASK
}

function swapBytes(x: bigint): bigint {
  let swapped = 0n
  for (let i = 0n; i < 64n; i += 8n) swapped = (swapped << 8n) | ((x >> i) & 0xffn)
  return swapped
}

function upTo16(s: string): bigint {
  const length = s.length
  if (length > 8) {
    const low = read64(s, 0) ^ secret64(24) ^ secret64(32)
    const high = read64(s, length - 8) ^ secret64(40) ^ secret64(48)
    return avalanche(BigInt(length) + swapBytes(low) + high + fold(low, high))
  }
  if (length >= 4) {
    const first = BigInt(read32(s, 0) >>> 0)
    const last = BigInt(read32(s, length - 4) >>> 0)
    let x = (last + (first << 32n)) ^ secret64(8) ^ secret64(16)
    x ^= rotate(x, 49n) ^ rotate(x, 24n)
    x = (x * MIX_SHORT) & MASK
    x ^= (x >> 35n) + BigInt(length)
    x = (x * MIX_SHORT) & MASK
    return x ^ (x >> 28n)
  }
  if (length > 0) {
    const first = s.charCodeAt(0)
    const middle = s.charCodeAt(length >> 1)
    const last = s.charCodeAt(length - 1)
    const combined = ((first << 16) | (middle << 24) | last | (length << 8)) >>> 0
    const flip = (SECRET.getUint32(0, true) ^ SECRET.getUint32(4, true)) >>> 0
    return avalanche64(BigInt((combined ^ flip) >>> 0))
  }
  return avalanche64(secret64(56) ^ secret64(64))
}

function mix16(s: string, at: number, secret: number): bigint {
  return fold(read64(s, at) ^ secret64(secret), read64(s, at + 8) ^ secret64(secret + 8))
}

function upTo128(s: string): bigint {
  const length = s.length
  let sum = BigInt(length) * P64_1
  // Pairs from both ends towards the middle.
  for (let i = (length - 1) >> 5; i >= 0; i--) {
    sum += mix16(s, 16 * i, 32 * i)
    sum += mix16(s, length - 16 * (i + 1), 32 * i + 16)
  }
  return avalanche(sum)
}

function upTo240(s: string): bigint {
  const length = s.length
  let sum = BigInt(length) * P64_1
  for (let i = 0; i < 8; i++) sum += mix16(s, 16 * i, 16 * i)
  sum = avalanche(sum)
  for (let i = 8; i < length >> 4; i++) sum += mix16(s, 16 * i, 16 * (i - 8) + 3)
  sum += mix16(s, length - 16, 136 - 17)
  return avalanche(sum)
}

/** Eight accumulators: low half at 2i, high half at 2i + 1. */
const lanes = new Int32Array(16)

function long(s: string): bigint {
  fillLanes(s)
  return merge(BigInt(s.length) * P64_1, 11)
}

/** The lanes, folded in pairs with the secret from a place on. */
function merge(start: bigint, secret: number): bigint {
  let sum = start
  for (let i = 0; i < 4; i++) {
    const at = secret + 16 * i
    sum += fold(lane(2 * i) ^ secret64(at), lane(2 * i + 1) ^ secret64(at + 8))
  }
  return avalanche(sum)
}

function fillLanes(s: string): void {
  const length = s.length
  const initial = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1]
  initial.forEach((value, i) => {
    lanes[2 * i] = Number(value & 0xffffffffn)
    lanes[2 * i + 1] = Number(value >> 32n)
  })
  const stripes = Math.floor((length - 1) / STRIPE)
  for (let i = 0; i < stripes; i++) {
    const inBlock = i % STRIPES_A_BLOCK
    accumulate(s, i * STRIPE, inBlock * 8)
    if (inBlock === STRIPES_A_BLOCK - 1) scramble()
  }
  accumulate(s, length - STRIPE, 192 - STRIPE - 7)
}

function lane(i: number): bigint {
  return (BigInt(lanes[2 * i + 1]! >>> 0) << 32n) | BigInt(lanes[2 * i]! >>> 0)
}

function accumulate(s: string, at: number, secret: number): void {
  for (let i = 0; i < 16; i += 2) {
    const low = read32(s, at + i * 4)
    const high = read32(s, at + i * 4 + 4)
    // The data goes to the neighbour, the product of the keyed halves to the lane itself.
    add(i ^ 2, low, high)
    const a = low ^ SECRET.getInt32(secret + i * 4, true)
    const b = high ^ SECRET.getInt32(secret + i * 4 + 4, true)
    add(i, Math.imul(a, b), highProduct(a, b))
  }
}

function add(at: number, low: number, high: number): void {
  const before = lanes[at]! >>> 0
  const sum = before + (low >>> 0)
  lanes[at] = sum
  lanes[at + 1] = lanes[at + 1]! + high + (sum > 0xffffffff ? 1 : 0)
}

/** The upper half of the product of two unsigned 32-bit numbers. */
function highProduct(a: number, b: number): number {
  const a0 = a & 0xffff
  const a1 = a >>> 16
  const b0 = b & 0xffff
  const b1 = b >>> 16
  const middle = a1 * b0 + ((a0 * b0) >>> 16)
  const cross = a0 * b1 + (middle % 0x10000)
  return (a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) | 0
}

/** acc = (acc ^ acc >> 47 ^ key) × P32_1, in each lane. */
function scramble(): void {
  const prime = 0x9e3779b1 | 0
  for (let i = 0; i < 16; i += 2) {
    const key = 192 - STRIPE + i * 4
    const high = lanes[i + 1]!
    const low = lanes[i]! ^ (high >>> 15) ^ SECRET.getInt32(key, true)
    const upper = high ^ SECRET.getInt32(key + 4, true)
    lanes[i] = Math.imul(low, prime)
    lanes[i + 1] = highProduct(low, prime) + Math.imul(upper, prime)
  }
}

// ---- 128 bits ---------------------------------------------------------------------------------

type Wide = [low: bigint, high: bigint]

function swapBytes32(x: number): number {
  return ((x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24)) >>> 0
}

function wideUpTo16(s: string): Wide {
  const length = s.length
  if (length > 8) return wideUpToSixteen(s)
  if (length >= 4) return wideUpToEight(s)
  if (length === 0) {
    return [avalanche64(secret64(64) ^ secret64(72)), avalanche64(secret64(80) ^ secret64(88))]
  }
  const first = s.charCodeAt(0)
  const middle = s.charCodeAt(length >> 1)
  const last = s.charCodeAt(length - 1)
  const low = ((first << 16) | (middle << 24) | last | (length << 8)) >>> 0
  const swapped = swapBytes32(low)
  const high = ((swapped << 13) | (swapped >>> 19)) >>> 0
  const flip = (at: number): number =>
    (SECRET.getUint32(at, true) ^ SECRET.getUint32(at + 4, true)) >>> 0
  return [avalanche64(BigInt((low ^ flip(0)) >>> 0)), avalanche64(BigInt((high ^ flip(8)) >>> 0))]
}

function wideUpToEight(s: string): Wide {
  const length = s.length
  const first = BigInt(read32(s, 0) >>> 0)
  const last = BigInt(read32(s, length - 4) >>> 0)
  const keyed = (first + (last << 32n)) ^ secret64(16) ^ secret64(24)
  const product = keyed * ((P64_1 + BigInt(length << 2)) & MASK)
  let low = product & MASK
  const high = ((product >> 64n) + (low << 1n)) & MASK
  low ^= high >> 3n
  low = ((low ^ (low >> 35n)) * MIX_SHORT) & MASK
  return [low ^ (low >> 28n), avalanche(high)]
}

function wideUpToSixteen(s: string): Wide {
  const length = s.length
  const first = read64(s, 0)
  let last = read64(s, length - 8)
  const product = (first ^ last ^ secret64(32) ^ secret64(40)) * P64_1
  let low = ((product & MASK) + (BigInt(length - 1) << 54n)) & MASK
  last ^= secret64(48) ^ secret64(56)
  const high = ((product >> 64n) + last + (last & 0xffffffffn) * (P32_2 - 1n)) & MASK
  low ^= swapBytes(high)
  const mixed = low * P64_2
  return [avalanche(mixed), avalanche((mixed >> 64n) + high * P64_2)]
}

/** Mix 16 bytes from each of two places into both halves. */
function mix32(sum: Wide, s: string, one: number, other: number, secret: number): void {
  const plain = (at: number): bigint => (read64(s, at) + read64(s, at + 8)) & MASK
  sum[0] = ((sum[0] + mix16(s, one, secret)) & MASK) ^ plain(other)
  sum[1] = ((sum[1] + mix16(s, other, secret + 16)) & MASK) ^ plain(one)
}

function wideUpTo240(s: string): Wide {
  const length = s.length
  const sum: Wide = [(BigInt(length) * P64_1) & MASK, 0n]
  if (length <= 128) {
    for (let i = (length - 1) >> 5; i >= 0; i--) {
      mix32(sum, s, 16 * i, length - 16 * (i + 1), 32 * i)
    }
  } else {
    for (let i = 0; i < 128; i += 32) mix32(sum, s, i, i + 16, i)
    sum[0] = avalanche(sum[0])
    sum[1] = avalanche(sum[1])
    for (let i = 128; i + 32 <= length; i += 32) mix32(sum, s, i, i + 16, i - 128 + 3)
    mix32(sum, s, length - 16, length - 32, 136 - 17 - 16)
  }
  const [low, high] = sum
  const rest = low * P64_1 + high * P64_4 + BigInt(length) * P64_2
  return [avalanche(low + high), -avalanche(rest) & MASK]
}

function wideLong(s: string): Wide {
  fillLanes(s)
  const length = BigInt(s.length)
  return [merge(length * P64_1, 11), merge(~(length * P64_2) & MASK, 192 - 64 - 11)]
}
