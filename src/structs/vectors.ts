// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * Columns of vectors of one dimension, in three precisions, and the distance between two of them.
 *
 * Vectors are normalized before they come here, so the distance is one minus the inner product: 0 for
 * the same direction, 2 for the opposite one. A vector has a slot, a number from 1 on; slots lie in
 * slabs, so that growing copies nothing but the first, small slab.
 *
 * A distance is asked for in two steps. `aim` unfolds one of the two vectors into a scratch buffer (it
 * will be compared with many), `distance` compares it with a slot. There are several aims, because
 * a graph compares each new candidate with the neighbours that it has chosen so far. The buffers are
 * shared by all columns: an aim is good until somebody else aims.
 *
 * **Precision.** Results are single precision, rounded as a server rounds them that has vector
 * instructions: sixteen partial sums with fused multiplication and addition, added up in a tree, and
 * what is left over one by one. A product of two floats is exact in a double, so one `Math.fround` an
 * addition is a fused one.
 */

import { ones } from '../util/bits.ts'

/** Scratch buffers: aim 0 is what is being looked for, the last one is for short use. */
export const AIMS = 64

/** Slots in a slab, by the size of a vector: about a megabyte each. */
const SLAB_WORDS = 1 << 18
const FIRST_SLOTS = 8

export type Precision = 'f32' | 'int8' | 'bin'

/** What all columns can do. */
export interface Vectors {
  readonly precision: Precision
  readonly dimension: number
  /** Bytes of a vector as `read` and `write` see it. */
  readonly bytes: number
  /** Store the components in a slot; the column takes care of room. */
  put(slot: number, components: Float32Array): void
  /** The components of a slot, as far as the precision goes. */
  get(slot: number, into: Float32Array): void
  /** The range of the components, where the precision has one. */
  rangeOf(slot: number): number
  /** The stored form, as it goes into files: little endian. */
  read(slot: number, into: Uint8Array, at: number): void
  write(slot: number, from: Uint8Array, at: number, range: number): void
  /** Compare with this slot from now on. */
  aim(aim: number, slot: number): void
  /** Compare with a vector that is in no slot. */
  aimAt(aim: number, components: Float32Array): void
  distance(aim: number, slot: number): number
}

export function vectorsOf(precision: Precision, dimension: number): Vectors {
  if (precision === 'f32') return new Floats(dimension)
  return precision === 'int8' ? new Bytes(dimension) : new Bits(dimension)
}

/** How many vectors of so many words make a slab: a power of two. */
function slotBits(words: number): number {
  let bits = 3
  while (bits < 14 && words << (bits + 1) <= SLAB_WORDS) bits++
  return bits
}

type Words = Int32Array | Float32Array

/** Slabs of equal vectors; the first one grows. */
class Slabs<W extends Words> {
  readonly slabs: W[] = []
  readonly bits: number
  readonly mask: number
  readonly stride: number
  private readonly make: (length: number) => W

  constructor(stride: number, make: (length: number) => W) {
    this.stride = stride
    this.bits = slotBits(stride)
    this.mask = (1 << this.bits) - 1
    this.make = make
  }

  /** The slab of a slot, made if need be. */
  room(slot: number): W {
    const index = slot >>> this.bits
    while (this.slabs.length <= index) {
      const first = this.slabs.length === 0
      const slots = first ? Math.min(FIRST_SLOTS, this.mask + 1) : this.mask + 1
      this.slabs.push(this.make(slots * this.stride))
    }
    let slab = this.slabs[index]!
    const need = ((slot & this.mask) + 1) * this.stride
    if (slab.length < need) {
      let length = slab.length
      while (length < need) length *= 2
      const larger = this.make(Math.min(length, (this.mask + 1) * this.stride))
      larger.set(slab)
      this.slabs[index] = larger
      slab = larger
    }
    return slab
  }
}

/** A column of single numbers that grows by doubling. */
function widened(column: Float32Array<ArrayBuffer>, slot: number): Float32Array<ArrayBuffer> {
  if (slot < column.length) return column
  const larger = new Float32Array(Math.max(slot + 1, 2 * column.length))
  larger.set(column)
  return larger
}

const { fround } = Math

// ---- Full precision -----------------------------------------------------------------------------

let floatAims = new Float32Array(0)

export class Floats implements Vectors {
  readonly precision = 'f32' as const
  readonly dimension: number
  readonly bytes: number
  private readonly column: Slabs<Float32Array>

  constructor(dimension: number) {
    this.dimension = dimension
    this.bytes = 4 * dimension
    this.column = new Slabs(dimension, (length) => new Float32Array(length))
  }

  put(slot: number, components: Float32Array): void {
    const { column, dimension } = this
    const slab = column.room(slot)
    slab.set(components.subarray(0, dimension), (slot & column.mask) * dimension)
  }

  get(slot: number, into: Float32Array): void {
    const { column, dimension } = this
    const at = (slot & column.mask) * dimension
    into.set(column.room(slot).subarray(at, at + dimension))
  }

  rangeOf(): number {
    return 0
  }

  read(slot: number, into: Uint8Array, at: number): void {
    const { column, dimension } = this
    const slab = column.room(slot)
    const view = new DataView(into.buffer, into.byteOffset)
    const from = (slot & column.mask) * dimension
    for (let i = 0; i < dimension; i++) view.setFloat32(at + 4 * i, slab[from + i]!, true)
  }

  write(slot: number, from: Uint8Array, at: number): void {
    const { column, dimension } = this
    const slab = column.room(slot)
    const view = new DataView(from.buffer, from.byteOffset)
    const to = (slot & column.mask) * dimension
    for (let i = 0; i < dimension; i++) slab[to + i] = view.getFloat32(at + 4 * i, true)
  }

  aim(aim: number, slot: number): void {
    const { column, dimension } = this
    const at = (slot & column.mask) * dimension
    this.aimAt(aim, column.room(slot).subarray(at, at + dimension))
  }

  aimAt(aim: number, components: Float32Array): void {
    const { dimension } = this
    const need = (aim + 1) * dimension
    if (floatAims.length < need) {
      const larger = new Float32Array(Math.max(need, 2 * floatAims.length))
      larger.set(floatAims)
      floatAims = larger
    }
    floatAims.set(components.subarray(0, dimension), aim * dimension)
  }

  distance(aim: number, slot: number): number {
    const { column, dimension } = this
    const slab = column.slabs[slot >>> column.bits]!
    const at = (slot & column.mask) * dimension
    return dimension < 16
      ? shortDistance(slab, at, floatAims, aim * dimension, dimension)
      : longDistance(slab, at, floatAims, aim * dimension, dimension)
  }
}

/** Too short for vector instructions: two sums, four components to each in turn. */
function shortDistance(x: Float32Array, p: number, y: Float32Array, q: number, n: number): number {
  let even = 0
  let odd = 0
  let i = 0
  for (; i + 7 < n; i += 8) {
    const a = p + i
    const b = q + i
    even = fround(even + four(x, a, y, b))
    odd = fround(odd + four(x, a + 4, y, b + 4))
  }
  for (; i < n; i++) even = fround(even + fround(x[p + i]! * y[q + i]!))
  return fround(1 - fround(even + odd))
}

function four(x: Float32Array, a: number, y: Float32Array, b: number): number {
  let sum = fround(fround(x[a]! * y[b]!) + fround(x[a + 1]! * y[b + 1]!))
  sum = fround(sum + fround(x[a + 2]! * y[b + 2]!))
  return fround(sum + fround(x[a + 3]! * y[b + 3]!))
}

function longDistance(x: Float32Array, p: number, y: Float32Array, q: number, n: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let s4 = 0
  let s5 = 0
  let s6 = 0
  let s7 = 0
  let s8 = 0
  let s9 = 0
  let sa = 0
  let sb = 0
  let sc = 0
  let sd = 0
  let se = 0
  let sf = 0
  let i = 0
  for (; i + 15 < n; i += 16) {
    const a = p + i
    const b = q + i
    s0 = fround(s0 + x[a]! * y[b]!)
    s1 = fround(s1 + x[a + 1]! * y[b + 1]!)
    s2 = fround(s2 + x[a + 2]! * y[b + 2]!)
    s3 = fround(s3 + x[a + 3]! * y[b + 3]!)
    s4 = fround(s4 + x[a + 4]! * y[b + 4]!)
    s5 = fround(s5 + x[a + 5]! * y[b + 5]!)
    s6 = fround(s6 + x[a + 6]! * y[b + 6]!)
    s7 = fround(s7 + x[a + 7]! * y[b + 7]!)
    s8 = fround(s8 + x[a + 8]! * y[b + 8]!)
    s9 = fround(s9 + x[a + 9]! * y[b + 9]!)
    sa = fround(sa + x[a + 10]! * y[b + 10]!)
    sb = fround(sb + x[a + 11]! * y[b + 11]!)
    sc = fround(sc + x[a + 12]! * y[b + 12]!)
    sd = fround(sd + x[a + 13]! * y[b + 13]!)
    se = fround(se + x[a + 14]! * y[b + 14]!)
    sf = fround(sf + x[a + 15]! * y[b + 15]!)
  }
  // Halves onto each other, four times.
  const t0 = fround(fround(s0 + s8) + fround(s4 + sc))
  const t1 = fround(fround(s1 + s9) + fround(s5 + sd))
  const t2 = fround(fround(s2 + sa) + fround(s6 + se))
  const t3 = fround(fround(s3 + sb) + fround(s7 + sf))
  let sum = fround(fround(t0 + t2) + fround(t1 + t3))
  for (; i < n; i++) sum = fround(sum + fround(x[p + i]! * y[q + i]!))
  return fround(1 - sum)
}

// ---- Bytes --------------------------------------------------------------------------------------

/**
 * Components from -127 to 127 and a range for each vector, two of them in a word.
 *
 * A word is `a + b * 2^18`, and an aim has, as a double, the same two the other way round: `d + c * 2^18`
 * for components c and d. Their product has `ac + bd` in its middle, and four such products can be
 * added up before the middle is cut out (with additions alone: a large number added and taken away
 * rounds). That is 1.65 times as fast as a multiplication a component (82 against 137 ns for 128
 * components), for twice the memory.
 */
const PAIR = 2 ** 18
const ROUND_HIGH = 1.5 * 2 ** 52 * PAIR * PAIR
const ROUND_MIDDLE = 1.5 * 2 ** 52 * PAIR

let byteAims = new Float64Array(0)
const byteAimRanges = new Float32Array(AIMS)

export class Bytes implements Vectors {
  readonly precision = 'int8' as const
  readonly dimension: number
  readonly bytes: number
  private readonly column: Slabs<Int32Array>
  private ranges = new Float32Array(FIRST_SLOTS)
  private readonly scratch: Int8Array

  constructor(dimension: number) {
    this.dimension = dimension
    this.bytes = dimension
    // Whole groups of four words, filled up with zeros.
    this.column = new Slabs(((dimension + 7) >> 3) << 2, (length) => new Int32Array(length))
    this.scratch = new Int8Array(dimension + 1)
  }

  put(slot: number, components: Float32Array): void {
    this.keep(slot, quantize(components, this.scratch, this.dimension))
  }

  /** Store the scratch bytes. */
  private keep(slot: number, range: number): void {
    const { column, scratch, dimension } = this
    const slab = column.room(slot)
    const to = (slot & column.mask) * column.stride
    for (let i = 0; i < dimension; i += 2) {
      slab[to + (i >> 1)] = scratch[i]! + (scratch[i + 1]! << 18)
    }
    this.ranges = widened(this.ranges, slot)
    this.ranges[slot] = range
  }

  /** Fill the scratch bytes. */
  private unpack(slot: number): void {
    const { column, scratch, dimension } = this
    const slab = column.room(slot)
    const from = (slot & column.mask) * column.stride
    for (let i = 0; i < dimension; i += 2) {
      const word = slab[from + (i >> 1)]!
      const high = (word + (1 << 17)) >> 18
      scratch[i] = word - (high << 18)
      // The last one of an odd number is the spare byte.
      scratch[i + 1] = high
    }
  }

  get(slot: number, into: Float32Array): void {
    const { scratch, dimension } = this
    this.unpack(slot)
    const range = this.rangeOf(slot)
    for (let i = 0; i < dimension; i++) into[i] = fround(fround(scratch[i]! * range) / 127)
  }

  rangeOf(slot: number): number {
    return this.ranges[slot] ?? 0
  }

  read(slot: number, into: Uint8Array, at: number): void {
    this.unpack(slot)
    for (let i = 0; i < this.dimension; i++) into[at + i] = this.scratch[i]!
  }

  write(slot: number, from: Uint8Array, at: number, range: number): void {
    for (let i = 0; i < this.dimension; i++) this.scratch[i] = from[at + i]!
    this.keep(slot, range)
  }

  aim(aim: number, slot: number): void {
    const { column } = this
    const { stride } = column
    const slab = column.slabs[slot >>> column.bits]!
    const from = (slot & column.mask) * stride
    const to = aimRoom(aim, stride)
    for (let i = 0; i < stride; i++) {
      const word = slab[from + i]!
      const high = (word + (1 << 17)) >> 18
      byteAims[to + i] = high + (word - (high << 18)) * PAIR
    }
    byteAimRanges[aim] = this.ranges[slot]!
  }

  aimAt(aim: number, components: Float32Array): void {
    const { scratch, dimension, column } = this
    byteAimRanges[aim] = quantize(components, scratch, dimension)
    const to = aimRoom(aim, column.stride)
    byteAims.fill(0, to, to + column.stride)
    for (let i = 0; i < dimension; i += 2) {
      byteAims[to + (i >> 1)] = scratch[i + 1]! + scratch[i]! * PAIR
    }
  }

  distance(aim: number, slot: number): number {
    const { column } = this
    const left = byteAimRanges[aim]!
    const right = this.ranges[slot]!
    if (left === 0 || right === 0) return 1
    const { stride } = column
    const at = (slot & column.mask) * stride
    const dot = fround(products(column.slabs[slot >>> column.bits]!, at, aim * stride, stride))
    const scale = fround(fround(left / 127) * fround(right / 127))
    const distance = fround(1 - fround(dot * scale))
    return distance < 0 ? 0 : distance > 2 ? 2 : distance
  }
}

function aimRoom(aim: number, stride: number): number {
  const need = (aim + 1) * stride
  if (byteAims.length < need) {
    const larger = new Float64Array(Math.max(need, 2 * byteAims.length))
    larger.set(byteAims)
    byteAims = larger
  }
  return aim * stride
}

/** The inner product of packed words from `p` and of an aim from `q`. */
function products(words: Int32Array, p: number, q: number, stride: number): number {
  const aims = byteAims
  const end = p + stride
  let sum = 0
  let a = p
  let b = q
  for (; a + 4 < end; a += 8, b += 8) {
    const first =
      words[a]! * aims[b]! +
      words[a + 1]! * aims[b + 1]! +
      words[a + 2]! * aims[b + 2]! +
      words[a + 3]! * aims[b + 3]!
    const second =
      words[a + 4]! * aims[b + 4]! +
      words[a + 5]! * aims[b + 5]! +
      words[a + 6]! * aims[b + 6]! +
      words[a + 7]! * aims[b + 7]!
    const low = first - (first + ROUND_HIGH - ROUND_HIGH)
    const next = second - (second + ROUND_HIGH - ROUND_HIGH)
    sum += low + ROUND_MIDDLE - ROUND_MIDDLE + (next + ROUND_MIDDLE - ROUND_MIDDLE)
  }
  if (a < end) {
    const last =
      words[a]! * aims[b]! +
      words[a + 1]! * aims[b + 1]! +
      words[a + 2]! * aims[b + 2]! +
      words[a + 3]! * aims[b + 3]!
    const low = last - (last + ROUND_HIGH - ROUND_HIGH)
    sum += low + ROUND_MIDDLE - ROUND_MIDDLE
  }
  return sum / PAIR
}

/** Round to 127 steps each way; returns the largest component, which the steps divide. */
function quantize(from: Float32Array, into: Int8Array, dimension: number): number {
  let range = 0
  for (let i = 0; i < dimension; i++) {
    const size = Math.abs(from[i]!)
    if (size > range) range = size
  }
  into[dimension] = 0
  if (range === 0) {
    into.fill(0)
    return 0
  }
  const scale = fround(127 / range)
  for (let i = 0; i < dimension; i++) {
    const scaled = fround(from[i]! * scale)
    // Halves go away from zero.
    into[i] = scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(scaled + 0.5)
  }
  return range
}

// ---- Bits ---------------------------------------------------------------------------------------

let bitAims = new Int32Array(0)

/** The signs of the components. The distance is twice the share of those that differ. */
export class Bits implements Vectors {
  readonly precision = 'bin' as const
  readonly dimension: number
  readonly bytes: number
  private readonly column: Slabs<Int32Array>

  constructor(dimension: number) {
    this.dimension = dimension
    this.bytes = ((dimension + 63) >> 6) << 3
    this.column = new Slabs(this.bytes >> 2, (length) => new Int32Array(length))
  }

  put(slot: number, components: Float32Array): void {
    const { column, dimension } = this
    const { stride } = column
    signs(components, column.room(slot), (slot & column.mask) * stride, stride, dimension)
  }

  get(slot: number, into: Float32Array): void {
    const { column, dimension } = this
    const slab = column.room(slot)
    const from = (slot & column.mask) * column.stride
    for (let i = 0; i < dimension; i++) {
      into[i] = (slab[from + (i >> 5)]! >>> (i & 31)) & 1 ? 1 : -1
    }
  }

  rangeOf(): number {
    return 0
  }

  read(slot: number, into: Uint8Array, at: number): void {
    const { column } = this
    const slab = column.room(slot)
    const view = new DataView(into.buffer, into.byteOffset)
    const from = (slot & column.mask) * column.stride
    for (let i = 0; i < column.stride; i++) view.setInt32(at + 4 * i, slab[from + i]!, true)
  }

  write(slot: number, from: Uint8Array, at: number): void {
    const { column } = this
    const slab = column.room(slot)
    const view = new DataView(from.buffer, from.byteOffset)
    const to = (slot & column.mask) * column.stride
    for (let i = 0; i < column.stride; i++) slab[to + i] = view.getInt32(at + 4 * i, true)
  }

  aim(aim: number, slot: number): void {
    const { column } = this
    const { stride } = column
    const slab = column.slabs[slot >>> column.bits]!
    const from = (slot & column.mask) * stride
    const to = this.aimRoom(aim)
    for (let i = 0; i < stride; i++) bitAims[to + i] = slab[from + i]!
  }

  aimAt(aim: number, components: Float32Array): void {
    const to = this.aimRoom(aim)
    signs(components, bitAims, to, this.column.stride, this.dimension)
  }

  private aimRoom(aim: number): number {
    const { stride } = this.column
    const need = (aim + 1) * stride
    if (bitAims.length < need) {
      const larger = new Int32Array(Math.max(need, 2 * bitAims.length))
      larger.set(bitAims)
      bitAims = larger
    }
    return aim * stride
  }

  distance(aim: number, slot: number): number {
    const { column, dimension } = this
    const { stride } = column
    const slab = column.slabs[slot >>> column.bits]!
    const from = (slot & column.mask) * stride
    const q = aim * stride
    let different = 0
    for (let i = 0; i < stride; i++) different += ones(slab[from + i]! ^ bitAims[q + i]!)
    return fround((2 * different) / dimension)
  }
}

function signs(
  from: Float32Array,
  into: Int32Array,
  to: number,
  stride: number,
  dimension: number,
): void {
  into.fill(0, to, to + stride)
  for (let i = 0; i < dimension; i++) {
    if (from[i]! > 0) into[to + (i >> 5)] = into[to + (i >> 5)]! | (1 << (i & 31))
  }
}
