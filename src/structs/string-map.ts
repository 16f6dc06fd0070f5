// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * A map of byte strings to byte strings that is compact while it is small.
 *
 * Up to 16 entries it is one array of keys and values in turn, compared one after the other: less than
 * half the memory of a dictionary, and no slower, because nothing is hashed. Above, it is a `Dict`. It
 * becomes small again at eight, so that it does not go back and forth.
 *
 * Entries have a place, from 0 to size - 1, in the order in which they came. A small map keeps that
 * order when an entry is deleted; a large one moves its last entry into the hole. Either way an entry never
 * moves to a higher place, except into the part that a walk from the end has behind it: so `scan`
 * misses nothing that is there throughout, also when the map changes its form meanwhile.
 *
 * Each entry may have a deadline. The column for that is there only once it is used.
 */
import { Dict } from './dict.ts'

const MOST_SMALL = 16
const SMALL_AGAIN = 8

const NO_PAIRS: string[] = []

export class StringMap {
  /** Number of entries. */
  size = 0
  /** Keys and values in turn, and room; empty once there is a dictionary. */
  private pairs: string[] = NO_PAIRS
  private table: Dict<string> | null = null
  /** Deadlines of the small form, or null if there was none yet. */
  private times: number[] | null = null
  protected readonly seed: number

  /** The seed is the dictionary's: what nobody outside may know. */
  constructor(seed: number) {
    this.seed = seed
  }

  /** Whether there is no dictionary. */
  get small(): boolean {
    return this.table === null
  }

  /** The place of a key, or -1. */
  find(key: string): number {
    if (this.table !== null) return this.table.find(key)
    const { pairs } = this
    const end = 2 * this.size
    for (let i = 0; i < end; i += 2) if (pairs[i] === key) return i >>> 1
    return -1
  }

  get(key: string): string | undefined {
    const place = this.find(key)
    return place < 0 ? undefined : this.valueAt(place)
  }

  keyAt(place: number): string {
    return this.table !== null ? this.table.keyAt(place) : this.pairs[2 * place]!
  }

  valueAt(place: number): string {
    return this.table !== null ? this.table.valueAt(place) : this.pairs[2 * place + 1]!
  }

  setValueAt(place: number, value: string): void {
    if (this.table !== null) this.table.setValueAt(place, value)
    else this.pairs[2 * place + 1] = value
  }

  /** A point in time; 0 means none. */
  timeAt(place: number): number {
    if (this.table !== null) return this.table.numberAt(place)
    return this.times === null ? 0 : this.times[place]!
  }

  setTimeAt(place: number, at: number): void {
    if (this.table !== null) this.table.setNumberAt(place, at)
    else if (this.times !== null) this.times[place] = at
    else if (at !== 0) {
      this.times = new Array<number>(this.size).fill(0)
      this.times[place] = at
    }
  }

  /** Adds a key that is known to be absent; returns its place. */
  insert(key: string, value: string): number {
    if (this.table === null && this.size === MOST_SMALL) this.enlarge()
    if (this.table !== null) {
      this.size++
      return this.table.insert(key, value)
    }
    const place = this.size++
    if (2 * place === this.pairs.length) this.resize(place === 0 ? 1 : 2 * place)
    this.pairs[2 * place] = key
    this.pairs[2 * place + 1] = value
    if (this.times !== null) this.times.push(0)
    return place
  }

  deleteAt(place: number): void {
    const last = --this.size
    if (this.table !== null) {
      this.table.deleteAt(place)
      if (last <= SMALL_AGAIN) this.reduce(this.table)
      return
    }
    const { pairs } = this
    for (let i = 2 * place; i < 2 * last; i++) pairs[i] = pairs[i + 2]!
    // Nothing behind the end stays alive.
    pairs[2 * last] = ''
    pairs[2 * last + 1] = ''
    if (this.times !== null) this.times.splice(place, 1)
    if (last > 0 && 8 * last <= pairs.length) this.resize(pairs.length >>> 2)
  }

  /**
   * Visits `count` entries, the last ones first, and returns the cursor to go on from; 0 starts and 0 ends. A
   * small map is visited whole. The visitor changes nothing.
   */
  scan(cursor: number, count: number, visit: (place: number) => void): number {
    const { table } = this
    const from = table === null ? this.size : table.resume(cursor)
    const to = table === null ? 0 : Math.max(0, from - count)
    for (let place = to; place < from; place++) visit(place)
    return table === null ? 0 : table.pause(to)
  }

  /** Gives another map, which is empty, the same entries to walk through: none can be found there. */
  protected shareWith(twin: StringMap): void {
    const { table } = this
    twin.size = this.size
    if (table !== null) twin.table = table.share()
    else {
      twin.pairs = this.pairs.slice()
      twin.times = this.times === null ? null : this.times.slice()
    }
  }

  /** Puts all entries of another map, with their deadlines, into this one, which is empty. */
  fill(from: StringMap): void {
    for (let i = 0; i < from.size; i++) {
      this.insert(from.keyAt(i), from.valueAt(i))
      const time = from.timeAt(i)
      if (time !== 0) this.setTimeAt(i, time)
    }
  }

  /** Puts the entries in order. All places change. */
  sort(compare: (a: string, b: string) => number): void {
    const order = Array.from({ length: this.size }, (_, i) => i)
    order.sort((a, b) => compare(this.keyAt(a), this.keyAt(b)))
    const sorted = new StringMap(this.seed)
    for (const i of order)
      sorted.setTimeAt(sorted.insert(this.keyAt(i), this.valueAt(i)), this.timeAt(i))
    this.pairs = sorted.pairs
    this.table = sorted.table
    this.times = sorted.times
  }

  /** Room for so many pairs, which are there all. */
  private resize(pairs: number): void {
    const next = new Array<string>(2 * pairs)
    const end = Math.min(2 * this.size, this.pairs.length)
    for (let i = 0; i < end; i++) next[i] = this.pairs[i]!
    for (let i = end; i < next.length; i++) next[i] = ''
    this.pairs = next
  }

  private enlarge(): void {
    const table = new Dict<string>(this.seed)
    for (let i = 0; i < this.size; i++) {
      table.insert(this.pairs[2 * i]!, this.pairs[2 * i + 1]!)
      const time = this.timeAt(i)
      if (time !== 0) table.setNumberAt(i, time)
    }
    this.table = table
    this.pairs = NO_PAIRS
    this.times = null
  }

  private reduce(table: Dict<string>): void {
    const { size } = this
    const pairs = new Array<string>(2 * size)
    let times: number[] | null = null
    for (let i = 0; i < size; i++) {
      pairs[2 * i] = table.keyAt(i)
      pairs[2 * i + 1] = table.valueAt(i)
      const time = table.numberAt(i)
      if (time !== 0) {
        times ??= new Array<number>(size).fill(0)
        times[i] = time
      }
    }
    this.pairs = pairs
    this.times = times
    this.table = null
  }
}
