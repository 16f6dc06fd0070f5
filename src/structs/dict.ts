// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * A dictionary of byte strings that never stalls, can be sampled and can be scanned.
 *
 * Entries sit densely in chunks of 4,096, so that growing never copies more than one small chunk. A key and
 * its value stand side by side, because a lookup waits for memory more than for anything else. What only
 * some entries have, a number (a deadline, a score) and an access clock, is in columns of their own, and a
 * dictionary may do without values altogether. An entry's place is its index; a random one is an index
 * drawn at random. Deleting moves the last entry into the hole.
 *
 * That swap is why `scan` walks downwards: the entry that moves always comes from the part already
 * visited, so it is never missed, and the cursor (how many slots are still to visit) needs no state
 * and always shrinks. Nor is it met twice by the walk that was here last: a hole in what that walk has
 * before it is filled with the next one that it would visit, and only the place of that one with the
 * last entry. The walk's border goes down by one with each, which is all that is remembered.
 *
 * The index is extendible hashing. The top bits of a hash choose a slot of the directory, which
 * names a segment: an Int32Array of pairs [hash, index + 1] with linear probing. A full segment
 * splits alone, some 1,500 entries, and now and then the directory doubles, which copies
 * pointers. JavaScript's own Map rehashes all at once (310 ms at 4 million keys) and ends at 2^24.
 * A dictionary of up to eight entries has no index and compares; the next ones have one segment
 * that doubles from 16 slots to 2,048, and only then comes a directory.
 *
 * Hashing costs 1.6 ns a character here, which is most of a lookup, and V8 offers no way to the hash
 * that it caches in a string. So a dictionary may have a front cache: five characters of the key
 * choose a slot, the slot names an index, and if the key at that index is the right one, that
 * was all (same strings again and again, 1,000 keys: 19 ns instead of 48). Entries of the cache need no
 * care when the dictionary changes, because they are always checked. When it helps too seldom it
 * goes to sleep for a while.
 *
 * Hostile keys: multipliers and start of the hash come from a seed that nobody outside knows, and
 * the directory may not outgrow what the number of entries explains; a segment that still
 * overflows grows instead of splitting.
 *
 * Shrinking happens in the same small steps: two neighbouring segments that are together less than
 * three eighths full become one, the directory halves when no segment needs its last bit, a single
 * segment halves below three sixteenths, and all but one spare chunk are dropped behind the last
 * entry.
 *
 * Keys are stored as they come. A caller that has a slice or a rope flattens it first
 * (`flatten` in util/bytes.ts), or the key keeps the string it was cut from.
 */
import { invariant } from '../util/assert.ts'

const CHUNK_BITS = 12
const CHUNK = 1 << CHUNK_BITS
const CHUNK_MASK = CHUNK - 1

/** Up to here there is no index; a smaller bound on the way down avoids going back and forth. */
const MOST_LINEAR = 8
const LINEAR_AGAIN = 4

const LEAST_SLOTS = 16
const MOST_SLOTS = 2048
/** Segments of this fill or less look for a neighbour to merge with. */
const SPARSE = (MOST_SLOTS * 3) / 16

const MAX_DEPTH = 20
/** The directory doubles only if there are at least so many entries for each of its slots. */
const LEAST_SHARE = 96

const FIRST_CAPACITY = 4

/** A segment's pairs are followed by its number of entries and its depth. */
type Segment = Int32Array

/** The front cache has 2^14 slots: 64 KB. */
const CACHE_SHIFT = 32 - 14
/** A miss uses up two of it and a hit gives one back: with fewer than two hits in three, sleep. */
const PATIENCE = 4096
/** So many lookups later it is tried again. */
const SLEEP = 1 << 18

/** Segments are taken apart from here when they split. */
let scratch: Int32Array = new Int32Array(0)

export interface DictOptions {
  /** Add a front cache, for keys that are looked up often, once there are enough keys. */
  readonly hot?: boolean
  /** Without them there are only keys, and what is given as a value is forgotten. */
  readonly values?: boolean
}

export class Dict<V> {
  /** Number of entries. Indices run from 0 to size - 1. */
  size: number
  /** Told of every entry that a deletion moved, after the moves. */
  onMove: ((from: number, to: number) => void) | null

  /** 1 where keys and values stand in turn, 0 where there are only keys. */
  private readonly wide: 0 | 1
  // The first chunk has a field of its own: a small dictionary then needs no array of chunks.
  private first: (string | V)[]
  private chunks: (string | V)[][] | null
  private numbers: (Float64Array | null)[] | null
  private clocks: (Uint32Array | null)[] | null
  /** 1 for each chunk that another dictionary reads as well: it is copied before it changes. */
  private shared: Uint8Array | null

  private directory: Segment[] | null
  /** 31 minus the directory's depth, for `(hash >>> 1) >>> shift`, which also works at depth 0. */
  private shift: number
  /** How many segments there are of each depth. */
  private census: number[] | null

  private readonly wantsCache: boolean
  /** Index + 1 of a key seen lately, or 0. */
  private cache: Int32Array | null
  /** Patience left with the cache, or, below zero, lookups until it is tried again. */
  private patience: number

  /** The cursor that the last walk was given, and how many slots it really has before it. */
  private issued: number
  private unvisited: number

  private readonly start: number
  private readonly multiplierA: number
  private readonly multiplierB: number

  constructor(seed: number, { hot = false, values = true }: DictOptions = {}) {
    this.size = 0
    this.onMove = null
    this.wide = values ? 1 : 0
    this.first = []
    this.chunks = null
    this.numbers = null
    this.clocks = null
    this.shared = null
    this.directory = null
    this.shift = 31
    this.census = null
    this.wantsCache = hot
    this.cache = null
    this.patience = PATIENCE
    this.issued = 0
    this.unvisited = 0
    this.start = mix(seed | 0)
    // Odd, so that a product keeps every bit of its factor.
    this.multiplierA = mix(this.start ^ 0x2545f491) | 1
    this.multiplierB = mix(this.multiplierA ^ 0x6c8e9cf5) | 1
  }

  // ── Finding ────────────────────────────────────────────────────────────────────────────────

  /** The index of a key, or -1. */
  find(key: string): number {
    if (this.directory === null) {
      const { first, wide } = this
      for (let i = this.size - 1; i >= 0; i--) if (first[i << wide] === key) return i
      return -1
    }
    if (this.cache !== null && key.length >= 4) {
      if (this.patience > 0) return this.findCached(key, this.cache, this.directory)
      if (++this.patience === 0) this.patience = PATIENCE
    }
    return this.findHashed(key, this.hash(key), this.directory)
  }

  private findCached(key: string, cache: Int32Array, directory: Segment[]): number {
    // Where names differ: at the end, or around the middle when they share a suffix.
    const last = key.length - 1
    const end =
      key.charCodeAt(last) |
      (key.charCodeAt(last - 1) << 8) |
      (key.charCodeAt(last - 2) << 16) |
      (key.charCodeAt(last - 3) << 24)
    const slot = Math.imul(end + 31 * key.charCodeAt(last >> 1), 0x9e3779b1) >>> CACHE_SHIFT
    const guess = cache[slot]! - 1
    if (guess >= 0 && guess < this.size && this.keyAt(guess) === key) {
      if (this.patience < PATIENCE) this.patience++
      return guess
    }
    this.patience -= 2
    if (this.patience <= 0) this.patience = -SLEEP
    const i = this.findHashed(key, this.hash(key), directory)
    if (i >= 0) cache[slot] = i + 1
    return i
  }

  private findHashed(key: string, hash: number, directory: Segment[]): number {
    const segment = directory[(hash >>> 1) >>> this.shift]!
    const mask = (segment.length >>> 1) - 2
    let slot = hash & mask
    for (;;) {
      const place = segment[2 * slot + 1]!
      if (place === 0) return -1
      if (segment[2 * slot] === hash) {
        const i = place - 1
        const chunk = i < CHUNK ? this.first : this.chunks![i >>> CHUNK_BITS]!
        if (chunk[(i & CHUNK_MASK) << this.wide] === key) return i
      }
      slot = (slot + 1) & mask
    }
  }

  get(key: string): V | undefined {
    const i = this.find(key)
    return i < 0 ? undefined : this.valueAt(i)
  }

  has(key: string): boolean {
    return this.find(key) >= 0
  }

  /**
   * Two accumulators take two characters a multiplication: the two chains of multiplications run
   * side by side (15 to 20 % faster than one).
   */
  private hash(key: string): number {
    const length = key.length
    const k = this.multiplierA
    const l = this.multiplierB
    let a = this.start ^ length
    let b = k
    let i = 0
    for (const end = length - 3; i < end; i += 4) {
      a = Math.imul(a ^ (key.charCodeAt(i) | (key.charCodeAt(i + 1) << 16)), k)
      b = Math.imul(b ^ (key.charCodeAt(i + 2) | (key.charCodeAt(i + 3) << 16)), l)
    }
    for (; i < length; i++) a = Math.imul(a ^ key.charCodeAt(i), k)
    return mix(a ^ ((b << 15) | (b >>> 17)))
  }

  // ── Columns ────────────────────────────────────────────────────────────────────────────────

  keyAt(i: number): string {
    const chunk = i < CHUNK ? this.first : this.chunks![i >>> CHUNK_BITS]!
    return chunk[(i & CHUNK_MASK) << this.wide] as string
  }

  /** Undefined in a dictionary without values. */
  valueAt(i: number): V {
    // A V may itself be undefined, so there is nothing to assert.
    if (this.wide === 0) return undefined as V
    const chunk = i < CHUNK ? this.first : this.chunks![i >>> CHUNK_BITS]!
    return chunk[((i & CHUNK_MASK) << 1) + 1] as V
  }

  setValueAt(i: number, value: V): void {
    if (this.wide === 0) return
    if (this.shared !== null) this.own(i >>> CHUNK_BITS)
    const chunk = i < CHUNK ? this.first : this.chunks![i >>> CHUNK_BITS]!
    chunk[((i & CHUNK_MASK) << 1) + 1] = value
  }

  /** The number of the entry; 0 until it is set. */
  numberAt(i: number): number {
    if (this.numbers === null) return 0
    const column = this.numbers[i >>> CHUNK_BITS]!
    return column === null ? 0 : column[i & CHUNK_MASK]!
  }

  setNumberAt(i: number, n: number): void {
    if (this.numbers === null) {
      if (Object.is(n, 0)) return
      this.numbers = this.noColumns<Float64Array>()
    }
    const chunk = i >>> CHUNK_BITS
    let column = this.numbers[chunk]!
    if (column === null) {
      if (Object.is(n, 0)) return
      column = new Float64Array(this.roomOf(chunk))
      this.numbers[chunk] = column
    } else if (this.shared !== null) {
      this.own(chunk)
      column = this.numbers[chunk]!
    }
    column[i & CHUNK_MASK] = n
  }

  /** The access clock of the entry, an unsigned 32-bit number; 0 until it is set. */
  clockAt(i: number): number {
    if (this.clocks === null) return 0
    const column = this.clocks[i >>> CHUNK_BITS]!
    return column === null ? 0 : column[i & CHUNK_MASK]!
  }

  setClockAt(i: number, n: number): void {
    if (this.clocks === null) {
      if (n === 0) return
      this.clocks = this.noColumns<Uint32Array>()
    }
    const chunk = i >>> CHUNK_BITS
    let column = this.clocks[chunk]!
    if (column === null) {
      if (n === 0) return
      column = new Uint32Array(this.roomOf(chunk))
      this.clocks[chunk] = column
    }
    column[i & CHUNK_MASK] = n
  }

  private noColumns<T>(): (T | null)[] {
    return new Array<T | null>(this.chunks === null ? 1 : this.chunks.length).fill(null)
  }

  private roomOf(chunk: number): number {
    return chunk === 0 ? this.first.length >> this.wide : CHUNK
  }

  // ── Changing ───────────────────────────────────────────────────────────────────────────────

  /** Stores a value; true if the key is new. An old key keeps its number and its clock. */
  set(key: string, value: V): boolean {
    if (this.directory === null) {
      const i = this.find(key)
      if (i >= 0) {
        this.setValueAt(i, value)
        return false
      }
      this.insert(key, value)
      return true
    }
    const hash = this.hash(key)
    const i = this.findHashed(key, hash, this.directory)
    if (i >= 0) {
      this.setValueAt(i, value)
      return false
    }
    this.index(hash, this.append(key, value))
    return true
  }

  /** Adds a key that is known to be absent, and returns its index. */
  insert(key: string, value: V): number {
    const i = this.append(key, value)
    if (this.directory !== null) this.index(this.hash(key), i)
    else if (i >= MOST_LINEAR) this.buildIndex()
    return i
  }

  private append(key: string, value: V): number {
    const i = this.size++
    const { wide } = this
    const at = (i & CHUNK_MASK) << wide
    let chunk = this.first
    if (i >= CHUNK) {
      const n = i >>> CHUNK_BITS
      if (this.chunks === null || n === this.chunks.length) this.addChunk()
      chunk = this.chunks![n]!
    } else if (at === chunk.length) {
      this.resizeFirst(i === 0 ? FIRST_CAPACITY : 2 * i)
      chunk = this.first
    }
    chunk[at] = key
    if (wide === 1) chunk[at + 1] = value
    return i
  }

  private addChunk(): void {
    this.chunks ??= [this.first]
    this.chunks.push(new Array<string | V>(CHUNK << this.wide))
    if (this.numbers !== null) this.numbers.push(null)
    if (this.clocks !== null) this.clocks.push(null)
  }

  /** Gives the only chunk room for so many entries, columns included. */
  private resizeFirst(capacity: number): void {
    const { first, wide } = this
    const count = Math.min(capacity, first.length >> wide)
    const next = new Array<string | V>(capacity << wide)
    for (let i = 0; i < count << wide; i++) next[i] = first[i]!
    this.first = next
    const numbers = this.numbers?.[0]
    if (numbers) {
      const column = new Float64Array(capacity)
      column.set(numbers.subarray(0, count))
      this.numbers![0] = column
    }
    const clocks = this.clocks?.[0]
    if (clocks) {
      const column = new Uint32Array(capacity)
      column.set(clocks.subarray(0, count))
      this.clocks![0] = column
    }
  }

  delete(key: string): boolean {
    const i = this.find(key)
    if (i < 0) return false
    this.deleteAt(i)
    return true
  }

  /** Deletes an entry; another one takes its index, its number and clock with it. */
  deleteAt(i: number): void {
    const last = this.size - 1
    invariant(i >= 0 && i <= last, 'deleteAt outside of the dictionary')
    const hash = this.directory === null ? 0 : this.hash(this.keyAt(i))
    if (this.directory !== null) this.unindex(hash, i)
    let hole = i
    if (i < this.unvisited) {
      hole = --this.unvisited
      if (hole !== i) this.move(hole, i)
    }
    if (hole !== last) this.move(last, hole)
    this.forget(last)
    this.size = last
    if (this.directory !== null) this.shrinkIndex(hash, this.directory)
    this.shrinkColumns()
    if (this.onMove !== null) {
      if (hole !== i) this.onMove(hole, i)
      if (last !== hole) this.onMove(last, hole)
    }
  }

  private move(from: number, to: number): void {
    const key = this.keyAt(from)
    if (this.directory !== null) {
      const hash = this.hash(key)
      const segment = this.directory[(hash >>> 1) >>> this.shift]!
      segment[2 * this.slotOf(segment, hash, from) + 1] = to + 1
    }
    if (this.shared !== null) this.own(to >>> CHUNK_BITS)
    const chunk = to < CHUNK ? this.first : this.chunks![to >>> CHUNK_BITS]!
    chunk[(to & CHUNK_MASK) << this.wide] = key
    this.setValueAt(to, this.valueAt(from))
    this.setNumberAt(to, this.numberAt(from))
    this.setClockAt(to, this.clockAt(from))
  }

  /** Empties the last slot, so that nothing stays alive and no column is inherited. */
  private forget(last: number): void {
    const { wide } = this
    if (this.shared !== null) this.own(last >>> CHUNK_BITS)
    const chunk = last < CHUNK ? this.first : this.chunks![last >>> CHUNK_BITS]!
    const at = (last & CHUNK_MASK) << wide
    // The slot is outside of the dictionary now, where neither type is promised.
    chunk[at] = undefined as V
    if (wide === 1) chunk[at + 1] = undefined as V
    this.setNumberAt(last, 0)
    this.setClockAt(last, 0)
  }

  private shrinkColumns(): void {
    if (this.chunks !== null) {
      const needed = Math.max(1, (this.size + CHUNK_MASK) >>> CHUNK_BITS)
      // One chunk is kept in reserve, or a queue around a boundary would allocate all the time.
      if (this.chunks.length > needed + 1) {
        this.chunks.pop()
        if (this.numbers !== null) this.numbers.pop()
        if (this.clocks !== null) this.clocks.pop()
      }
    }
    const capacity = this.first.length >> this.wide
    if (this.size > capacity >>> 2 || capacity <= FIRST_CAPACITY) return
    if (this.chunks !== null) {
      this.chunks = null
      if (this.numbers !== null) this.numbers.length = 1
      if (this.clocks !== null) this.clocks.length = 1
    }
    this.resizeFirst(capacity >>> 1)
  }

  /** Forgets everything. The seed stays. */
  clear(): void {
    this.size = 0
    this.first = []
    this.chunks = null
    this.numbers = null
    this.clocks = null
    this.shared = null
    this.directory = null
    this.shift = 31
    this.census = null
    this.cache = null
    this.issued = 0
    this.unvisited = 0
  }

  // ── Sharing ────────────────────────────────────────────────────────────────────────────────

  /**
   * The entries as they are now, for walking through them: keys, values and numbers by index, but no
   * way to find one. It costs a step a chunk: chunks are shared until they change here.
   */
  share(): Dict<V> {
    const twin = new Dict<V>(0, { values: this.wide === 1 })
    const count = this.chunks === null ? 1 : this.chunks.length
    twin.size = this.size
    twin.first = this.first
    twin.chunks = this.chunks === null ? null : this.chunks.slice()
    twin.numbers = this.numbers === null ? null : this.numbers.slice()
    this.shared = new Uint8Array(count).fill(1)
    return twin
  }

  /** Before a chunk changes. What is added behind the last entry is no change: nobody looks there. */
  private own(chunk: number): void {
    const shared = this.shared!
    if (shared[chunk] !== 1) return
    shared[chunk] = 0
    if (!shared.includes(1)) this.shared = null
    if (chunk === 0) {
      this.first = this.first.slice()
      if (this.chunks !== null) this.chunks[0] = this.first
    } else this.chunks![chunk] = this.chunks![chunk]!.slice()
    const column = this.numbers?.[chunk]
    if (column) this.numbers![chunk] = column.slice()
  }

  // ── Walking ────────────────────────────────────────────────────────────────────────────────

  /**
   * Visits `count` entries and returns the cursor to go on from. 0 starts and 0 ends. What is there
   * from start to end is visited, whatever else comes and goes between the calls. The visitor may
   * delete the entry it is shown.
   */
  scan(
    cursor: number,
    count: number,
    visit: (key: string, value: V, index: number) => void,
  ): number {
    let at = this.resume(cursor)
    const stop = Math.max(0, at - count)
    while (at > stop) {
      at--
      if (at < this.size) visit(this.keyAt(at), this.valueAt(at), at)
    }
    return this.pause(stop)
  }

  /** How many slots a walk has before it that was given this cursor. It visits them downwards. */
  resume(cursor: number): number {
    const unvisited = cursor === this.issued ? this.unvisited : cursor
    this.issued = 0
    this.unvisited = 0
    return cursor === 0 ? this.size : Math.min(unvisited, this.size)
  }

  /** A walk rests with so many slots before it. Returns its cursor. */
  pause(unvisited: number): number {
    this.issued = unvisited
    this.unvisited = unvisited
    return unvisited
  }

  /** Visits all entries in the order of their indices. The visitor adds and deletes nothing. */
  forEach(visit: (key: string, value: V, index: number) => void): void {
    for (let i = 0; i < this.size; i++) visit(this.keyAt(i), this.valueAt(i), i)
  }

  // ── The index ──────────────────────────────────────────────────────────────────────────────

  private buildIndex(): void {
    this.directory = [newSegment(LEAST_SLOTS, 0)]
    if (this.wantsCache) this.cache ??= new Int32Array(2 ** (32 - CACHE_SHIFT))
    this.census = [1]
    this.shift = 31
    for (let i = 0; i < this.size; i++) this.index(this.hash(this.keyAt(i)), i)
  }

  private index(hash: number, i: number): void {
    const segment = this.directory![(hash >>> 1) >>> this.shift]!
    place(segment, hash, i + 1)
    const slots = (segment.length >>> 1) - 1
    if (++segment[2 * slots]! > slots - (slots >>> 2)) this.expand(hash, segment, slots)
  }

  /** Makes room in a segment: by doubling while it is small, by splitting it afterwards. */
  private expand(hash: number, segment: Segment, slots: number): void {
    const depth = segment[2 * slots + 1]!
    const globalDepth = 31 - this.shift
    if (slots >= MOST_SLOTS) {
      if (depth < globalDepth) {
        this.split(hash, segment, slots, depth)
        return
      }
      if (depth < MAX_DEPTH && this.size >>> (depth + 1) >= LEAST_SHARE) {
        this.doubleDirectory()
        this.split(hash, segment, slots, depth)
        return
      }
    }
    this.replace(hash, depth, rebuilt(segment, 2 * slots))
  }

  private doubleDirectory(): void {
    const old = this.directory!
    const directory = new Array<Segment>(2 * old.length)
    for (let i = 0; i < old.length; i++) {
      directory[2 * i] = old[i]!
      directory[2 * i + 1] = old[i]!
    }
    this.directory = directory
    this.shift--
    this.census!.push(0)
  }

  /** Divides a segment by the next bit of its hashes; one half stays in place. */
  private split(hash: number, segment: Segment, slots: number, depth: number): void {
    if (scratch.length < 2 * slots) scratch = new Int32Array(2 * slots)
    scratch.set(segment.subarray(0, 2 * slots))
    segment.fill(0)
    segment[2 * slots + 1] = depth + 1
    const upper = newSegment(slots, depth + 1)
    const bit = 0x80000000 >>> depth
    for (let at = 0; at < 2 * slots; at += 2) {
      const entry = scratch[at + 1]!
      if (entry === 0) continue
      const target = (scratch[at]! & bit) === 0 ? segment : upper
      place(target, scratch[at]!, entry)
      target[2 * slots]!++
    }
    this.census![depth]!--
    this.census![depth + 1]! += 2
    this.replace(hash | bit, depth + 1, upper)
  }

  /** Points all directory slots that share the first `depth` bits of a hash to a segment. */
  private replace(hash: number, depth: number, segment: Segment): void {
    const spread = 31 - this.shift - depth
    const first = ((hash >>> 1) >>> (31 - depth)) << spread
    this.directory!.fill(segment, first, first + (1 << spread))
  }

  private slotOf(segment: Segment, hash: number, i: number): number {
    const mask = (segment.length >>> 1) - 2
    let slot = hash & mask
    while (segment[2 * slot + 1] !== i + 1) {
      invariant(segment[2 * slot + 1] !== 0, 'an entry is not in the index')
      slot = (slot + 1) & mask
    }
    return slot
  }

  /** Takes an entry out and closes the gap, so that no tombstone stays behind. */
  private unindex(hash: number, i: number): void {
    const segment = this.directory![(hash >>> 1) >>> this.shift]!
    const mask = (segment.length >>> 1) - 2
    let hole = this.slotOf(segment, hash, i)
    let slot = hole
    for (;;) {
      slot = (slot + 1) & mask
      const entry = segment[2 * slot + 1]!
      if (entry === 0) break
      const home = segment[2 * slot]! & mask
      // An entry may move back to the hole unless its home lies between the hole and itself.
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue
      segment[2 * hole] = segment[2 * slot]!
      segment[2 * hole + 1] = entry
      hole = slot
    }
    segment[2 * hole] = 0
    segment[2 * hole + 1] = 0
    segment[2 * mask + 2]!--
  }

  /** After a deletion: gives back what the segment of this hash no longer needs. */
  private shrinkIndex(hash: number, directory: Segment[]): void {
    const segment = directory[(hash >>> 1) >>> this.shift]!
    const slots = (segment.length >>> 1) - 1
    const count = segment[2 * slots]!
    const depth = segment[2 * slots + 1]!
    if (depth > 0) {
      if (count <= SPARSE) this.merge(hash, segment, directory)
    } else if (this.size <= LINEAR_AGAIN) {
      this.directory = null
      this.cache = null
      this.census = null
    } else if (slots > LEAST_SLOTS && count < (slots >>> 4) * 3) {
      this.replace(hash, 0, rebuilt(segment, slots >>> 1))
    }
  }

  private merge(hash: number, segment: Segment, directory: Segment[]): void {
    const slots = (segment.length >>> 1) - 1
    const depth = segment[2 * slots + 1]!
    const prefix = ((hash >>> 1) >>> (31 - depth)) ^ 1
    const twin = directory[prefix << (31 - this.shift - depth)]!
    const twinSlots = (twin.length >>> 1) - 1
    if (twin[2 * twinSlots + 1] !== depth) return
    if (segment[2 * slots]! + twin[2 * twinSlots]! > 2 * SPARSE) return
    const merged = rebuilt(segment, MOST_SLOTS)
    pour(twin, merged)
    merged[2 * MOST_SLOTS + 1] = depth - 1
    this.census![depth]! -= 2
    this.census![depth - 1]!++
    this.replace(hash, depth - 1, merged)
    while (this.shift < 31 && this.census![31 - this.shift] === 0) {
      this.directory = this.directory!.filter((_, i) => (i & 1) === 0)
      this.shift++
      this.census!.pop()
    }
  }
}

/** Spreads every bit over the whole word (the finish of MurmurHash3). */
function mix(n: number): number {
  let h = n ^ (n >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function newSegment(slots: number, depth: number): Segment {
  const segment = new Int32Array(2 * slots + 2)
  segment[2 * slots + 1] = depth
  return segment
}

/** Puts a pair into the first free slot; the count is the caller's. */
function place(segment: Segment, hash: number, entry: number): void {
  const mask = (segment.length >>> 1) - 2
  let slot = hash & mask
  while (segment[2 * slot + 1] !== 0) slot = (slot + 1) & mask
  segment[2 * slot] = hash
  segment[2 * slot + 1] = entry
}

/** Puts all pairs of a segment into another one. */
function pour(from: Segment, into: Segment): void {
  const slots = (from.length >>> 1) - 1
  for (let at = 0; at < 2 * slots; at += 2) {
    if (from[at + 1] !== 0) place(into, from[at]!, from[at + 1]!)
  }
  into[into.length - 2]! += from[2 * slots]!
}

/** The same entries in a segment of another size. */
function rebuilt(segment: Segment, slots: number): Segment {
  const next = newSegment(slots, segment[segment.length - 1]!)
  pour(segment, next)
  return next
}
