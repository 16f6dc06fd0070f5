/**
 * A list of byte strings, fast at both ends and fair in the middle.
 *
 * A small list is one ring that doubles up to 512 elements; a longer one is a row of such rings, the
 * chunks. Pushing and popping touch the outer chunks only. While nobody inserts or removes in the
 * middle, all inner chunks are full, and the place of an index is arithmetic. After that it is found by
 * walking over the chunks, from the nearer end: 1,000 steps for a million elements, where Redis's
 * quicklist walks nodes as well.
 *
 * A chunk that has two others between itself and either end is packed (packed.ts): 19 bytes for an element of
 * sixteen instead of 42. It becomes a ring again when it is the outermost; until then a list that
 * grows and shrinks has pushed or popped 512 elements, so that this costs each of them little.
 *
 * An insertion moves at most half a chunk; a full one is divided in two. A removal that leaves two
 * neighbours less than half full together joins them.
 */

import { MOST_PACKED, Packed } from './packed.ts'

const BITS = 9
const CHUNK = 1 << BITS
const FIRST_CAPACITY = 4

/** Up to 512 elements. */
type Chunk = Ring | Packed

/** A ring, in an array whose length is a power of two. */
class Ring {
  items: string[]
  head: number
  count: number
  /** Another ring has the same array: it must stay as it is. */
  shared: boolean

  constructor(capacity: number) {
    this.items = new Array<string>(capacity).fill('')
    this.head = 0
    this.count = 0
    this.shared = false
  }

  /** The same elements, in the same array until either ring changes. */
  share(): Ring {
    const twin = new Ring(0)
    twin.items = this.items
    twin.head = this.head
    twin.count = this.count
    twin.shared = true
    this.shared = true
    return twin
  }

  private own(): void {
    this.items = this.items.slice()
    this.shared = false
  }

  at(i: number): string {
    // The mask keeps the index inside.
    return this.items[(this.head + i) & (this.items.length - 1)] as string
  }

  is(i: number, value: string): boolean {
    return this.at(i) === value
  }

  set(i: number, value: string): void {
    if (this.shared) this.own()
    this.put(i, value)
  }

  private put(i: number, value: string): void {
    this.items[(this.head + i) & (this.items.length - 1)] = value
  }

  insert(i: number, value: string): void {
    if (this.count === this.items.length) this.resize(2 * this.count)
    if (this.shared) this.own()
    if (i < this.count >> 1) {
      this.head = (this.head - 1) & (this.items.length - 1)
      for (let j = 0; j < i; j++) this.put(j, this.at(j + 1))
    } else {
      for (let j = this.count; j > i; j--) this.put(j, this.at(j - 1))
    }
    this.count++
    this.put(i, value)
  }

  remove(i: number): string {
    if (this.shared) this.own()
    const value = this.at(i)
    if (i < this.count >> 1) {
      for (let j = i; j > 0; j--) this.put(j, this.at(j - 1))
      this.put(0, '')
      this.head = (this.head + 1) & (this.items.length - 1)
    } else {
      for (let j = i; j < this.count - 1; j++) this.put(j, this.at(j + 1))
      this.put(this.count - 1, '')
    }
    this.count--
    if (this.count < this.items.length >> 2 && this.count >= FIRST_CAPACITY) {
      this.resize(this.items.length >> 1)
    }
    return value
  }

  /** Removes elements that equal a value, at most so many, seen from either end. */
  removeEqual(value: string, most: number, direction: 1 | -1): number {
    let found = 0
    const start = direction === 1 ? 0 : this.count - 1
    for (let i = start; i >= 0 && i < this.count && found < most; i += direction) {
      if (this.at(i) === value) found++
    }
    if (found === 0) return 0
    // From the tail on, the first of them stay if they are too many.
    let spare = 0
    if (direction === -1 && found === most) {
      for (let i = 0; i < this.count; i++) if (this.at(i) === value) spare++
      spare -= found
    }
    const rest = new Ring(capacityFor(this.count - found))
    let left = found
    for (let i = 0; i < this.count; i++) {
      const item = this.at(i)
      if (item === value && spare > 0) spare--
      else if (item === value && left > 0) {
        left--
        continue
      }
      rest.items[rest.count++] = item
    }
    this.items = rest.items
    this.shared = false
    this.head = 0
    this.count = rest.count
    return found
  }

  resize(capacity: number): void {
    const items = new Array<string>(capacity).fill('')
    for (let i = 0; i < this.count; i++) items[i] = this.at(i)
    this.items = items
    this.shared = false
    this.head = 0
  }

  /** Removes a run, which the caller knows to be inside. */
  cut(start: number, count: number): void {
    const rest = new Ring(capacityFor(this.count - count))
    for (let i = 0; i < start; i++) rest.items[rest.count++] = this.at(i)
    for (let i = start + count; i < this.count; i++) rest.items[rest.count++] = this.at(i)
    this.items = rest.items
    this.shared = false
    this.head = 0
    this.count = rest.count
  }
}

function ringOf(chunk: Chunk): Ring {
  if (chunk instanceof Ring) return chunk
  const ring = new Ring(capacityFor(chunk.count))
  for (let i = 0; i < chunk.count; i++) ring.items[ring.count++] = chunk.at(i)
  return ring
}

/** Packed, if the elements are short enough for that. */
function packed(chunk: Chunk): Chunk {
  if (chunk instanceof Packed) return chunk
  const values: string[] = []
  let size = 0
  for (let i = 0; i < chunk.count; i++) {
    const value = chunk.at(i)
    size += value.length
    if (size > MOST_PACKED) return chunk
    values.push(value)
  }
  return new Packed(values)
}

/** The elements of two chunks in one. */
function joined(left: Chunk, right: Chunk): Chunk {
  const ring = ringOf(left)
  for (let i = 0; i < right.count; i++) ring.insert(ring.count, right.at(i))
  return left instanceof Packed ? packed(ring) : ring
}

function capacityFor(count: number): number {
  let capacity = FIRST_CAPACITY
  while (capacity < count) capacity *= 2
  return capacity
}

export class Deque {
  length: number
  /** Sum of the elements' lengths. */
  bytes: number
  private first: Ring
  private last: Ring
  /** All chunks, `first` and `last` included; null while there is only one. */
  private chunks: Chunk[] | null
  /** Whether every inner chunk is full. */
  private regular: boolean

  constructor() {
    this.length = 0
    this.bytes = 0
    this.first = new Ring(FIRST_CAPACITY)
    this.last = this.first
    this.chunks = null
    this.regular = true
  }

  /** A list of its own with the same elements. It costs a step a chunk: chunks are shared until they change. */
  share(): Deque {
    const twin = new Deque()
    twin.length = this.length
    twin.bytes = this.bytes
    twin.regular = this.regular
    const { chunks } = this
    if (chunks === null) {
      twin.first = this.first.share()
      twin.last = twin.first
    } else {
      twin.chunks = chunks.map((chunk) => chunk.share())
      // Both ends are rings.
      twin.first = twin.chunks[0] as Ring
      twin.last = twin.chunks[chunks.length - 1] as Ring
    }
    return twin
  }

  pushHead(value: string): void {
    if (this.first.count === CHUNK) this.addChunk(0)
    this.first.insert(0, value)
    this.length++
    this.bytes += value.length
  }

  pushTail(value: string): void {
    if (this.last.count === CHUNK) this.addChunk(this.chunks === null ? 1 : this.chunks.length)
    this.last.insert(this.last.count, value)
    this.length++
    this.bytes += value.length
  }

  popHead(): string | undefined {
    if (this.length === 0) return undefined
    const value = this.first.remove(0)
    this.length--
    this.bytes -= value.length
    if (this.first.count === 0) this.dropChunk(0)
    return value
  }

  popTail(): string | undefined {
    if (this.length === 0) return undefined
    const value = this.last.remove(this.last.count - 1)
    this.length--
    this.bytes -= value.length
    if (this.last.count === 0) this.dropChunk(this.chunks === null ? 0 : this.chunks.length - 1)
    return value
  }

  /** The element at an index, or undefined outside. */
  at(i: number): string | undefined {
    if (i < 0 || i >= this.length) return undefined
    if (this.chunks === null) return this.first.at(i)
    const place = this.locate(i)
    return this.chunk(place >>> BITS).at(place & (CHUNK - 1))
  }

  /** Replaces the element at an index; false outside. */
  set(i: number, value: string): boolean {
    if (i < 0 || i >= this.length) return false
    const place = this.locate(i)
    const offset = place & (CHUNK - 1)
    const more = value.length - this.chunk(place >>> BITS).at(offset).length
    this.roomy(place >>> BITS, more).set(offset, value)
    this.bytes += more
    return true
  }

  /** Puts a value before the element at `i`, for i from 0 to length. */
  insert(i: number, value: string): void {
    if (i <= 0) {
      this.pushHead(value)
      return
    }
    if (i >= this.length) {
      this.pushTail(value)
      return
    }
    let place = this.locate(i)
    if (this.chunk(place >>> BITS).count === CHUNK) {
      this.divide(place >>> BITS)
      place = this.locate(i)
    }
    this.roomy(place >>> BITS, value.length).insert(place & (CHUNK - 1), value)
    this.length++
    this.bytes += value.length
  }

  /** Takes out the element at an index. */
  removeAt(i: number): string | undefined {
    if (i < 0 || i >= this.length) return undefined
    const place = this.locate(i)
    const at = place >>> BITS
    const value = this.chunk(at).remove(place & (CHUNK - 1))
    this.length--
    this.bytes -= value.length
    this.afterRemoval(at)
    return value
  }

  /** The elements from `start` up to, but not including, `end`. */
  range(start: number, end: number): string[] {
    const from = Math.max(0, start)
    const to = Math.min(this.length, end)
    const values: string[] = []
    if (from >= to) return values
    const place = this.locate(from)
    let at = place >>> BITS
    let offset = place & (CHUNK - 1)
    let left = to - from
    while (left > 0) {
      const chunk = this.chunk(at++)
      const stop = Math.min(chunk.count, offset + left)
      left -= stop - offset
      for (; offset < stop; offset++) values.push(chunk.at(offset))
      offset = 0
    }
    return values
  }

  /** Visits all elements from head to tail. The visitor changes nothing. */
  forEach(visit: (value: string, i: number) => void): void {
    let i = 0
    const chunks = this.chunks === null ? 1 : this.chunks.length
    for (let at = 0; at < chunks; at++) {
      const chunk = this.chunk(at)
      for (let offset = 0; offset < chunk.count; offset++) visit(chunk.at(offset), i++)
    }
  }

  /**
   * The index of a value, looked for from `from` towards the tail (direction 1) or the head
   * (direction -1), or -1.
   */
  indexOf(value: string, from: number = 0, direction: 1 | -1 = 1): number {
    for (const i of this.matches(value, from, direction)) return i
    return -1
  }

  /**
   * The indexes of all elements that equal a value, in the order of the direction, among the first
   * `most` elements from `from` on. Nothing is changed meanwhile.
   */
  *matches(
    value: string,
    from: number = 0,
    direction: 1 | -1 = 1,
    most: number = Number.POSITIVE_INFINITY,
  ): Generator<number, void> {
    let i = direction === 1 ? Math.max(0, from) : Math.min(this.length - 1, from)
    if (i < 0 || i >= this.length) return
    const end = direction === 1 ? Math.min(this.length, i + most) : Math.max(-1, i - most)
    const place = this.locate(i)
    let at = place >>> BITS
    let offset = place & (CHUNK - 1)
    for (;;) {
      const chunk = this.chunk(at)
      for (; offset >= 0 && offset < chunk.count; offset += direction) {
        if (i === end) return
        if (chunk.is(offset, value)) yield i
        i += direction
      }
      if (i === end) return
      at += direction
      offset = direction === 1 ? 0 : this.chunk(at).count - 1
    }
  }

  /**
   * Takes out elements that equal a value, at most `most` of them, from the head on (direction 1) or
   * from the tail on (direction -1). Returns how many. All of them cost one walk over the elements.
   */
  removeEqual(
    value: string,
    most: number = Number.POSITIVE_INFINITY,
    direction: 1 | -1 = 1,
  ): number {
    const chunks = this.chunks ?? [this.first]
    let removed = 0
    let at = direction === 1 ? 0 : chunks.length - 1
    for (; at >= 0 && at < chunks.length && removed < most; at += direction) {
      removed += (chunks[at] as Chunk).removeEqual(value, most - removed, direction)
    }
    if (removed === 0) return 0
    this.length -= removed
    this.bytes -= removed * value.length
    if (this.length === 0) this.clear()
    else if (this.chunks !== null) this.compact()
    return removed
  }

  /** Keeps the first `length` elements. */
  truncate(length: number): void {
    this.removeRange(length, this.length - length)
  }

  /** Takes out `count` elements from `start` on; what lies outside is ignored. */
  removeRange(start: number, count: number): void {
    const from = Math.max(0, start)
    let left = Math.min(this.length, start + count) - from
    if (left <= 0) return
    if (left === this.length) {
      this.clear()
      return
    }
    // What is taken from an end leaves the inner chunks full.
    const inside = from > 0 && from + left < this.length
    const place = this.locate(from)
    let at = place >>> BITS
    let offset = place & (CHUNK - 1)
    this.length -= left
    let firstEmpty = -1
    let empty = 0
    const touched = at
    while (left > 0) {
      const chunk = this.chunk(at)
      const run = Math.min(left, chunk.count - offset)
      for (let i = offset; i < offset + run; i++) this.bytes -= chunk.at(i).length
      if (run === chunk.count) {
        if (firstEmpty < 0) firstEmpty = at
        empty++
      } else {
        chunk.cut(offset, run)
      }
      left -= run
      offset = 0
      at++
    }
    if (this.chunks === null) return
    if (inside) this.regular = false
    if (empty > 0) this.chunks.splice(firstEmpty, empty)
    this.settle()
    this.joinAround(touched)
    this.joinAround(touched + 1)
  }

  clear(): void {
    this.length = 0
    this.bytes = 0
    this.first = new Ring(FIRST_CAPACITY)
    this.last = this.first
    this.chunks = null
    this.regular = true
  }

  // ── Chunks ─────────────────────────────────────────────────────────────────────────────────

  private chunk(at: number): Chunk {
    return this.chunks === null ? this.first : (this.chunks[at] as Chunk)
  }

  /** The chunk, fit to take so many bytes more. */
  private roomy(at: number, more: number): Chunk {
    const chunk = this.chunk(at)
    if (chunk instanceof Ring || chunk.fits(more)) return chunk
    const ring = ringOf(chunk)
    ;(this.chunks as Chunk[])[at] = ring
    return ring
  }

  /** Chunk and offset of an index in one number: chunk × 512 + offset. */
  private locate(i: number): number {
    if (i < this.first.count) return i
    if (this.regular) return CHUNK + i - this.first.count
    const chunks = this.chunks as Chunk[]
    if (i < this.length >> 1) {
      let at = 0
      let left = i
      while (left >= this.chunk(at).count) left -= this.chunk(at++).count
      return at * CHUNK + left
    }
    let at = chunks.length - 1
    let start = this.length - this.chunk(at).count
    while (start > i) start -= this.chunk(--at).count
    return at * CHUNK + (i - start)
  }

  /** A new empty chunk at either end, where the old one is full. */
  private addChunk(at: number): void {
    const chunks = this.chunks ?? [this.first]
    // An outer chunk that is not full would become an inner one: that of the other end may be.
    chunks.splice(at, 0, new Ring(CHUNK))
    this.chunks = chunks
    this.settle()
  }

  private dropChunk(at: number): void {
    if (this.chunks === null) return
    this.chunks.splice(at, 1)
    this.settle()
  }

  /** Drops empty chunks and joins sparse ones, after many were thinned out. */
  private compact(): void {
    const kept: Chunk[] = []
    for (const chunk of this.chunks as Chunk[]) {
      const before = kept[kept.length - 1]
      if (chunk.count === 0) continue
      if (before === undefined || before.count + chunk.count > CHUNK >> 1) kept.push(chunk)
      else kept[kept.length - 1] = joined(before, chunk)
    }
    this.chunks = kept
    this.regular = false
    this.settle()
  }

  /** Keeps `first`, `last` and the flags in step with the row of chunks. */
  private settle(): void {
    const chunks = this.chunks as Chunk[]
    const last = chunks.length - 1
    this.first = ringOf(chunks[0] as Chunk)
    chunks[0] = this.first
    this.last = ringOf(chunks[last] as Chunk)
    chunks[last] = this.last
    if (last >= 4) {
      chunks[2] = packed(chunks[2] as Chunk)
      chunks[last - 2] = packed(chunks[last - 2] as Chunk)
    }
    if (chunks.length <= 2) this.regular = true
    if (chunks.length === 1) this.chunks = null
  }

  /** Moves the upper half of a full chunk to a new one behind it. */
  private divide(at: number): void {
    const chunks = this.chunks ?? [this.first]
    const chunk = chunks[at] as Chunk
    const upper = new Ring(CHUNK)
    const half = CHUNK >> 1
    for (let i = half; i < CHUNK; i++) upper.items[upper.count++] = chunk.at(i)
    chunk.cut(half, CHUNK - half)
    chunks.splice(at + 1, 0, chunk instanceof Packed ? packed(upper) : upper)
    this.chunks = chunks
    this.regular = false
    this.settle()
  }

  private afterRemoval(at: number): void {
    if (this.chunks === null) return
    if (this.chunk(at).count === 0) {
      this.dropChunk(at)
      return
    }
    if (at > 0 && at < this.chunks.length - 1) this.regular = false
    this.joinAround(at)
  }

  /** Joins a chunk with its successor or its predecessor if they fill less than half of one. */
  private joinAround(at: number): void {
    for (let left = at; left >= at - 1; left--) {
      if (this.chunks === null || left < 0 || left + 1 >= this.chunks.length) continue
      const into = this.chunk(left)
      const from = this.chunk(left + 1)
      if (into.count + from.count > CHUNK >> 1) continue
      this.chunks.splice(left, 2, joined(into, from))
      this.regular = false
      this.settle()
    }
  }
}
