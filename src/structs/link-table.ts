// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * Blocks of words for the links of a graph's nodes.
 *
 * The block of a node has one list a level, from level 0 on: how many links there are, how many there is
 * room for, the links, and the length of each as a float. Blocks lie in chunks of 65,536 words, so that the
 * address of a block is one word (chunk, offset); what is larger has a chunk for itself. The first
 * chunk grows. Blocks that were given back are dealt out again to those that need the same size.
 */

const CHUNK_BITS = 16
const CHUNK = 1 << CHUNK_BITS
const OFFSET = CHUNK - 1
const FIRST = 256

/** Words in front of a list: links, room. */
const HEAD = 2

export class LinkTable {
  /** Where `seek` has found the list. */
  words: Int32Array
  floats: Float32Array
  at = 0

  private readonly chunks: Int32Array[] = []
  private readonly views: Float32Array[] = []
  /** Words that are used in the chunk that is being filled. */
  private filled = 1 // No block has address 0.
  private current = 0
  private readonly spare = new Map<number, number[]>()

  constructor() {
    this.words = new Int32Array(FIRST)
    this.floats = new Float32Array(this.words.buffer)
    this.chunks.push(this.words)
    this.views.push(this.floats)
  }

  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  }

  /** Find the list of a level. */
  seek(block: number, level: number): void {
    const chunk = block >>> CHUNK_BITS
    const words = this.chunks[chunk]!
    let at = block & OFFSET
    for (let i = 0; i < level; i++) at += HEAD + 2 * words[at + 1]!
    this.words = words
    this.floats = this.views[chunk]!
    this.at = at
  }

  /** A block with room for so many links in each level. */
  deal(rooms: readonly number[]): number {
    let size = 0
    for (const room of rooms) size += HEAD + 2 * room
    const block = this.take(size)
    this.seek(block, 0)
    let { at } = this
    for (const room of rooms) {
      this.words[at] = 0
      this.words[at + 1] = room
      at += HEAD + 2 * room
    }
    return block
  }

  free(block: number, level: number): void {
    const size = this.sizeOf(block, level)
    const list = this.spare.get(size)
    if (list === undefined) this.spare.set(size, [block])
    else list.push(block)
  }

  /** Move to a block with room for so many links in one of the levels. */
  enlarge(block: number, levels: number, level: number, most: number): number {
    const room: number[] = []
    for (let i = 0; i <= levels; i++) {
      this.seek(block, i)
      room.push(i === level ? most : this.words[this.at + 1]!)
    }
    const larger = this.deal(room)
    for (let i = 0; i <= levels; i++) {
      this.seek(block, i)
      const { words: from, floats: lengths, at } = this
      const count = from[at]!
      const old = at + HEAD + from[at + 1]!
      this.seek(larger, i)
      this.words[this.at] = count
      this.words.set(from.subarray(at + HEAD, at + HEAD + count), this.at + HEAD)
      this.floats.set(lengths.subarray(old, old + count), this.at + HEAD + room[i]!)
    }
    this.free(block, levels)
    return larger
  }

  private sizeOf(block: number, level: number): number {
    this.seek(block, level)
    return this.at + HEAD + 2 * this.words[this.at + 1]! - (block & OFFSET)
  }

  private take(size: number): number {
    const again = this.spare.get(size)?.pop()
    if (again !== undefined) return again
    if (size > CHUNK) return (this.addChunk(size) << CHUNK_BITS) >>> 0
    if (this.filled + size > CHUNK) {
      this.current = this.addChunk(CHUNK)
      this.filled = 0
    }
    if (this.filled + size > this.chunks[this.current]!.length) this.growFirst(this.filled + size)
    const block = ((this.current << CHUNK_BITS) | this.filled) >>> 0
    this.filled += size
    return block
  }

  private addChunk(size: number): number {
    const chunk = new Int32Array(size)
    this.chunks.push(chunk)
    this.views.push(new Float32Array(chunk.buffer))
    return this.chunks.length - 1
  }

  private growFirst(need: number): void {
    const old = this.chunks[0]!
    let length = old.length
    while (length < need) length *= 2
    const chunk = new Int32Array(Math.min(length, CHUNK))
    chunk.set(old)
    this.chunks[0] = chunk
    this.views[0] = new Float32Array(chunk.buffer)
  }
}
