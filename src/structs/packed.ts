/**
 * A run of short byte strings in one piece of memory.
 *
 * A string costs V8 some twenty bytes beside its own, and the place that names it eight; here it costs two, and
 * the garbage collector has nothing to look at. Reading makes a new string, which takes as long as waiting
 * for one that is not in the processor's cache. A change copies the run. So this is for the inner parts
 * of something long, where little changes and most is never read again.
 */
import { fromBytes, writeBytes } from '../util/bytes.ts'

/** Where strings end is kept in sixteen bits. */
export const MOST_PACKED = 0xffff

const NONE: readonly string[] = []

export class Packed {
  count: number
  private bytes: Uint8Array
  /** Behind each string. */
  private ends: Uint16Array
  /** Another run reads the same bytes: they must stay as they are. */
  private shared = false

  /** Of strings that have at most `MOST_PACKED` bytes together. */
  constructor(values: readonly string[]) {
    const { length } = values
    this.count = length
    this.ends = new Uint16Array(length)
    let size = 0
    for (let i = 0; i < length; i++) {
      size += (values[i] as string).length
      this.ends[i] = size
    }
    this.bytes = new Uint8Array(size)
    let at = 0
    for (let i = 0; i < length; i++) at = writeBytes(values[i] as string, this.bytes, at)
  }

  /** The same strings, in the same memory until either run changes. */
  share(): Packed {
    const twin = new Packed(NONE)
    twin.count = this.count
    twin.bytes = this.bytes
    twin.ends = this.ends
    twin.shared = true
    this.shared = true
    return twin
  }

  /** Whether so many bytes more have room. */
  fits(more: number): boolean {
    return this.bytes.length + more <= MOST_PACKED
  }

  private startOf(i: number): number {
    return i === 0 ? 0 : (this.ends[i - 1] as number)
  }

  at(i: number): string {
    return fromBytes(this.bytes, this.startOf(i), this.ends[i])
  }

  /** Whether the string at this place is this one, without making it. */
  is(i: number, value: string): boolean {
    const start = this.startOf(i)
    const { length } = value
    if ((this.ends[i] as number) - start !== length) return false
    const { bytes } = this
    for (let j = 0; j < length; j++) if (bytes[start + j] !== value.charCodeAt(j)) return false
    return true
  }

  set(i: number, value: string): void {
    const start = this.startOf(i)
    if ((this.ends[i] as number) - start !== value.length || this.shared) this.splice(i, 1, value)
    else writeBytes(value, this.bytes, start)
  }

  insert(i: number, value: string): void {
    this.splice(i, 0, value)
  }

  remove(i: number): string {
    const value = this.at(i)
    this.splice(i, 1, null)
    return value
  }

  /** Removes a run, which the caller knows to be inside. */
  cut(start: number, count: number): void {
    this.splice(start, count, null)
  }

  /** Removes strings that equal a value, at most so many, seen from either end. */
  removeEqual(value: string, most: number, direction: 1 | -1): number {
    const kept: string[] = []
    let found = 0
    for (let n = 0; n < this.count; n++) {
      const i = direction === 1 ? n : this.count - 1 - n
      if (found < most && this.is(i, value)) found++
      else kept.push(this.at(i))
    }
    if (found === 0) return 0
    const rest = new Packed(direction === 1 ? kept : kept.reverse())
    this.bytes = rest.bytes
    this.ends = rest.ends
    this.count = rest.count
    this.shared = false
    return found
  }

  /** In place of `removed` strings from `start` on comes one, or none. */
  private splice(start: number, removed: number, value: string | null): void {
    const { bytes, ends, count } = this
    const from = this.startOf(start)
    const to = this.startOf(start + removed)
    const added = value === null ? 0 : 1
    const length = value === null ? 0 : value.length
    const more = from + length - to
    const nextBytes = new Uint8Array(bytes.length + more)
    nextBytes.set(bytes.subarray(0, from))
    if (value !== null) writeBytes(value, nextBytes, from)
    nextBytes.set(bytes.subarray(to), from + length)
    const nextEnds = new Uint16Array(count + added - removed)
    nextEnds.set(ends.subarray(0, start))
    if (value !== null) nextEnds[start] = from + length
    for (let i = start + removed; i < count; i++) {
      nextEnds[i + added - removed] = (ends[i] as number) + more
    }
    this.bytes = nextBytes
    this.ends = nextEnds
    this.count = nextEnds.length
    this.shared = false
  }
}
