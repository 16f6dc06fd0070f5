/**
 * How often something took how long, in buckets that double: enough to tell percentiles within a
 * factor of two, in a few dozen numbers.
 */
const BUCKETS = 31
/** What is above this is in the last bucket. */
const MOST = 2 ** (BUCKETS - 1)

export class Histogram {
  /** Bucket `i` counts what is above 2^(i-1) and not above 2^i. */
  private readonly counts: Float64Array = new Float64Array(BUCKETS)
  total = 0

  /** `value` came `times` times. */
  add(value: number, times: number): void {
    const at = value <= 1 ? 0 : value > MOST ? BUCKETS - 1 : 32 - Math.clz32(Math.ceil(value) - 1)
    this.counts[at] = (this.counts[at] as number) + times
    this.total += times
  }

  /** Each bucket that has something in it: its number, and how much there is up to its end. */
  *cumulative(): Iterable<readonly [bucket: number, count: number]> {
    let sum = 0
    for (let i = 0; i < BUCKETS && sum < this.total; i++) {
      const count = this.counts[i] as number
      sum += count
      if (count > 0) yield [i, sum]
    }
  }

  /** Up to which bucket one has to go for this share (0 to 1) of everything; -1 if there is nothing. */
  quantile(share: number): number {
    for (const [bucket, count] of this.cumulative()) if (count >= share * this.total) return bucket
    return -1
  }
}
