/**
 * Arrays: values under numbers, and where the next one goes.
 *
 * The values stand in a `SparseArray`; whole numbers among them stand there as numbers, which take no
 * room of their own. Beside them is the place of the last insertion, which ARINSERT and ARRING go on
 * from and ARSEEK sets. A ring is no kind of array of its own: ARRING names its size each time, and
 * what the array looks like says what it was before.
 */
import { type Layout, type SliceLimits, SparseArray } from '../structs/sparse-array.ts'
import { formatDouble } from '../util/float.ts'
import { type Integer, normalize, parseInteger } from '../util/integer.ts'
import { type LongDouble, longDoubleOf, parseLongDouble } from '../util/long-double.ts'

export type { SliceLimits } from '../structs/sparse-array.ts'

/** Redis's defaults. */
export const ARRAY_LIMITS: SliceLimits = { size: 4096, most: 10, least: 5 }

/** The greatest index: one below the greatest that 64 bits hold, so that a length fits as well. */
export const MAX_INDEX = 18446744073709551614n

/** No insertion yet: the next one goes to 0. */
const NONE = -1

/** As it is stored: a whole number in its one canonical form as a number, all else as it came. */
type Stored = string | number

function stored(text: string): Stored {
  const { length } = text
  if (length > 16 || length === 0) return text
  const lead = text.charCodeAt(0)
  if (lead > 57 || lead < 45) return text
  const n = parseInteger(text)
  return typeof n === 'number' ? n : text
}

const textOf = (value: Stored): string => (typeof value === 'string' ? value : `${value}`)

export class ArrayValue {
  readonly type = 8 as const // ARRAY; `value.ts` cannot be imported for it without a cycle.
  private items: SparseArray<Stored>
  /** Where a value was inserted last, or `NONE`. */
  private inserted: Integer = NONE
  private readonly limits: SliceLimits

  constructor(limits: SliceLimits) {
    this.limits = limits
    this.items = new SparseArray(limits)
  }

  /** How many values there are. */
  get count(): number {
    return this.items.count
  }

  /** The greatest index in use, plus one. */
  get length(): Integer {
    return this.items.length
  }

  /** Words beside the values, for estimates. */
  get words(): number {
    return this.items.words
  }

  layout(whole: boolean): Layout {
    return this.items.layout(whole)
  }

  /** An array of its own with the same values, layout and next index. */
  copy(): ArrayValue {
    return this.around(this.items.copy())
  }

  /** As `copy`, at once: what the two have in common is copied when one of them changes. */
  share(): ArrayValue {
    return this.around(this.items.share())
  }

  private around(items: SparseArray<Stored>): ArrayValue {
    const copy = new ArrayValue(this.limits)
    copy.items = items
    copy.inserted = this.inserted
    return copy
  }

  // ---- Values -----------------------------------------------------------------------------------

  get(index: Integer): string | null {
    const value = this.items.get(index)
    return value === undefined ? null : textOf(value)
  }

  /** Whether the place was empty. */
  set(index: Integer, text: string): boolean {
    return this.items.set(index, stored(text))
  }

  /** Many are about to be set, from one index to another. */
  prepare(low: Integer, high: Integer): void {
    this.items.prepare(low, high)
  }

  delete(index: Integer): boolean {
    return this.items.delete(index)
  }

  /** How many values were there. */
  deleteRange(low: Integer, high: Integer): number {
    return this.items.deleteRange(low, high)
  }

  /** Visit what is there, downwards if `from` is the greater, until `visit` answers false. */
  scan(from: Integer, to: Integer, visit: (text: string, index: Integer) => boolean): void {
    this.items.scan(from, to, (value, index) => visit(textOf(value), index))
  }

  /** As `scan`, upwards, of the values that are numbers. */
  scanNumbers(
    from: Integer,
    to: Integer,
    visit: (n: LongDouble, whole: Integer | null) => void,
  ): void {
    const [low, high] = from <= to ? [from, to] : [to, from]
    this.items.scan(low, high, (value) => {
      const whole = typeof value === 'number' ? value : (parseInteger(value) ?? null)
      const n = whole === null ? decimalOf(value as string) : longDoubleOf(whole)
      if (n !== undefined) visit(n, whole)
      return true
    })
  }

  /** Some values that stand apart from each other: their lengths, 0 for what takes no room. */
  sampleLengths(most: number, visit: (length: number) => void): void {
    this.items.sample(most, (value) => {
      visit(typeof value === 'string' ? value.length : 0)
    })
  }

  // ---- Inserting --------------------------------------------------------------------------------

  /** Where the next value goes; null if there is no place left. */
  get next(): Integer | null {
    const next = this.following
    return next > MAX_INDEX ? null : next
  }

  /** Let the next value go to an index, which may be one beyond the last. */
  seek(index: Integer): void {
    this.inserted = index === 0 ? NONE : normalize(BigInt(index) - 1n)
  }

  /** Where a value was inserted last; null if nowhere. */
  get lastInserted(): Integer | null {
    return this.inserted === NONE ? null : this.inserted
  }

  set lastInserted(index: Integer) {
    this.inserted = index
  }

  private get following(): Integer {
    const { inserted } = this
    return typeof inserted === 'number' && inserted < Number.MAX_SAFE_INTEGER
      ? inserted + 1
      : normalize(BigInt(inserted) + 1n)
  }

  /** Insert values one behind the other. The last index; null, with nothing changed, without room. */
  insert(texts: readonly string[]): Integer | null {
    const first = this.next
    if (first === null) return null
    const last = add(first, texts.length - 1)
    if (last > MAX_INDEX) return null
    if (texts.length > 1) this.prepare(first, last)
    texts.forEach((text, i) => {
      this.set(add(first, i), text)
    })
    this.inserted = last
    return last
  }

  /** Insert values into a ring of this size, over the oldest ones if it is full. The last index. */
  insertInRing(size: Integer, texts: readonly string[]): Integer {
    this.resizeRing(size)
    for (const text of texts) {
      const next = this.following
      this.inserted = next < size ? next : modulo(next, size)
      this.set(this.inserted, text)
    }
    return this.inserted
  }

  /**
   * Put the latest values to the beginning, in their order, where the ring has become smaller, or
   * larger after it went round: the next value would otherwise go over old ones. A ring that was
   * sought back to its beginning is left to grow as it stands. Values count up to the first hole.
   */
  private resizeRing(size: Integer): void {
    const { length } = this
    const smaller = size < length
    const wentRound = size > length && this.inserted !== NONE && this.following < length
    if (length === 0 || !(smaller || wentRound)) return
    const keep = smaller ? size : length
    const latest: Stored[] = []
    let at = this.inserted === NONE ? add(length, -1) : modulo(this.inserted, length)
    while (latest.length < keep) {
      const value = this.items.get(at)
      if (value === undefined) break
      latest.push(value)
      at = at === 0 ? add(length, -1) : add(at, -1)
    }
    this.items = new SparseArray(this.limits)
    for (let i = 0; i < latest.length; i++)
      this.items.set(i, latest[latest.length - 1 - i] as Stored)
    this.inserted = latest.length - 1
  }

  /**
   * The values up to where the last was inserted, the newest first: so many places, round the end
   * and holes included.
   */
  latest(count: number): (string | null)[] {
    const { length, inserted } = this
    const found: (string | null)[] = []
    let at = inserted === NONE || inserted >= length ? add(length, -1) : inserted
    while (found.length < count) {
      found.push(this.get(at))
      at = at === 0 ? add(length, -1) : add(at, -1)
    }
    return found
  }
}

/** The sum, which is not below zero. */
function add(index: Integer, n: number): Integer {
  if (typeof index === 'number' && index + n <= Number.MAX_SAFE_INTEGER) return index + n
  return normalize(BigInt(index) + BigInt(n))
}

function modulo(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') return a % b
  return normalize(BigInt(a) % BigInt(b))
}

/** The number that a text stands for as a decimal, as Redis takes it: exactly, or as it stores it. */
function decimalOf(text: string): LongDouble | undefined {
  const double = shortDouble(text)
  return double === undefined ? parseLongDouble(text) : longDoubleOf(double)
}

const PLAIN = /^-?[0-9]*\.[0-9]*$/
const bits = new DataView(new ArrayBuffer(8))

/**
 * The double as which Redis stores a text: a plain decimal that it prints in the same way, and whose
 * last two bits, which it needs for itself, are zero. Such a value takes part in sums as what it is
 * stored as, every other one as what it says: 0.14 and 0.15 differ in that.
 */
export function shortDouble(text: string): number | undefined {
  if (text.length > 32 || !PLAIN.test(text) || !/[0-9]/.test(text)) return undefined
  const n = Number(text)
  bits.setFloat64(0, n)
  if ((bits.getUint32(4) & 3) !== 0) return undefined
  const printed = formatDouble(n)
  return printed === text || `${printed}.0` === text ? n : undefined
}
