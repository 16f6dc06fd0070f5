/**
 * An array with 2^64 - 1 places, nearly all of them empty.
 *
 * Places are grouped into slices of a power of two. A slice with few values is sparse: sorted places
 * beside their values. One with many is dense: a window of its places, holes included, that grows by
 * doubling; only what lies between its first and last value needs room. A slice turns dense when it
 * would hold more than `limits.most` values, and sparse again when at most `limits.least` are left and
 * the window is much larger than they need. Between the two nothing happens, so a slice whose count
 * moves around one limit is not converted each time.
 *
 * Slices stand in blocks of 2,048, blocks in a sorted row. So a value at the far end costs one slice and
 * one small block, not a directory of everything before it, and a walk over a range of any width
 * costs what is stored there.
 *
 * An index may exceed what a number holds exactly; its three parts (block, slot in the block, offset
 * in the slice) never do. Everything below `locate` and above `indexAt` is therefore plain numbers.
 *
 * `layout` describes an allocation in the terms of Redis's ARINFO, which counts a directory that we do
 * not have: a table of slices that doubles, and a row of blocks once that is not enough.
 */
import type { Integer } from '../util/integer.ts'
import { normalize } from '../util/integer.ts'

/** Shared by all arrays; changes count from the next conversion on. */
export interface SliceLimits {
  /** Places in a slice of a new array: a power of two. */
  size: number
  /** The most values of a sparse slice; with 0 every slice is dense. */
  most: number
  /** A dense slice with so few values may become sparse. */
  least: number
}

export interface Layout {
  readonly slices: number
  readonly sliceSize: number
  /** Slots of the directory, or of the row of blocks. */
  readonly directory: number
  /** Blocks; 0 while one table of slices is enough. */
  readonly blocks: number
  readonly dense: number
  readonly denseSlots: number
  readonly denseCount: number
  readonly sparse: number
  readonly sparseSlots: number
}

/** Slices in a block. */
const BLOCK = 2048
/** The smallest window. */
const LEAST_WINDOW = 8
/** What Redis spends on the head of a slice, on a place and on a value: its conversions weigh them. */
const HEAD = 32
const PLACE = 2
const VALUE = 8
/** Room for the values of a new sparse slice. */
const FIRST_ROOM = 4

/** Both kinds in one class, so that the places that look into a slice see one shape. */
class Slice<T> {
  /** The places of a sparse slice, sorted; null if it is dense. */
  offsets: number[] | null
  /** Values in the order of `offsets`, or the window. */
  items: (T | undefined)[]
  /** The place of the window's first slot. */
  start = 0
  count = 0
  /** The last place that is taken. */
  last = 0
  /** Values that a sparse slice has room for. */
  room = 0
  /** A slice of another array has the same places and values: they must stay as they are. */
  shared = false

  constructor(offsets: number[] | null, items: (T | undefined)[]) {
    this.offsets = offsets
    this.items = items
  }

  copy(): Slice<T> {
    return this.around(this.offsets?.slice() ?? null, this.items.slice())
  }

  share(): Slice<T> {
    const twin = this.around(this.offsets, this.items)
    twin.shared = true
    this.shared = true
    return twin
  }

  own(): void {
    if (this.offsets !== null) this.offsets = this.offsets.slice()
    this.items = this.items.slice()
    this.shared = false
  }

  private around(offsets: number[] | null, items: (T | undefined)[]): Slice<T> {
    const twin = new Slice<T>(offsets, items)
    twin.start = this.start
    twin.count = this.count
    twin.last = this.last
    twin.room = this.room
    return twin
  }
}

class Block<T> {
  readonly id: number
  /** The slot of `slices[0]`. There is always a slice at either end. */
  first = 0
  slices: (Slice<T> | undefined)[] = []
  count = 0

  constructor(id: number) {
    this.id = id
  }
}

export class SparseArray<T> {
  /** How many values there are. */
  count = 0
  readonly sliceSize: number
  private readonly limits: SliceLimits
  private readonly blocks: Block<T>[] = []
  private sliceCount = 0
  /** Slots of all windows. */
  private windowSlots = 0
  /** Up to this block, indexes are safe as numbers. */
  private readonly lastSafeBlock: number
  /** What Redis's table of slices would measure; it becomes a row of blocks for good. */
  private directory = 0
  private rows = false
  /** The parts of the index that was located last. */
  private block = 0
  private slot = 0
  private offset = 0

  constructor(limits: SliceLimits, sliceSize: number = limits.size) {
    this.limits = limits
    this.sliceSize = sliceSize
    this.lastSafeBlock = Math.floor(2 ** 53 / (BLOCK * sliceSize)) - 1
  }

  /** The last place that is taken, plus one. */
  get length(): Integer {
    const block = this.blocks[this.blocks.length - 1]
    if (block === undefined) return 0
    const slot = block.first + block.slices.length - 1
    const last = this.indexAt(block.id, slot, (this.sliceIn(block, slot) as Slice<T>).last)
    return typeof last === 'number' && last < Number.MAX_SAFE_INTEGER
      ? last + 1
      : normalize(BigInt(last) + 1n)
  }

  get(index: Integer): T | undefined {
    this.locate(index)
    const slice = this.located()
    return slice === undefined ? undefined : valueIn(slice, this.offset)
  }

  /** Whether the place was empty. */
  set(index: Integer, value: T): boolean {
    this.locate(index)
    const { offset } = this
    const slice = this.ensure(offset)
    if (slice.shared) slice.own()
    const fresh =
      slice.offsets === null
        ? this.setDense(slice, offset, value)
        : this.setSparse(slice, slice.offsets, offset, value)
    if (fresh) this.count++
    return fresh
  }

  /** Whether there was a value. */
  delete(index: Integer): boolean {
    this.locate(index)
    const slice = this.located()
    if (slice === undefined || valueIn(slice, this.offset) === undefined) return false
    this.clear(this.block, this.slot, slice, this.offset, this.offset)
    return true
  }

  /** Remove all values from `low` to `high`, both included. How many. */
  deleteRange(low: Integer, high: Integer): number {
    this.locate(low)
    const [lowBlock, lowSlot, lowOffset] = [this.block, this.slot, this.offset]
    this.locate(high)
    const [highBlock, highSlot, highOffset] = [this.block, this.slot, this.offset]
    let deleted = 0
    // Downwards, because a block that becomes empty leaves the row.
    for (let i = this.blockBelow(highBlock); i >= 0; i--) {
      const block = this.blocks[i] as Block<T>
      if (block.id < lowBlock) break
      const least = block.id === lowBlock ? lowSlot : 0
      const most = block.id === highBlock ? highSlot : BLOCK - 1
      const top = block.first + block.slices.length - 1
      for (let slot = Math.min(most, top); slot >= Math.max(least, block.first); slot--) {
        const slice = this.sliceIn(block, slot)
        if (slice === undefined) continue
        const from = block.id === lowBlock && slot === lowSlot ? lowOffset : 0
        const to = block.id === highBlock && slot === highSlot ? highOffset : this.sliceSize - 1
        deleted += this.clear(block.id, slot, slice, from, to)
      }
    }
    return deleted
  }

  /**
   * Visit the values from one index to another, downwards if the first is the greater one, until
   * `visit` answers false. The array must not change meanwhile.
   */
  scan(from: Integer, to: Integer, visit: (value: T, index: Integer) => boolean): void {
    const down = from > to
    this.locate(down ? to : from)
    const [lowBlock, lowSlot, lowOffset] = [this.block, this.slot, this.offset]
    this.locate(down ? from : to)
    const [highBlock, highSlot, highOffset] = [this.block, this.slot, this.offset]
    const step = down ? -1 : 1
    let i = down ? this.blockBelow(highBlock) : this.blockBelow(lowBlock - 1) + 1
    for (; i >= 0 && i < this.blocks.length; i += step) {
      const block = this.blocks[i] as Block<T>
      if (block.id < lowBlock || block.id > highBlock) return
      const top = block.first + block.slices.length - 1
      const least = Math.max(block.id === lowBlock ? lowSlot : 0, block.first)
      const most = Math.min(block.id === highBlock ? highSlot : BLOCK - 1, top)
      for (let slot = down ? most : least; slot >= least && slot <= most; slot += step) {
        const slice = this.sliceIn(block, slot)
        if (slice === undefined) continue
        const low = block.id === lowBlock && slot === lowSlot ? lowOffset : 0
        const high = block.id === highBlock && slot === highSlot ? highOffset : this.sliceSize - 1
        if (!this.scanSlice(block.id, slot, slice, low, high, step, visit)) return
      }
    }
  }

  /** Values are about to be set from `low` to `high`: slices that will turn dense do so at once. */
  prepare(low: Integer, high: Integer): void {
    const { most } = this.limits
    if (most === 0) return
    this.locate(high)
    const [highBlock, highSlot, highOffset] = [this.block, this.slot, this.offset]
    this.growDirectory(highBlock, highSlot)
    this.locate(low)
    let from = this.offset
    for (;;) {
      const final = this.block === highBlock && this.slot === highSlot
      this.prepareSlice(from, final ? highOffset : this.sliceSize - 1, most)
      if (final) return
      from = 0
      this.slot++
      if (this.slot === BLOCK) {
        this.slot = 0
        this.block++
      }
    }
  }

  /** An array of its own with the same values and layout. */
  copy(): SparseArray<T> {
    return this.twin((slice) => slice.copy())
  }

  /** As `copy`, in a step a slice: slices are shared until they change. */
  share(): SparseArray<T> {
    return this.twin((slice) => slice.share())
  }

  private twin(twinOf: (slice: Slice<T>) => Slice<T>): SparseArray<T> {
    const copy = new SparseArray<T>(this.limits, this.sliceSize)
    copy.count = this.count
    copy.sliceCount = this.sliceCount
    copy.windowSlots = this.windowSlots
    copy.directory = this.directory
    copy.rows = this.rows
    for (const block of this.blocks) {
      const twin = new Block<T>(block.id)
      twin.first = block.first
      twin.count = block.count
      twin.slices = block.slices.map((slice) => slice && twinOf(slice))
      copy.blocks.push(twin)
    }
    return copy
  }

  /** Words that values, windows, places and directories take: all that does not hang on a value. */
  get words(): number {
    return this.windowSlots + 2 * this.count + 16 * this.sliceCount + 16 * this.blocks.length
  }

  /** Visit some `most` values that stand apart from each other. */
  sample(most: number, visit: (value: T) => void): void {
    const skip = Math.max(1, Math.floor(this.sliceCount / most))
    const each = Math.max(1, Math.floor(most / this.sliceCount))
    let passed = 0
    for (const { slices } of this.blocks) {
      for (const slice of slices) {
        if (slice === undefined || passed++ % skip !== 0) continue
        const { items } = slice
        const step = Math.max(1, Math.floor(items.length / each))
        for (let i = 0; i < items.length; i += step) {
          const value = items[i]
          if (value !== undefined) visit(value)
        }
      }
    }
  }

  /** The layout; that of single slices only if `whole`, for it looks at each. */
  layout(whole: boolean): Layout {
    const layout = {
      slices: this.sliceCount,
      sliceSize: this.sliceSize,
      directory: this.directory,
      blocks: this.rows ? this.blocks.length : 0,
      dense: 0,
      denseSlots: 0,
      denseCount: 0,
      sparse: 0,
      sparseSlots: 0,
    }
    if (!whole) return layout
    for (const { slices } of this.blocks) {
      for (const slice of slices) {
        if (slice === undefined) continue
        if (slice.offsets === null) {
          layout.dense++
          layout.denseSlots += slice.items.length
          layout.denseCount += slice.count
        } else {
          layout.sparse++
          layout.sparseSlots += slice.room
        }
      }
    }
    return layout
  }

  // ---- Indexes ----------------------------------------------------------------------------------

  private locate(index: Integer): void {
    const size = this.sliceSize
    if (typeof index === 'number') {
      const offset = index % size
      const slice = (index - offset) / size
      this.offset = offset
      this.slot = slice % BLOCK
      this.block = (slice - this.slot) / BLOCK
    } else {
      const slice = index / BigInt(size)
      this.offset = Number(index % BigInt(size))
      this.slot = Number(slice % BigInt(BLOCK))
      this.block = Number(slice / BigInt(BLOCK))
    }
  }

  private indexAt(block: number, slot: number, offset: number): Integer {
    if (block <= this.lastSafeBlock) return (block * BLOCK + slot) * this.sliceSize + offset
    const slice = BigInt(block) * BigInt(BLOCK) + BigInt(slot)
    return normalize(slice * BigInt(this.sliceSize) + BigInt(offset))
  }

  // ---- Blocks -----------------------------------------------------------------------------------

  /** The place in the row of the last block whose number is at most `id`; -1 if all are greater. */
  private blockBelow(id: number): number {
    const { blocks } = this
    let low = 0
    let high = blocks.length
    // The newest values are mostly the last ones.
    if (high > 0 && (blocks[high - 1] as Block<T>).id <= id) return high - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((blocks[middle] as Block<T>).id <= id) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  private blockWith(id: number): Block<T> | undefined {
    const block = this.blocks[this.blockBelow(id)]
    return block?.id === id ? block : undefined
  }

  private sliceIn(block: Block<T>, slot: number): Slice<T> | undefined {
    // Below the first slot there is nothing either.
    return block.slices[slot - block.first]
  }

  private located(): Slice<T> | undefined {
    const block = this.blockWith(this.block)
    return block === undefined ? undefined : this.sliceIn(block, this.slot)
  }

  /** The slice that was located; a new one, for a value at `offset`, if there is none. */
  private ensure(offset: number): Slice<T> {
    this.growDirectory(this.block, this.slot)
    return (
      this.located() ??
      this.addSlice(this.limits.most > 0 ? this.newSparse() : this.newDense(offset))
    )
  }

  private addSlice(slice: Slice<T>): Slice<T> {
    const below = this.blockBelow(this.block)
    let block = this.blocks[below]
    if (block?.id !== this.block) {
      block = new Block(this.block)
      if (this.rows && this.blocks.length >= this.directory) this.directory *= 2
      this.blocks.splice(below + 1, 0, block)
    }
    const { slot } = this
    if (block.count === 0) {
      block.first = slot
      block.slices.push(slice)
    } else if (slot < block.first) {
      const room = new Array<Slice<T> | undefined>(block.first - slot).fill(undefined)
      room[0] = slice
      block.slices = room.concat(block.slices)
      block.first = slot
    } else {
      while (block.slices.length <= slot - block.first) block.slices.push(undefined)
      block.slices[slot - block.first] = slice
    }
    block.count++
    this.sliceCount++
    return slice
  }

  private removeSlice(id: number, slot: number): void {
    const place = this.blockBelow(id)
    const block = this.blocks[place] as Block<T>
    block.slices[slot - block.first] = undefined
    block.count--
    this.sliceCount--
    if (block.count === 0) this.blocks.splice(place, 1)
    else {
      const { slices } = block
      while (slices[slices.length - 1] === undefined) slices.pop()
      let empty = 0
      while (slices[empty] === undefined) empty++
      if (empty > 0) {
        slices.splice(0, empty)
        block.first += empty
      }
    }
    this.shrinkDirectory()
  }

  private growDirectory(block: number, slot: number): void {
    if (!this.rows) {
      if (block > 0) {
        this.rows = true
        this.directory = 4
      } else if (slot >= this.directory) this.directory = powerOfTwo(slot + 1)
    }
  }

  private shrinkDirectory(): void {
    const block = this.blocks[0]
    if (this.rows || block === undefined) return
    const highest = block.first + block.slices.length - 1
    if (highest < Math.floor((this.directory * 9) / 10)) {
      this.directory = Math.min(this.directory, powerOfTwo(highest + 1))
    }
  }

  // ---- Slices -----------------------------------------------------------------------------------

  private newSparse(): Slice<T> {
    const slice = new Slice<T>([], [])
    slice.room = Math.min(this.limits.most, FIRST_ROOM)
    return slice
  }

  private newDense(offset: number): Slice<T> {
    const slice = new Slice<T>(null, window(LEAST_WINDOW))
    slice.start = Math.min(offset, this.sliceSize - LEAST_WINDOW)
    this.windowSlots += LEAST_WINDOW
    return slice
  }

  private setSparse(slice: Slice<T>, offsets: number[], offset: number, value: T): boolean {
    const { items } = slice
    const at = placeOf(offsets, offset)
    if (offsets[at] === offset) {
      items[at] = value
      return false
    }
    if (slice.count >= this.limits.most) {
      this.makeDense(slice, offsets)
      return this.setDense(slice, offset, value)
    }
    if (slice.count >= slice.room) slice.room = Math.min(2 * slice.room, this.limits.most)
    if (at === offsets.length) {
      offsets.push(offset)
      items.push(value)
    } else {
      offsets.splice(at, 0, offset)
      items.splice(at, 0, value)
    }
    slice.count++
    slice.last = offsets[offsets.length - 1] as number
    return true
  }

  private setDense(slice: Slice<T>, offset: number, value: T): boolean {
    if (offset >= slice.start + slice.items.length) this.growRight(slice, offset)
    else if (offset < slice.start) this.growLeft(slice, offset)
    const at = offset - slice.start
    const fresh = slice.items[at] === undefined
    slice.items[at] = value
    if (!fresh) return false
    slice.count++
    if (offset > slice.last) slice.last = offset
    return true
  }

  /** A window of twice the size, as often as needed; at the end of the slice it reaches further back. */
  private growRight(slice: Slice<T>, offset: number): void {
    let size = slice.items.length
    while (offset >= slice.start + size && size < this.sliceSize) size *= 2
    this.move(slice, Math.min(slice.start, this.sliceSize - size), size)
  }

  /** The room that is won lies before the values: who goes left once goes on to the left. */
  private growLeft(slice: Slice<T>, offset: number): void {
    const end = slice.start + slice.items.length
    const size = Math.min(Math.max(LEAST_WINDOW, powerOfTwo(end - offset)), this.sliceSize)
    this.move(slice, Math.max(0, end - size), size)
  }

  private move(slice: Slice<T>, start: number, size: number): void {
    const { items } = slice
    this.windowSlots += size - items.length
    if (start === slice.start) {
      while (items.length < size) items.push(undefined)
      return
    }
    const moved = window<T>(size)
    for (let i = 0; i < items.length; i++) moved[slice.start - start + i] = items[i]
    slice.items = moved
    slice.start = start
  }

  private makeDense(slice: Slice<T>, offsets: readonly number[]): void {
    const first = offsets[0] as number
    const span = slice.last - first + 1
    const size = Math.min(Math.max(LEAST_WINDOW, powerOfTwo(span)), this.sliceSize)
    const start = Math.min(first, this.sliceSize - size)
    const items = window<T>(size)
    for (let i = 0; i < offsets.length; i++) items[(offsets[i] as number) - start] = slice.items[i]
    slice.offsets = null
    slice.items = items
    slice.start = start
    this.windowSlots += size
  }

  /** Make a dense slice sparse, if few values are left and that saves a quarter. */
  private relax(slice: Slice<T>): void {
    const { most, least } = this.limits
    const size = slice.items.length
    if (most === 0 || slice.count > least || slice.count > most) return
    if (size === LEAST_WINDOW || size < 4 * least) return
    const places = Math.ceil((PLACE * least) / VALUE) * VALUE
    const sparse = HEAD + places + VALUE * least
    if (HEAD + VALUE * size < Math.floor((sparse * 5) / 4)) return
    const offsets: number[] = []
    const items: (T | undefined)[] = []
    for (let i = 0; i < size; i++) {
      const value = slice.items[i]
      if (value === undefined) continue
      offsets.push(slice.start + i)
      items.push(value)
    }
    slice.offsets = offsets
    slice.items = items
    slice.room = least
    this.windowSlots -= size
  }

  /** As `prepare`, for the part that lies in the slice that was located. */
  private prepareSlice(from: number, to: number, most: number): void {
    const size = to - from + 1
    const slice = this.located()
    if (slice === undefined) {
      if (size > most) this.addSlice(this.newDense(from))
      return
    }
    const { offsets } = slice
    if (offsets === null) return
    const there = placeOf(offsets, to + 1) - placeOf(offsets, from)
    if (size > most || slice.count + size - there > most) this.makeDense(slice, offsets)
  }

  /** Remove the values of a slice between two places. How many. */
  private clear(block: number, slot: number, slice: Slice<T>, from: number, to: number): number {
    if (slice.shared) slice.own()
    const deleted =
      slice.offsets === null
        ? this.clearDense(slice, from, to)
        : clearSparse(slice, slice.offsets, from, to)
    slice.count -= deleted
    this.count -= deleted
    if (slice.count > 0) {
      if (slice.offsets === null) this.relax(slice)
    } else {
      if (slice.offsets === null) this.windowSlots -= slice.items.length
      this.removeSlice(block, slot)
    }
    return deleted
  }

  private clearDense(slice: Slice<T>, from: number, to: number): number {
    const { items, start } = slice
    const end = Math.min(to, start + items.length - 1)
    let deleted = 0
    for (let offset = Math.max(from, start); offset <= end; offset++) {
      if (items[offset - start] === undefined) continue
      items[offset - start] = undefined
      deleted++
    }
    if (deleted < slice.count) {
      while (items[slice.last - start] === undefined) slice.last--
    }
    return deleted
  }

  private scanSlice(
    block: number,
    slot: number,
    slice: Slice<T>,
    low: number,
    high: number,
    step: number,
    visit: (value: T, index: Integer) => boolean,
  ): boolean {
    const { offsets, items, start } = slice
    const least = offsets === null ? Math.max(low, start) - start : placeOf(offsets, low)
    const most =
      offsets === null
        ? Math.min(high, start + items.length - 1) - start
        : placeOf(offsets, high + 1) - 1
    // Where the indexes of a slice are safe, they differ from its first one by a plain sum.
    const base = block <= this.lastSafeBlock ? (block * BLOCK + slot) * this.sliceSize : -1
    for (let i = step > 0 ? least : most; i >= least && i <= most; i += step) {
      const value = items[i]
      if (value === undefined) continue
      const offset = offsets === null ? start + i : (offsets[i] as number)
      const index = base < 0 ? this.indexAt(block, slot, offset) : base + offset
      if (!visit(value, index)) return false
    }
    return true
  }
}

const window = <T>(size: number): (T | undefined)[] =>
  new Array<T | undefined>(size).fill(undefined)

/** The least power of two that is not below `n`. */
const powerOfTwo = (n: number): number => (n <= 1 ? 1 : 2 ** (32 - Math.clz32(n - 1)))

/** Where a place stands among sorted ones, or would stand. */
function placeOf(offsets: readonly number[], offset: number): number {
  let low = 0
  let high = offsets.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((offsets[middle] as number) < offset) low = middle + 1
    else high = middle
  }
  return low
}

function valueIn<T>(slice: Slice<T>, offset: number): T | undefined {
  const { offsets, items } = slice
  if (offsets === null) return items[offset - slice.start]
  const at = placeOf(offsets, offset)
  return offsets[at] === offset ? items[at] : undefined
}

function clearSparse<T>(slice: Slice<T>, offsets: number[], from: number, to: number): number {
  const first = placeOf(offsets, from)
  const count = placeOf(offsets, to + 1) - first
  if (count === 0) return 0
  offsets.splice(first, count)
  slice.items.splice(first, count)
  slice.last = offsets[offsets.length - 1] ?? 0
  return count
}
