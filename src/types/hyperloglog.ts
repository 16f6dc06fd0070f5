/**
 * HyperLogLog: how many different elements there were, from 16384 registers of 6 bits.
 *
 * The layout is Redis's, byte for byte, as a HyperLogLog is a string that clients may read, keep and
 * set. 16 bytes stand in front: `HYLL`, the encoding, three unused bytes, and the last count
 * (little endian), whose highest bit says that it is out of date. Two encodings follow:
 *
 *     dense    12288 bytes, registers of 6 bits one behind the other, the lowest bits first
 *     sparse   runs of registers:  00nnnnnn            n+1 registers of zero
 *                                  01nnnnnn nnnnnnnn   n+1 registers of zero
 *                                  1vvvvvnn            n+1 registers of v+1
 *
 * One begins sparse, and becomes dense when a value does not fit (33 and more) or when it would
 * outgrow `hll-sparse-max-bytes`. The count is Ertl's estimate (arXiv:1702.01284).
 */
import { murmur64 } from '../util/murmur.ts'
import { Bytes } from './string.ts'

const BITS = 14
export const REGISTERS: number = 1 << BITS
/** Bits of a hash that are left for the value of a register. */
const Q = 64 - BITS
const HEADER = 16
const DENSE_SIZE = HEADER + (REGISTERS * 6) / 8
const SEED = 0xadc83b19
/** The hash of one element, the lower half first. */
const hash = new Int32Array(2)

const DENSE = 0
const SPARSE = 1
const ENCODING = 4
const COUNT = 8
const STALE = 0x80

/** The greatest value, and the longest run of it, that one byte of the sparse encoding can tell. */
const MAX_VALUE = 32
const MAX_RUN = 4
const MAX_SHORT_ZEROS = 64
/** Runs that are looked at after a change, to join those with equal values. */
const JOIN_WITHIN = 5

/** The bytes do not add up to all registers. */
export class CorruptHyperLogLog extends Error {}

// ---- The whole --------------------------------------------------------------------------------

/** One without elements. */
export function emptyHyperLogLog(): Bytes {
  const data = new Uint8Array(HEADER + 2)
  data.set([0x48, 0x59, 0x4c, 0x4c, SPARSE])
  data.set([0x7f, 0xff], HEADER)
  return new Bytes(data)
}

/** Whether the bytes look like one; the runs of a sparse one are not followed. */
export function isHyperLogLog({ data, length }: Bytes): boolean {
  if (length < HEADER) return false
  if (data[0] !== 0x48 || data[1] !== 0x59 || data[2] !== 0x4c || data[3] !== 0x4c) return false
  return data[ENCODING] === SPARSE || (data[ENCODING] === DENSE && length === DENSE_SIZE)
}

export const isSparse = (hll: Bytes): boolean => hll.data[ENCODING] === SPARSE

/** Mark the count as out of date. */
export function invalidate({ data }: Bytes): void {
  data[COUNT + 7] = (data[COUNT + 7] as number) | STALE
}

/** The count that was stored, or undefined if it is out of date. */
export function storedCount({ data }: Bytes): number | bigint | undefined {
  if ((data[COUNT + 7] as number) & STALE) return undefined
  let n = 0n
  for (let i = 7; i >= 0; i--) n = (n << 8n) | BigInt(data[COUNT + i] as number)
  return n <= 9007199254740991n ? Number(n) : n
}

export function storeCount({ data }: Bytes, count: number): void {
  let rest = count
  for (let i = 0; i < 8; i++) {
    data[COUNT + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
}

/** Add an element. True if a register changed. `limit` is `hll-sparse-max-bytes`. */
export function addElement(hll: Bytes, element: string, limit: number): boolean {
  murmur64(element, SEED, hash)
  const hashLow = hash[0] as number
  const hashHigh = hash[1] as number
  const index = hashLow & (REGISTERS - 1)
  // The place of the lowest one in the other 50 bits, counted from 1.
  const low = (hashLow >>> BITS) | (hashHigh << (32 - BITS))
  const high = (hashHigh >>> BITS) | (1 << (Q - 32))
  const value = low !== 0 ? 32 - Math.clz32(low & -low) : 64 - Math.clz32(high & -high)
  return raise(hll, index, value, limit)
}

/** Let a register be at least this. True if it changed. */
export function raise(hll: Bytes, index: number, value: number, limit: number): boolean {
  if (!isSparse(hll)) return raiseDense(hll.data, index, value)
  return raiseSparse(hll, index, value, limit)
}

// ---- Dense ------------------------------------------------------------------------------------

function registerAt(data: Uint8Array, index: number): number {
  const bit = index * 6
  const at = HEADER + (bit >> 3)
  const pair = (data[at] as number) | ((data[at + 1] ?? 0) << 8)
  return (pair >> (bit & 7)) & 63
}

function setRegister(data: Uint8Array, index: number, value: number): void {
  const bit = index * 6
  const at = HEADER + (bit >> 3)
  const shift = bit & 7
  const pair = (data[at] as number) | ((data[at + 1] ?? 0) << 8)
  const changed = (pair & ~(63 << shift)) | (value << shift)
  data[at] = changed & 255
  // The last register ends with the last byte.
  if (shift > 2) data[at + 1] = changed >> 8
}

function raiseDense(data: Uint8Array, index: number, value: number): boolean {
  if (registerAt(data, index) >= value) return false
  setRegister(data, index, value)
  return true
}

/** Make it dense if it is not. Throws `CorruptHyperLogLog` and changes nothing then. */
export function makeDense(hll: Bytes): void {
  if (!isSparse(hll)) return
  const data = new Uint8Array(DENSE_SIZE)
  data.set(hll.data.subarray(0, HEADER))
  data[ENCODING] = DENSE
  walk(hll, (value, from, run) => {
    if (value > 0) for (let i = from; i < from + run; i++) setRegister(data, i, value)
  })
  hll.data = data
  hll.length = DENSE_SIZE
}

// ---- Sparse -----------------------------------------------------------------------------------

const isValue = (byte: number): boolean => byte >= 0x80
const isLongZeros = (byte: number): boolean => byte >= 0x40 && byte < 0x80
const valueIn = (byte: number): number => ((byte >> 2) & 31) + 1
const valueRun = (byte: number): number => (byte & 3) + 1
const valueByte = (value: number, run: number): number => 0x80 | ((value - 1) << 2) | (run - 1)

const byteAt = ({ data, length }: Bytes, at: number): number =>
  at < length ? (data[at] as number) : 0

/** How many registers the run at a place covers. */
function runAt(hll: Bytes, at: number): number {
  const byte = byteAt(hll, at)
  if (isValue(byte)) return valueRun(byte)
  return isLongZeros(byte) ? (((byte & 63) << 8) | byteAt(hll, at + 1)) + 1 : (byte & 63) + 1
}

/** Visit the runs of a sparse one: value, first register, number of registers. */
export function walk(
  hll: Bytes,
  visit: (value: number, from: number, run: number, long: boolean) => void,
): void {
  let from = 0
  for (let at = HEADER; at < hll.length; ) {
    const byte = byteAt(hll, at)
    const run = runAt(hll, at)
    if (isValue(byte) && from + run > REGISTERS) break
    visit(isValue(byte) ? valueIn(byte) : 0, from, run, isLongZeros(byte))
    from += run
    at += isLongZeros(byte) ? 2 : 1
  }
  if (from !== REGISTERS) throw new CorruptHyperLogLog()
}

function raiseSparse(hll: Bytes, index: number, value: number, limit: number): boolean {
  if (value > MAX_VALUE) return promote(hll, index, value)
  // Find the run that covers the register, and the one before it.
  let at = HEADER
  let before = -1
  let first = 0
  let run = 0
  for (;;) {
    if (at >= hll.length) throw new CorruptHyperLogLog()
    run = runAt(hll, at)
    if (index < first + run) break
    before = at
    first += run
    at += isLongZeros(byteAt(hll, at)) ? 2 : 1
  }
  const byte = byteAt(hll, at)
  const old = isValue(byte) ? valueIn(byte) : 0
  if (old >= value) return false
  if (run === 1 && !isLongZeros(byte)) hll.data[at] = valueByte(value, 1)
  else {
    const split = [
      ...runBytes(old, index - first),
      valueByte(value, 1),
      ...runBytes(old, first + run - 1 - index),
    ]
    const growth = split.length - (isLongZeros(byte) ? 2 : 1)
    if (growth > 0 && hll.length + growth > limit) return promote(hll, index, value)
    const end = hll.length
    hll.extend(end + growth)
    hll.data.copyWithin(at + split.length, at + split.length - growth, end)
    hll.length = end + growth
    hll.data.set(split, at)
  }
  join(hll, before < 0 ? HEADER : before)
  invalidate(hll)
  return true
}

function promote(hll: Bytes, index: number, value: number): boolean {
  makeDense(hll)
  const changed = raiseDense(hll.data, index, value)
  if (changed) invalidate(hll)
  return changed
}

/** The bytes of a run, which may be empty; one of values is never longer than it was. */
function runBytes(value: number, run: number): number[] {
  if (run === 0) return []
  if (value > 0) return [valueByte(value, run)]
  if (run <= MAX_SHORT_ZEROS) return [run - 1]
  return [0x40 | ((run - 1) >> 8), (run - 1) & 255]
}

/** Join neighbouring runs of the same value, as far as one byte can tell of them. */
function join(hll: Bytes, from: number): void {
  const { data } = hll
  let at = from
  for (let left = JOIN_WITHIN; at < hll.length && left > 0; left--) {
    const byte = data[at] as number
    if (isLongZeros(byte)) at += 2
    else {
      const next = at + 1 < hll.length ? (data[at + 1] as number) : 0
      const run = valueRun(byte) + valueRun(next)
      if (isValue(byte) && isValue(next) && valueIn(byte) === valueIn(next) && run <= MAX_RUN) {
        data[at + 1] = valueByte(valueIn(byte), run)
        data.copyWithin(at, at + 1, hll.length)
        hll.length--
      } else at++
    }
  }
}

// ---- All registers ----------------------------------------------------------------------------

/** Raise each of `into` to the register of this one. */
export function mergeInto(into: Uint8Array, hll: Bytes): void {
  const raiseTo = (value: number, i: number) => {
    if (value > (into[i] as number)) into[i] = value
  }
  if (!isSparse(hll)) {
    for (let i = 0; i < REGISTERS; i++) raiseTo(registerAt(hll.data, i), i)
    return
  }
  walk(hll, (value, from, run) => {
    if (value > 0) for (let i = from; i < from + run; i++) raiseTo(value, i)
  })
}

export function countOf(hll: Bytes): number {
  const histogram = new Array<number>(64).fill(0)
  const add = (value: number, run: number) => {
    histogram[value] = (histogram[value] as number) + run
  }
  if (isSparse(hll)) walk(hll, (value, _, run) => add(value, run))
  else for (let i = 0; i < REGISTERS; i++) add(registerAt(hll.data, i), 1)
  return estimate(histogram)
}

export function countOfRegisters(registers: Uint8Array): number {
  const histogram = new Array<number>(64).fill(0)
  for (const value of registers) histogram[value] = (histogram[value] as number) + 1
  return estimate(histogram)
}

/** Ertl's estimate; the histogram tells how many registers hold each value. */
function estimate(histogram: readonly number[]): number {
  const m = REGISTERS
  let z = m * tau((m - (histogram[Q + 1] as number)) / m)
  for (let value = Q; value >= 1; value--) z = (z + (histogram[value] as number)) * 0.5
  z += m * sigma((histogram[0] as number) / m)
  return Math.round(((0.5 / Math.LN2) * m * m) / z)
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY
  let x = share
  let y = 1
  let z = x
  for (;;) {
    x *= x
    const last = z
    z += x * y
    y += y
    if (z === last) return z
  }
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0
  let x = share
  let y = 1
  let z = 1 - x
  for (;;) {
    x = Math.sqrt(x)
    const last = z
    y *= 0.5
    z -= (1 - x) * (1 - x) * y
    if (z === last) return z / 3
  }
}
