/**
 * The heaviest keys of a stream of keys with weights, in bounded memory.
 *
 * Counters are kept for some keys. When there are too many, all pay what the first that has to go still had,
 * and those that have nothing left go (Misra and Gries, "Finding repeated elements", 1982, in batches). What
 * a key has paid is not taken from what is told of it, so that is exact from the moment on since when it has
 * a counter: never too large, and too small by at most the weight of the stream divided by `most`.
 */
export class HeavyKeys {
  private readonly counters = new Map<string, Counter>()
  private readonly most: number

  /** `most`: counters to keep; as many again may exist for a while. */
  constructor(most: number) {
    this.most = most
  }

  add(key: string, weight: number): void {
    const { counters } = this
    const counter = counters.get(key)
    if (counter === undefined) counters.set(key, { weight, left: weight })
    else {
      counter.weight += weight
      counter.left += weight
    }
    if (counters.size > 2 * this.most) this.thin()
  }

  /** The heaviest first; equal ones in the order of their bytes. */
  top(count: number): [key: string, weight: number][] {
    return [...this.counters]
      .map(([key, { weight }]): [string, number] => [key, weight])
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, count)
  }

  private thin(): void {
    const { counters } = this
    const lefts = [...counters.values()].map(({ left }) => left).sort((a, b) => b - a)
    const price = lefts[this.most] as number
    for (const [key, counter] of counters) {
      counter.left -= price
      if (counter.left <= 0) counters.delete(key)
    }
  }
}

interface Counter {
  /** Since the key has a counter. */
  weight: number
  /** What it can still pay. */
  left: number
}
