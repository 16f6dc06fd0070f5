// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * Items in the order of their places (two numbers of 64 bits), to be found by place and walked through
 * from anywhere.
 *
 * Most items come at the end and many leave at the front, so they stand in a row of sorted chunks: at
 * both ends nothing is moved, elsewhere at most one chunk. An item knows its place, which costs no
 * key beside it; a tree would cost nodes as well and find no faster.
 */
import type { Integer } from '../util/integer.ts'
import { isBefore } from './packed-log.ts'

/** What has a place. It must not change while the item is in a map. */
export interface Placed {
  readonly ms: Integer
  readonly seq: Integer
}

/** A chunk of this size is cut in two. */
const FULL = 128

export class PlaceMap<T extends Placed> {
  private readonly chunks: T[][] = []
  private count = 0

  get size(): number {
    return this.count
  }

  get first(): T | undefined {
    return this.chunks[0]?.[0]
  }

  get last(): T | undefined {
    const chunk = this.chunks[this.chunks.length - 1]
    return chunk?.[chunk.length - 1]
  }

  /** The item at this place. */
  get(ms: Integer, seq: Integer): T | undefined {
    const chunk = this.chunks[this.chunkFor(ms, seq)]
    if (chunk === undefined) return undefined
    const item = chunk[indexIn(chunk, ms, seq)]
    return item !== undefined && item.ms === ms && item.seq === seq ? item : undefined
  }

  /** Add an item at a place where there is none. */
  add(item: T): void {
    const { chunks } = this
    this.count++
    const { last } = this
    if (last === undefined || isBefore(last.ms, last.seq, item.ms, item.seq)) {
      const chunk = chunks[chunks.length - 1]
      if (chunk === undefined || chunk.length >= FULL) chunks.push([item])
      else chunk.push(item)
      return
    }
    const at = this.chunkFor(item.ms, item.seq)
    const chunk = chunks[at]!
    chunk.splice(indexIn(chunk, item.ms, item.seq), 0, item)
    if (chunk.length > FULL) chunks.splice(at + 1, 0, chunk.splice(FULL >> 1))
  }

  /** Remove the item at this place; false if there is none. */
  delete(ms: Integer, seq: Integer): boolean {
    const at = this.chunkFor(ms, seq)
    const chunk = this.chunks[at]
    if (chunk === undefined) return false
    const index = indexIn(chunk, ms, seq)
    const item = chunk[index]
    if (item === undefined || item.ms !== ms || item.seq !== seq) return false
    if (chunk.length === 1) this.chunks.splice(at, 1)
    else chunk.splice(index, 1)
    this.count--
    return true
  }

  /** Visit the items from this place on, until `visit` returns false. They may not change meanwhile. */
  walk(ms: Integer, seq: Integer, visit: (item: T) => boolean | undefined): void {
    let at = this.chunkFor(ms, seq)
    let index = at < this.chunks.length ? indexIn(this.chunks[at]!, ms, seq) : 0
    for (; at < this.chunks.length; at++, index = 0) {
      const chunk = this.chunks[at]!
      for (; index < chunk.length; index++) if (visit(chunk[index]!) === false) return
    }
  }

  /** The first item from this place on. */
  from(ms: Integer, seq: Integer): T | undefined {
    const at = this.chunkFor(ms, seq)
    const chunk = this.chunks[at]
    if (chunk === undefined) return undefined
    return chunk[indexIn(chunk, ms, seq)] ?? this.chunks[at + 1]?.[0]
  }

  /** The chunk in which this place is, or would be. */
  private chunkFor(ms: Integer, seq: Integer): number {
    let low = 0
    let high = this.chunks.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      const chunk = this.chunks[middle]!
      const last = chunk[chunk.length - 1]!
      if (isBefore(last.ms, last.seq, ms, seq)) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The first index whose item is not before this place. */
function indexIn(chunk: readonly Placed[], ms: Integer, seq: Integer): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = chunk[middle]!
    if (isBefore(item.ms, item.seq, ms, seq)) low = middle + 1
    else high = middle
  }
  return low
}
