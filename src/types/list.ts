/**
 * Lists: a deque, and the layout that Redis would report for it.
 *
 * Redis keeps a small list as one listpack, and a longer one as a quicklist, a row of them. A list
 * becomes a quicklist when what is about to be added would exceed `list-max-listpack-size`, and a
 * listpack again only when it has shrunk to half of that, so that one that grows and shrinks around
 * the limit is not converted each time. That depends on the list's past and on what a listpack
 * would weigh to the byte; so both are kept beside the elements, by whoever changes them: here.
 * (Redis also waits until what is left stands in a single node of the row. There are no such nodes
 * here, so a list that has shrunk across the border of two is a listpack somewhat earlier.)
 */
import { Deque } from '../structs/deque.ts'

/** A listpack's header and its end. */
const EMPTY = 7
/** A listpack that is limited by the number of its elements is limited to these bytes as well. */
const SAFE_BYTES = 8192
const LEVELS = [4096, 8192, 16384, 32768, 65536]
/** Elements that are measured at a time before they are removed. */
const BLOCK = 4096

export class List {
  readonly type = 1 as const // LIST; `value.ts` cannot be imported for it without a cycle.
  /** For reading; changes go through the list. */
  readonly items: Deque
  /** Bytes that the elements would take in one listpack. */
  packed: number = EMPTY
  /** Whether it is a quicklist. */
  private chained = false
  /** False for a list that was just loaded: its layout is decided when somebody asks. */
  private settled = true
  /** What such a list was before the first element went. */
  private first: { readonly packed: number; readonly length: number } | null = null

  constructor(items: Deque = new Deque()) {
    this.items = items
  }

  /** A list that is filled without regard to its layout, which its final size decides. */
  static loaded(): List {
    const list = new List()
    list.settled = false
    return list
  }

  get length(): number {
    return this.items.length
  }

  /** A list of its own with the same elements and layout. */
  copy(): List {
    const items = new Deque()
    this.items.forEach((item) => {
      items.pushTail(item)
    })
    return this.around(items)
  }

  /** As `copy`, at once: what the two have in common is copied when one of them changes. */
  share(): List {
    return this.around(this.items.share())
  }

  private around(items: Deque): List {
    const copy = new List(items)
    copy.packed = this.packed
    copy.chained = this.chained
    copy.settled = this.settled
    copy.first = this.first
    return copy
  }

  // ---- Changing ---------------------------------------------------------------------------------

  pushHead(value: string): void {
    this.packed += packedBytes(value)
    this.items.pushHead(value)
  }

  pushTail(value: string): void {
    this.packed += packedBytes(value)
    this.items.pushTail(value)
  }

  popHead(): string | undefined {
    if (!this.settled) this.remember()
    const value = this.items.popHead()
    if (value !== undefined) this.packed -= packedBytes(value)
    return value
  }

  popTail(): string | undefined {
    if (!this.settled) this.remember()
    const value = this.items.popTail()
    if (value !== undefined) this.packed -= packedBytes(value)
    return value
  }

  /** Put a value before the element at `i`. */
  insert(i: number, value: string): void {
    this.packed += packedBytes(value)
    this.items.insert(i, value)
  }

  /** Replace the element at `i`; false if there is none. */
  set(i: number, value: string): boolean {
    const old = this.items.at(i)
    if (old === undefined) return false
    if (!this.settled) this.remember()
    this.packed += packedBytes(value) - packedBytes(old)
    return this.items.set(i, value)
  }

  /** Remove elements that equal a value, `most` of them, from the head or the tail. How many. */
  removeEqual(value: string, most: number, direction: 1 | -1): number {
    if (!this.settled) this.remember()
    const removed = this.items.removeEqual(value, most, direction)
    this.packed -= removed * packedBytes(value)
    return removed
  }

  /** Remove `count` elements from `start` on. */
  removeRange(start: number, count: number): void {
    if (!this.settled) this.remember()
    const end = Math.min(this.length, start + count)
    if (start <= 0 && end === this.length) this.packed = EMPTY
    else {
      for (let from = start; from < end; from += BLOCK) {
        for (const value of this.items.range(from, Math.min(end, from + BLOCK))) {
          this.packed -= packedBytes(value)
        }
      }
    }
    this.items.removeRange(start, count)
  }

  // ---- Layout -----------------------------------------------------------------------------------

  /** Elements are about to be added: `count` of them, of so many bytes altogether. */
  grow(limit: number, count: number, bytes: number): void {
    if (!this.settled) this.settle(limit)
    if (this.chained) return
    this.chained = exceeds(limit, this.packed + bytes, this.length + count)
  }

  /** Elements were removed, or replaced by shorter ones. */
  shrunk(limit: number): void {
    if (!this.settled) this.settle(limit)
    if (!this.chained) return
    if (limit >= 0) this.chained = this.length > Math.max(1, limit) >> 1
    else this.chained = this.packed > levelOf(limit) >> 1
  }

  /** As OBJECT ENCODING reports it; `limit` is `list-max-listpack-size`. */
  encoding(limit: number): string {
    if (!this.settled) this.settle(limit)
    return this.chained ? 'quicklist' : 'listpack'
  }

  /** Make it a quicklist, as which it was stored. */
  chain(): void {
    this.chained = true
    this.settled = true
  }

  private remember(): void {
    this.first ??= { packed: this.packed, length: this.length }
  }

  private settle(limit: number): void {
    const { packed, length } = this.first ?? this
    this.chained = exceeds(limit, packed, length)
    this.settled = true
    this.first = null
  }
}

/** The bytes that a node of a quicklist may have. */
export const nodeBytes = (limit: number): number => (limit < 0 ? levelOf(limit) : SAFE_BYTES)

/** A limit below zero names a class of bytes: -1 is 4 KB, -2 is 8 KB, up to -5. */
const levelOf = (limit: number): number => LEVELS[Math.min(-limit, LEVELS.length) - 1] as number

function exceeds(limit: number, bytes: number, length: number): boolean {
  if (limit < 0) return bytes > levelOf(limit)
  return bytes > SAFE_BYTES || length > Math.max(1, limit)
}

/**
 * What an element takes in a listpack: a head, its bytes, and its own length once more for those
 * who read backwards. Whole numbers are packed.
 */
function packedBytes(value: string): number {
  const { length } = value
  if (length <= 20) {
    const bytes = integerBytes(value)
    if (bytes > 0) return bytes + 1
  }
  const body = length + (length < 64 ? 1 : length < 4096 ? 2 : 5)
  return body + (body < 128 ? 1 : body < 16383 ? 2 : body < 2097151 ? 3 : body < 268435455 ? 4 : 5)
}

/** Head and bytes of a whole number of 64 bits in its one canonical form; 0 for anything else. */
function integerBytes(value: string): number {
  const { length } = value
  if (length === 0) return 0
  const first = value.charCodeAt(0)
  const start = first === 45 ? 1 : 0
  const lead = value.charCodeAt(start)
  if (lead === 48) return length === 1 ? 1 : 0
  if (!(lead > 48 && lead <= 57)) return 0
  let n = lead - 48
  for (let i = start + 1; i < length; i++) {
    const digit = value.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return 0
    n = n * 10 + digit
  }
  if (length - start >= 19) {
    const exact = BigInt(value)
    return exact === BigInt.asIntN(64, exact) ? 9 : 0
  }
  // Below zero there is room for one more, but for the seven bits, which have no sign.
  if (start === 0 && n < 128) return 1
  const most = start === 1 ? n - 1 : n
  if (most < 4096) return 2
  if (most < 32768) return 3
  if (most < 8388608) return 4
  return most < 2147483648 ? 5 : 9
}
