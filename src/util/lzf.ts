// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * LZF: the compression of strings in RDB.
 *
 * A compressed text is a row of two kinds of pieces. Literal bytes follow a byte that says how many
 * there are, 1 to 32. A repetition says how long it is, 3 to 264 bytes, and how far back it begins, 1
 * to 8192 bytes: three bits of length and thirteen of distance, and one more byte of length in
 * between when the three bits are full. What repeats may overlap itself.
 *
 * The format leaves it to the compressor what to find. This one remembers for each hash of three
 * bytes where it saw them last, takes what it finds, and looks at fewer places the longer it has found
 * nothing: what was compressed before it came here costs no more than a copy.
 */

const MOST_LITERALS = 32
const LEAST_MATCH = 3
const MOST_MATCH = 264
const FARTHEST = 8192

const TABLE_BITS = 14
/** Where each hash was seen last. A number below `epoch` is from an earlier text, so nothing is cleared. */
const table = new Int32Array(1 << TABLE_BITS)
let epoch = 1
/** Every so many places without a repetition, one more place is passed over. */
const PATIENCE = 5

/** The most that one byte of a compressed text can stand for: a repetition of 264 takes three. */
export const MOST_EXPANSION: number = MOST_MATCH / 3

/**
 * Compress `from[start…end)` into `into` from `at` on, where there is room up to `limit`. Where the
 * result ends, or -1 if it does not fit.
 */
export function compress(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
  limit: number,
): number {
  if (epoch > 0x7fffffff - (end - start) - 1) {
    table.fill(0)
    epoch = 1
  }
  const shift = epoch - start
  epoch += end - start
  const last = end - LEAST_MATCH
  let out = at
  let pending = start
  let i = start
  let misses = 0
  while (i <= last) {
    const word = (from[i]! << 16) | (from[i + 1]! << 8) | from[i + 2]!
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - TABLE_BITS)
    const seen = table[slot]! - shift
    table[slot] = i + shift
    if (
      seen < start ||
      i - seen > FARTHEST ||
      from[seen] !== from[i] ||
      from[seen + 1] !== from[i + 1] ||
      from[seen + 2] !== from[i + 2]
    ) {
      i += 1 + (misses++ >> PATIENCE)
      continue
    }
    const most = Math.min(end - i, MOST_MATCH)
    let length = LEAST_MATCH
    while (length < most && from[seen + length] === from[i + length]) length++

    out = literals(from, pending, i, into, out, limit)
    if (out < 0 || out + 3 > limit) return -1
    const back = i - seen - 1
    if (length <= 8) into[out++] = ((length - 2) << 5) | (back >> 8)
    else {
      into[out++] = 0xe0 | (back >> 8)
      into[out++] = length - 9
    }
    into[out++] = back & 255
    // What begins inside of the repetition may repeat as well; its end is where that pays most.
    for (let next = Math.max(i + 1, i + length - 2); next < i + length && next <= last; next++) {
      const inner = (from[next]! << 16) | (from[next + 1]! << 8) | from[next + 2]!
      table[Math.imul(inner, 0x9e3779b1) >>> (32 - TABLE_BITS)] = next + shift
    }
    i += length
    pending = i
    misses = 0
  }
  return literals(from, pending, end, into, out, limit)
}

function literals(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
  limit: number,
): number {
  let out = at
  for (let i = start; i < end; ) {
    const count = Math.min(end - i, MOST_LITERALS)
    if (out + 1 + count > limit) return -1
    into[out++] = count - 1
    for (const stop = i + count; i < stop; i++) into[out++] = from[i]!
  }
  return out
}

/** What was compressed, `length` bytes of it; null if it is anything else. */
export function decompress(
  from: Uint8Array,
  start: number,
  end: number,
  length: number,
): Uint8Array | null {
  // Before memory is taken: a few bytes may claim to stand for gigabytes.
  if (length > (end - start) * MOST_EXPANSION) return null
  const into = new Uint8Array(length)
  let out = 0
  let i = start
  while (i < end) {
    const head = from[i++]!
    if (head < MOST_LITERALS) {
      const count = head + 1
      if (i + count > end || out + count > length) return null
      for (const stop = i + count; i < stop; i++) into[out++] = from[i]!
      continue
    }
    let count = (head >> 5) + 2
    if (count === 9) {
      if (i >= end) return null
      count += from[i++]!
    }
    if (i >= end) return null
    let back = out - (((head & 31) << 8) | from[i++]!) - 1
    if (back < 0 || out + count > length) return null
    for (const stop = out + count; out < stop; out++) into[out] = into[back++]!
  }
  return out === length ? into : null
}
