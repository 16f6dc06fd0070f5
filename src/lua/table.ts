/**
 * Tables. Values under 1, 2, 3 … are an array; everything else stands in one column `hash` of keys and
 * values in turns, in the order of insertion, and is found by a walk (up to eight keys), beyond that by
 * a Map from key to place. The column is what makes a field cheap: code that reads `t.name` remembers
 * the place where it last found the key and compares once (the nodes of the compiler do that).
 *
 * A deleted key keeps its place with the value nil, so that clearing fields during a traversal is safe;
 * places are reclaimed when a new key comes. The array may have holes. How many keys are the array's
 * (`cap`), when that changes, and which border `#` finds among holes, is all as in PUC's tables: `room`
 * is what its hash part would have.
 */
import { LuaError, NOT_ENOUGH_MEMORY } from './errors.ts'
import { meter } from './meter.ts'
import type { LuaValue } from './value.ts'

/** Keys in the column that are still found by walking. */
const WALK = 8

/** Keys that the column of a table may have, and its array: beyond, JavaScript's fail hard. */
const MOST = 2 ** 24 - 2
const MOST_ELEMENTS = 2 ** 26

export class LuaTable {
  meta: LuaTable | undefined = undefined
  readonly: boolean = false
  /** Values of 1 … arr.length; the last one is not nil. */
  arr: LuaValue[]
  /** key, value, key, value … */
  hash: LuaValue[]
  /** Place (in `hash`) of each key, once there are many. */
  map: Map<LuaValue, number> | undefined = undefined
  /** Nils in `arr`. */
  holes = 0
  /** Keys of `hash` whose value is nil. */
  dead = 0
  /** Numbers among the keys of `hash`. */
  numbers = 0
  /** The size of PUC's array part: keys up to here are in `arr`, or nil. */
  cap = 0
  /** Keys that PUC's hash part would have room for; beyond it, keys move to the array or back. */
  room = 0
  /** Place in `hash` where `next` last stood. */
  place = 0
  /** Metamethods known to be absent, one bit an event; zero after any new key. */
  absent = 0

  /**
   * `arr` must hold no nil, and `hash` must be short (eight keys) or empty; both become the table's own.
   * A list that may hold nils: `LuaTable.of`.
   */
  constructor(arr: LuaValue[] = tagged(), hash: LuaValue[] = tagged()) {
    this.arr = arr
    this.hash = hash
    this.cap = arr.length
    meter.bytes += 160
  }

  /** The table of a list that may hold nils; the array becomes the table's own. */
  static of(list: LuaValue[]): LuaTable {
    const table = new LuaTable()
    table.fill(list)
    return table
  }

  /** The table of a list without nils, as if its elements had been put in one after the other. */
  static grown(list: LuaValue[]): LuaTable {
    const table = new LuaTable()
    table.grow(list)
    return table
  }

  /** The table of one field. */
  static record(name: string, value: LuaValue): LuaTable {
    const table = new LuaTable(tagged(), [name, value])
    table.room = 1
    return table
  }

  /** Takes a list without nils for the array, of the size that it would have grown to. */
  grow(list: LuaValue[]): void {
    const { length } = list
    this.arr = list
    this.cap = length === 0 ? 0 : powerFrom(length)
    this.holes = 0
    meter.bytes += this.cap << 3
  }

  /** Takes a list, which may hold nils, for the array of an array that is empty. */
  fill(list: LuaValue[]): void {
    const length = list.length
    this.arr = list
    this.cap = length
    meter.bytes += length << 3
    let holes = 0
    for (let i = 0; i < length; i++) if (list[i] === undefined) holes++
    this.holes = holes
    if (holes > 0 && list[length - 1] === undefined) this.trim()
  }

  get(key: LuaValue): LuaValue {
    if (typeof key === 'number') return this.getInt(key)
    const at = this.find(key)
    return at < 0 ? undefined : this.hash[at + 1]
  }

  /** Any number will do; whole ones from 1 are fast. */
  getInt(key: number): LuaValue {
    const i = key - 1
    const arr = this.arr
    if (i >>> 0 === i && i < arr.length) return arr[i]
    if (this.numbers === 0) return undefined
    const at = this.find(key)
    return at < 0 ? undefined : this.hash[at + 1]
  }

  getString(key: string): LuaValue {
    const at = this.find(key)
    return at < 0 ? undefined : this.hash[at + 1]
  }

  /** The place of a key in `hash`, or -1. */
  find(key: LuaValue): number {
    const map = this.map
    if (map !== undefined) {
      const at = map.get(key)
      return at === undefined ? -1 : at
    }
    const hash = this.hash
    for (let i = 0; i < hash.length; i += 2) if (hash[i] === key) return i
    return -1
  }

  /** Assigns without metamethods; nil deletes. The caller has refused nil and NaN as keys. */
  set(key: LuaValue, value: LuaValue): void {
    if (typeof key === 'number') this.setInt(key, value)
    else this.setHash(key, value)
  }

  setInt(key: number, value: LuaValue): void {
    const i = key - 1
    if (i >>> 0 !== i || i >= this.cap) {
      this.setHash(key, value)
      return
    }
    const arr = this.arr
    const length = arr.length
    if (i < length) {
      if (value !== undefined) {
        if (arr[i] === undefined) this.holes--
        arr[i] = value
      } else if (arr[i] !== undefined) {
        this.holes++
        arr[i] = undefined
        if (i === length - 1) this.trim()
      }
    } else if (value !== undefined) {
      for (let at = length; at < i; at++) arr.push(undefined)
      this.holes += i - length
      arr.push(value)
    }
  }

  setString(key: string, value: LuaValue): void {
    this.setHash(key, value)
  }

  private setHash(key: LuaValue, value: LuaValue): void {
    const at = this.find(key)
    if (at >= 0) {
      const hash = this.hash
      if (hash[at + 1] === undefined) {
        if (value !== undefined) {
          this.dead--
          this.absent = 0
        }
      } else if (value === undefined) this.dead++
      hash[at + 1] = value
    } else if (value !== undefined) this.insert(key, value)
  }

  /** Puts a value behind the last of the array. */
  append(value: LuaValue): void {
    const arr = this.arr
    if (arr.length < this.cap) arr.push(value)
    else this.setHash(arr.length + 1, value)
  }

  private trim(): void {
    const arr = this.arr
    while (arr.length > 0 && arr[arr.length - 1] === undefined) {
      arr.pop()
      this.holes--
    }
  }

  private insert(key: LuaValue, value: LuaValue): void {
    this.absent = 0
    if (this.hash.length >> 1 >= this.room && this.rehash(key)) {
      // The array takes it now.
      this.setInt(key as number, value)
      return
    }
    const hash = this.hash
    const at = hash.length
    if (typeof key === 'number') this.numbers++
    if (this.map !== undefined) {
      if (at >= MOST * 2) throw new LuaError(NOT_ENOUGH_MEMORY)
      this.map.set(key, at)
      hash.push(key, value)
      meter.bytes += 60
    } else if (at === 0) {
      // A push onto nothing would make room for seventeen.
      this.hash = [key, value]
    } else {
      hash.push(key, value)
      if (hash.length > WALK * 2) this.index()
    }
  }

  /**
   * The column is full. As in PUC, the array becomes the largest power of two of which more than half
   * would be in use. True if that takes in the new key.
   */
  private rehash(key: LuaValue): boolean {
    if (this.dead > 0) this.pack()
    let mine = false
    if (this.cap > 0 || this.numbers > 0 || this.holes > 0 || typeof key === 'number') {
      const next = this.arr.length + 1
      const dense = key === next && this.numbers === 0 && this.holes === 0
      const size = dense ? powerFrom(next) : this.bestSize(key)
      if (size > MOST_ELEMENTS) throw new LuaError(NOT_ENOUGH_MEMORY)
      if (size < this.arr.length) this.shrink(size)
      meter.bytes += Math.max(0, size - this.cap) * 8
      const before = this.cap
      this.cap = size
      if (size > before && this.numbers > 0) this.absorb(size)
      mine = typeof key === 'number' && key % 1 === 0 && key >= 1 && key <= size
    }
    const keys = (this.hash.length >> 1) + (mine ? 0 : 1)
    this.room = keys === 0 ? 0 : powerFrom(keys)
    return mine
  }

  /** The size that PUC would give the array part, with one key more. */
  private bestSize(key: LuaValue): number {
    const counts: number[] = new Array(28).fill(0)
    const count = (k: LuaValue): void => {
      if (typeof k !== 'number' || k < 1 || k > 2 ** 27 || k % 1 !== 0) return
      const bin = k === 1 ? 0 : 32 - Math.clz32(k - 1)
      counts[bin] = (counts[bin] as number) + 1
    }
    const { arr, hash } = this
    const dense = this.holes === 0
    if (!dense) for (let i = 0; i < arr.length; i++) if (arr[i] !== undefined) count(i + 1)
    if (this.numbers > 0) for (let i = 0; i < hash.length; i += 2) count(hash[i])
    count(key)
    let best = 0
    let below = 0
    for (let bin = 0, size = 1; bin < 28; bin++, size *= 2) {
      below += counts[bin] as number
      const used = dense ? below + Math.min(arr.length, size) : below
      if (used > size / 2) best = size
    }
    return best
  }

  /** Cuts the array, which is mostly holes; what is beyond goes into the column. */
  private shrink(size: number): void {
    const rest = this.arr.splice(size)
    for (let i = 0; i < rest.length; i++) {
      const value = rest[i]
      if (value === undefined) this.holes--
      else {
        if (this.map !== undefined) this.map.set(size + i + 1, this.hash.length)
        this.hash.push(size + i + 1, value)
        this.numbers++
      }
    }
    if (this.map === undefined && this.hash.length > WALK * 2) this.index()
    this.trim()
  }

  /** Takes the keys up to `size` out of the column. */
  private absorb(size: number): void {
    const { hash } = this
    const moved: number[] = []
    for (let i = 0; i < hash.length; i += 2) {
      const key = hash[i]
      if (typeof key === 'number' && key >= 1 && key <= size && key % 1 === 0) moved.push(i)
    }
    if (moved.length === 0) return
    for (const i of moved) {
      this.setInt(hash[i] as number, hash[i + 1])
      hash[i + 1] = undefined
    }
    this.pack()
  }

  /** Drops the dead keys. */
  private pack(): void {
    const hash = this.hash
    let to = 0
    this.numbers = 0
    for (let i = 0; i < hash.length; i += 2) {
      const value = hash[i + 1]
      if (value === undefined) continue
      const key = hash[i]
      if (typeof key === 'number') this.numbers++
      hash[to] = key
      hash[to + 1] = value
      to += 2
    }
    hash.length = to
    this.dead = 0
    this.map = undefined
    if (to > WALK * 2) this.index()
  }

  private index(): void {
    const map = new Map<LuaValue, number>()
    const hash = this.hash
    for (let i = 0; i < hash.length; i += 2) map.set(hash[i], i)
    this.map = map
    meter.bytes += 60 * map.size
  }

  /** A border: `#t`. */
  length(): number {
    const { arr, cap } = this
    const n = arr.length
    if (n === cap) return this.numbers === 0 ? n : this.borderBeyond(n)
    if (this.holes === 0) return n
    let i = 0
    let j = cap
    while (j - i > 1) {
      const middle = (i + j) >>> 1
      if (arr[middle - 1] === undefined) j = middle
      else i = middle
    }
    return i
  }

  private borderBeyond(from: number): number {
    let i = from
    let j = from + 1
    while (this.getInt(j) !== undefined) {
      i = j
      j *= 2
      if (j > 2 ** 31) {
        i = 1
        while (this.getInt(i) !== undefined) i++
        return i - 1
      }
    }
    while (j - i > 1) {
      const middle = Math.floor((i + j) / 2)
      if (this.getInt(middle) === undefined) j = middle
      else i = middle
    }
    return i
  }

  /** The entry after `key` (nil: the first one), or undefined behind the last. */
  next(key: LuaValue): [LuaValue, LuaValue] | undefined {
    const at = this.after(this.positionOf(key))
    return at === 0 ? undefined : [this.keyAt(at), this.valueAt(at)]
  }

  /**
   * Traversal by position: 0 is before the first entry as an argument and the end as a result; the
   * array's positions are its keys, those of the column are below zero.
   */
  after(position: number): number {
    let place = 0
    if (position >= 0) {
      const arr = this.arr
      for (let i = position; i < arr.length; i++) if (arr[i] !== undefined) return i + 1
    } else place = 1 - position
    const hash = this.hash
    for (; place < hash.length; place += 2) if (hash[place + 1] !== undefined) return -1 - place
    return 0
  }

  keyAt(position: number): LuaValue {
    return position > 0 ? position : this.hash[-1 - position]
  }

  valueAt(position: number): LuaValue {
    return position > 0 ? this.arr[position - 1] : this.hash[-position]
  }

  /** Where a key stands; throws for one that the table does not know. */
  positionOf(key: LuaValue): number {
    if (key === undefined) return 0
    // An element that was just cleared may be out of `arr` already.
    if (typeof key === 'number' && key > 0 && key <= this.cap && key % 1 === 0) return key
    const hash = this.hash
    const guess = this.place
    if (guess < hash.length) {
      if (hash[guess] === key) {
        if (guess + 2 < hash.length) this.place = guess + 2
        return -1 - guess
      }
    }
    const at = this.find(key)
    if (at < 0) throw new LuaError("invalid key to 'next'")
    this.place = at + 2
    return -1 - at
  }
}

/** The least power of two that is not below a number from 1. */
const powerFrom = (n: number): number => (n === 1 ? 1 : 1 << (32 - Math.clz32(n - 1)))

/** An empty array that will hold anything: V8 then never changes its kind, and sites stay fast. */
export function tagged(): LuaValue[] {
  const array: LuaValue[] = [undefined]
  array.pop()
  return array
}
