// biome-ignore-all lint/style/noNonNullAssertion: every place is computed to be in range, in hot code.
/**
 * A log of entries in order: to add at the end, to read from anywhere, to remove anywhere.
 *
 * An entry has a place in time (two numbers of 64 bits, compared one after the other) and fields with
 * values. Entries stand in chunks, some hundred together, packed into bytes: what an entry's fields are
 * called is written once a chunk if they are the same for all, and its place as the distance from that
 * of the chunk. So an entry costs about ten bytes and its values, where objects and strings of its own
 * would cost two hundred. To remove an entry is to mark it; the chunk goes when nothing in it is left.
 *
 * The chunks are those of Redis's streams to the byte, head and field names apart, which are kept
 * beside them: so they can be handed to Redis as they are, and are full exactly when they are there.
 *
 * Rejected: entries as objects in an array (200 to 300 bytes each; removal moves all behind it), one
 * string a chunk (to mark one entry would copy it), a tree of chunks (binary search in an array of them
 * is as fast, and a million entries have ten thousand chunks).
 */
import type { Integer } from '../util/integer.ts'
import {
  before,
  END,
  HEAD,
  integerSize,
  readInteger,
  readString,
  skip,
  stringSize,
  writeHead,
  writeInteger,
  writeString,
} from './listpack.ts'

const DELETED = 1
const SAME_FIELDS = 2

/** When a chunk is full. 0: never. */
export interface ChunkLimits {
  entries: number
  bytes: number
}

/** No chunk grows beyond this, whatever the limits say. */
const MOST_BYTES = 1 << 30
const FIRST_BYTES = 64

/** What the fields and values of an entry may have together. */
export const MOST_CONTENT: number = MOST_BYTES

/** Whether (ms, seq) comes before (otherMs, otherSeq). */
export function isBefore(ms: Integer, seq: Integer, otherMs: Integer, otherSeq: Integer): boolean {
  return ms < otherMs || (ms === otherMs && seq < otherSeq)
}

/** The difference of two numbers of 64 bits without a sign, as one with a sign. */
function distance(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const n = BigInt.asIntN(64, BigInt(a) - BigInt(b))
  const small = Number(n)
  return Number.isSafeInteger(small) ? small : n
}

/** A number of 64 bits without a sign and a distance from it. */
function moved(base: Integer, by: Integer): Integer {
  if (typeof base === 'number' && typeof by === 'number') {
    const sum = base + by
    if (sum >= 0 && sum <= Number.MAX_SAFE_INTEGER) return sum
  }
  const n = BigInt.asUintN(64, BigInt(base) + BigInt(by))
  const small = Number(n)
  return Number.isSafeInteger(small) ? small : n
}

/** Entries that stand together. */
export class Chunk {
  readonly ms: Integer
  readonly seq: Integer
  /** Place of the last entry, removed or not. */
  lastMs: Integer
  lastSeq: Integer
  /** Names of fields that entries need not repeat. */
  readonly fields: readonly string[]
  /** What the names take in bytes. */
  readonly fieldBytes: number
  /** Entries that are there. */
  live = 0
  /** Entries that were removed. */
  dead = 0
  /** The entries. */
  bytes: Uint8Array
  used = 0
  /** Another chunk has the same bytes. What is added behind them does not matter to it. */
  private shared = false

  constructor(ms: Integer, seq: Integer, fields: readonly string[], bytes: Uint8Array) {
    this.ms = ms
    this.seq = seq
    this.lastMs = ms
    this.lastSeq = seq
    this.fields = fields
    let size = 0
    for (const field of fields) size += stringSize(field)
    this.fieldBytes = size
    this.bytes = bytes
  }

  /** What it takes as a listpack, everything included. */
  get packedBytes(): number {
    const counts = integerSize(this.live) + integerSize(this.dead) + integerSize(this.fields.length)
    // The zero behind the names takes two bytes, the end one.
    return HEAD + counts + this.fieldBytes + 2 + this.used + 1
  }

  /** Room for so many bytes more. */
  reserve(more: number): void {
    const least = this.used + more
    if (least <= this.bytes.length) return
    const bytes = new Uint8Array(Math.max(FIRST_BYTES, least, Math.min(2 * least, least + 65536)))
    bytes.set(this.bytes.subarray(0, this.used))
    this.bytes = bytes
  }

  /** Nothing more is coming: give back what is not used. */
  seal(): void {
    if (this.bytes.length > this.used + 16) this.bytes = this.bytes.slice(0, this.used)
  }

  copy(): Chunk {
    return this.around(this.bytes.slice(0, this.used))
  }

  /** As `copy`, at once. Nothing is to be added to the copy. */
  share(): Chunk {
    this.shared = true
    return this.around(this.bytes)
  }

  /** Call before bytes change that are used. */
  own(): void {
    if (!this.shared) return
    this.bytes = this.bytes.slice()
    this.shared = false
  }

  private around(bytes: Uint8Array): Chunk {
    const copy = new Chunk(this.ms, this.seq, this.fields, bytes)
    copy.lastMs = this.lastMs
    copy.lastSeq = this.lastSeq
    copy.live = this.live
    copy.dead = this.dead
    copy.used = this.used
    return copy
  }

  /** All of it as Redis stores it: a listpack with counts and names in front of the entries. */
  toListpack(): Uint8Array {
    const bytes = new Uint8Array(this.packedBytes)
    let at = writeInteger(bytes, HEAD, this.live)
    at = writeInteger(bytes, at, this.dead)
    at = writeInteger(bytes, at, this.fields.length)
    for (const field of this.fields) at = writeString(bytes, at, field)
    at = writeInteger(bytes, at, 0)
    let elements = 4 + this.fields.length
    bytes.set(this.bytes.subarray(0, this.used), at)
    for (let place = 0; place < this.used; place = skip(this.bytes, place)) elements++
    bytes[bytes.length - 1] = END
    writeHead(bytes, elements)
    return bytes
  }
}

export class PackedLog {
  private chunks: Chunk[] = []
  /** Chunks in front that are gone; they are cut off when they have become many. */
  private head = 0
  /** Entries that are there. */
  length = 0

  /** How many chunks there are. */
  get size(): number {
    return this.chunks.length - this.head
  }

  chunkAt(index: number): Chunk {
    return this.chunks[this.head + index]!
  }

  /** The last chunk that begins at or before this place, or -1. */
  find(ms: Integer, seq: Integer): number {
    let low = this.head
    let high = this.chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const chunk = this.chunks[middle]!
      if (isBefore(ms, seq, chunk.ms, chunk.seq)) high = middle
      else low = middle + 1
    }
    return low - 1 - this.head
  }

  // ---- Adding ---------------------------------------------------------------------------------

  /**
   * Add an entry at the end; its place is behind all others. Fields and values stand in turn in
   * `words` from `from` on.
   */
  append(
    ms: Integer,
    seq: Integer,
    words: readonly string[],
    from: number,
    limits: ChunkLimits,
  ): void {
    const count = (words.length - from) >> 1
    let content = 0
    for (let i = from; i < words.length; i++) content += words[i]!.length
    let chunk = this.open(content, limits)
    let same = true
    if (chunk === null) {
      chunk = this.begin(ms, seq, words, from)
    } else {
      same = haveFields(words, from, chunk.fields)
    }
    const msDistance = distance(ms, chunk.ms)
    const seqDistance = distance(seq, chunk.seq)
    let size = 2 + integerSize(msDistance) + integerSize(seqDistance)
    let elements = 3 + count
    if (!same) {
      size += integerSize(count)
      elements += 1 + count
    }
    for (let i = from + (same ? 1 : 0); i < words.length; i += same ? 2 : 1) {
      size += stringSize(words[i]!)
    }
    chunk.reserve(size + integerSize(elements))
    const { bytes } = chunk
    let at = writeInteger(bytes, chunk.used, same ? SAME_FIELDS : 0)
    at = writeInteger(bytes, at, msDistance)
    at = writeInteger(bytes, at, seqDistance)
    if (!same) at = writeInteger(bytes, at, count)
    for (let i = from; i < words.length; i += 2) {
      if (!same) at = writeString(bytes, at, words[i]!)
      at = writeString(bytes, at, words[i + 1]!)
    }
    chunk.used = writeInteger(bytes, at, elements)
    chunk.lastMs = ms
    chunk.lastSeq = seq
    chunk.live++
    this.length++
  }

  /** The last chunk, if an entry of so many bytes may still go there. */
  private open(content: number, limits: ChunkLimits): Chunk | null {
    if (this.size === 0) return null
    const chunk = this.chunks[this.chunks.length - 1]!
    const most = limits.bytes === 0 || limits.bytes > MOST_BYTES ? MOST_BYTES : limits.bytes
    const full =
      chunk.packedBytes + content >= most ||
      (limits.entries > 0 && chunk.live + chunk.dead >= limits.entries)
    if (!full) return chunk
    chunk.seal()
    return null
  }

  private begin(ms: Integer, seq: Integer, words: readonly string[], from: number): Chunk {
    const last = this.size === 0 ? null : this.chunks[this.chunks.length - 1]!
    // Names that are the same as before are kept once.
    const fields =
      last !== null && haveFields(words, from, last.fields) ? last.fields : fieldsOf(words, from)
    const chunk = new Chunk(ms, seq, fields, EMPTY)
    this.chunks.push(chunk)
    return chunk
  }

  /** Add a chunk behind all others. */
  push(chunk: Chunk): void {
    this.chunks.push(chunk)
    this.length += chunk.live
  }

  // ---- Removing -------------------------------------------------------------------------------

  /** Remove an entry; false if there is none at this place. */
  delete(ms: Integer, seq: Integer): boolean {
    const index = this.find(ms, seq)
    if (index < 0) return false
    const chunk = this.chunkAt(index)
    const { bytes, used } = chunk
    for (let at = 0; at < used; at = nextEntry(chunk, at)) {
      const idAt = at + 2
      const entryMs = moved(chunk.ms, readInteger(bytes, idAt))
      if (entryMs < ms) continue
      const entrySeq = moved(chunk.seq, readInteger(bytes, skip(bytes, idAt)))
      if (isBefore(entryMs, entrySeq, ms, seq)) continue
      if (entryMs !== ms || entrySeq !== seq || bytes[at]! & DELETED) return false
      if (chunk.live === 1) this.drop(index)
      else {
        this.mark(chunk, at)
        this.length--
      }
      return true
    }
    return false
  }

  /** Mark an entry of a chunk as removed. */
  private mark(chunk: Chunk, at: number): void {
    chunk.own()
    chunk.bytes[at]! |= DELETED
    chunk.live--
    chunk.dead++
  }

  /** Remove a chunk with what is left in it. */
  private drop(index: number): void {
    const at = this.head + index
    this.length -= this.chunks[at]!.live
    if (index > 0) {
      this.chunks.splice(at, 1)
      return
    }
    this.chunks[at] = GONE
    this.head++
    if (this.head > 32 && this.head * 2 > this.chunks.length) {
      this.chunks = this.chunks.slice(this.head)
      this.head = 0
    }
  }

  /** Remove entries from the front; how many. */
  trim(trim: Trim): number {
    let removed = 0
    let index = 0
    while (index < this.size) {
      if (trim.length >= 0 && this.length <= trim.length) break
      const chunk = this.chunkAt(index)
      const { live } = chunk
      if (trim.most !== 0 && removed + live > trim.most) break
      const whole =
        trim.length >= 0
          ? this.length - live >= trim.length
          : isBefore(chunk.lastMs, chunk.lastSeq, trim.ms, trim.seq)
      if (whole && trim.mayGo === null) {
        this.drop(index)
        removed += live
        continue
      }
      if (trim.wholeChunks && trim.mayGo === null) break
      const gone = this.trimChunk(chunk, trim)
      removed += gone
      if (!whole) break
      if (gone === live) this.drop(index)
      else index++
    }
    return removed
  }

  private trimChunk(chunk: Chunk, trim: Trim): number {
    const { used } = chunk
    let gone = 0
    for (let at = 0; at < used; at = nextEntry(chunk, at)) {
      if (trim.length >= 0 && this.length <= trim.length) break
      // Marking one may have replaced the bytes.
      const { bytes } = chunk
      const idAt = at + 2
      const ms = moved(chunk.ms, readInteger(bytes, idAt))
      const seq = moved(chunk.seq, readInteger(bytes, skip(bytes, idAt)))
      if (trim.length < 0 && !isBefore(ms, seq, trim.ms, trim.seq)) break
      if (bytes[at]! & DELETED || (trim.mayGo !== null && !trim.mayGo(ms, seq))) continue
      this.mark(chunk, at)
      this.length--
      gone++
    }
    return gone
  }

  copy(): PackedLog {
    const copy = new PackedLog()
    for (let i = 0; i < this.size; i++) copy.push(this.chunkAt(i).copy())
    return copy
  }

  /** The entries as they are now, for reading. It costs a step a chunk. */
  share(): PackedLog {
    const twin = new PackedLog()
    for (let i = 0; i < this.size; i++) twin.push(this.chunkAt(i).share())
    return twin
  }
}

/** What is to be removed from the front. */
export interface Trim {
  /** Down to so many entries; -1: everything before (ms, seq) instead. */
  readonly length: number
  readonly ms: Integer
  readonly seq: Integer
  /** Only chunks that can go as a whole. */
  readonly wholeChunks: boolean
  /** No more entries than this; 0: any number. */
  readonly most: number
  /** Asked for each entry; null: they all may go. */
  readonly mayGo: ((ms: Integer, seq: Integer) => boolean) | null
}

const EMPTY = new Uint8Array(0)
const GONE = new Chunk(0, 0, [], EMPTY)

function haveFields(words: readonly string[], from: number, fields: readonly string[]): boolean {
  if (words.length - from !== 2 * fields.length) return false
  for (let i = 0; i < fields.length; i++) if (words[from + 2 * i] !== fields[i]) return false
  return true
}

function fieldsOf(words: readonly string[], from: number): string[] {
  const fields: string[] = []
  for (let i = from; i < words.length; i += 2) fields.push(words[i]!)
  return fields
}

/** The place behind the entry at a place: it says itself how many elements it has. */
function nextEntry(chunk: Chunk, at: number): number {
  const { bytes } = chunk
  let place = skip(bytes, skip(bytes, at + 2))
  let values = chunk.fields.length
  if ((bytes[at]! & SAME_FIELDS) === 0) {
    values = 2 * Number(readInteger(bytes, place))
    place = skip(bytes, place)
  }
  for (let i = 0; i < values; i++) place = skip(bytes, place)
  return skip(bytes, place)
}

/** Where the entry begins that ends at a place. */
function entryBefore(bytes: Uint8Array, end: number): number {
  let at = before(bytes, end)
  for (let left = Number(readInteger(bytes, at)); left > 0; left--) at = before(bytes, at)
  return at
}

// ---- Reading ----------------------------------------------------------------------------------

/**
 * Walks through the entries between two places, both included, forwards or backwards. The log must
 * not change meanwhile.
 */
export class LogCursor {
  ms: Integer = 0
  seq: Integer = 0
  private readonly log: PackedLog
  private readonly firstMs: Integer
  private readonly firstSeq: Integer
  private readonly lastMs: Integer
  private readonly lastSeq: Integer
  private readonly backwards: boolean
  private index: number
  private chunk: Chunk | null = null
  /** Forwards: where the next entry begins. Backwards: where the last one began. */
  private at = 0
  /** Where the values of this entry begin. */
  private values = 0
  private same = true
  private over = false

  constructor(
    log: PackedLog,
    firstMs: Integer,
    firstSeq: Integer,
    lastMs: Integer,
    lastSeq: Integer,
    backwards = false,
  ) {
    this.log = log
    this.firstMs = firstMs
    this.firstSeq = firstSeq
    this.lastMs = lastMs
    this.lastSeq = lastSeq
    this.backwards = backwards
    this.index = backwards ? log.find(lastMs, lastSeq) : Math.max(0, log.find(firstMs, firstSeq))
  }

  /** Go to the next entry; false if there is none. */
  next(): boolean {
    return this.backwards ? this.nextBackwards() : this.nextForwards()
  }

  private nextForwards(): boolean {
    for (;;) {
      let { chunk } = this
      if (chunk === null || this.at >= chunk.used) {
        if (this.over || this.index >= this.log.size) return false
        chunk = this.log.chunkAt(this.index++)
        this.chunk = chunk
        this.at = 0
        continue
      }
      const { at } = this
      this.read(chunk, at)
      this.at = nextEntry(chunk, at)
      if (isBefore(this.lastMs, this.lastSeq, this.ms, this.seq)) {
        this.over = true
        this.chunk = null
        return false
      }
      if (chunk.bytes[at]! & DELETED) continue
      if (isBefore(this.ms, this.seq, this.firstMs, this.firstSeq)) continue
      return true
    }
  }

  private nextBackwards(): boolean {
    for (;;) {
      let { chunk } = this
      if (chunk === null || this.at <= 0) {
        if (this.over || this.index < 0) return false
        chunk = this.log.chunkAt(this.index--)
        this.chunk = chunk
        this.at = chunk.used
        continue
      }
      const at = entryBefore(chunk.bytes, this.at)
      this.at = at
      this.read(chunk, at)
      if (isBefore(this.ms, this.seq, this.firstMs, this.firstSeq)) {
        this.over = true
        this.chunk = null
        return false
      }
      if (chunk.bytes[at]! & DELETED) continue
      if (isBefore(this.lastMs, this.lastSeq, this.ms, this.seq)) continue
      return true
    }
  }

  private read(chunk: Chunk, at: number): void {
    const { bytes } = chunk
    const idAt = at + 2
    const seqAt = skip(bytes, idAt)
    this.ms = moved(chunk.ms, readInteger(bytes, idAt))
    this.seq = moved(chunk.seq, readInteger(bytes, seqAt))
    this.values = skip(bytes, seqAt)
    this.same = (bytes[at]! & SAME_FIELDS) !== 0
  }

  /** Fields and values of this entry, in turn. */
  words(): string[] {
    const { bytes, fields } = this.chunk!
    const words: string[] = []
    let at = this.values
    if (this.same) {
      for (const field of fields) {
        words.push(field, readString(bytes, at))
        at = skip(bytes, at)
      }
      return words
    }
    let left = 2 * Number(readInteger(bytes, at))
    at = skip(bytes, at)
    for (; left > 0; left--) {
      words.push(readString(bytes, at))
      at = skip(bytes, at)
    }
    return words
  }
}
