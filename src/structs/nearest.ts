// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * Two heaps of (key, number) pairs in typed arrays, for searching what is near.
 *
 * `Frontier` gives the smallest key first: what to look at next. `Nearest` keeps the smallest keys, as
 * many as were asked for, and knows the worst of them; read out, it is in order. Of equal keys the one
 * that came later counts as nearer, but does not push out one that is there.
 *
 * Neither allocates once it has been large: one of each serves all searches of a program.
 */

/** A key that is not a number would have no place in the order. */
const orderly = (key: number): number => (Number.isNaN(key) ? -Infinity : key)

export class Frontier {
  size = 0
  private keys = new Float32Array(64)
  private values = new Int32Array(64)

  /** The smallest key. */
  get key(): number {
    return this.keys[0]!
  }

  clear(): void {
    this.size = 0
  }

  push(key: number, value: number): void {
    if (this.size === this.keys.length) this.grow()
    const { keys, values } = this
    const own = orderly(key)
    let at = this.size++
    while (at > 0) {
      const up = (at - 1) >> 1
      if (keys[up]! <= own) break
      keys[at] = keys[up]!
      values[at] = values[up]!
      at = up
    }
    keys[at] = own
    values[at] = value
  }

  /** Take out the number with the smallest key. */
  pop(): number {
    const { keys, values } = this
    const first = values[0]!
    const size = --this.size
    const key = keys[size]!
    const value = values[size]!
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= size) break
      if (down + 1 < size && keys[down + 1]! < keys[down]!) down++
      if (keys[down]! >= key) break
      keys[at] = keys[down]!
      values[at] = values[down]!
      at = down
    }
    keys[at] = key
    values[at] = value
    return first
  }

  private grow(): void {
    const keys = new Float32Array(2 * this.keys.length)
    const values = new Int32Array(2 * this.values.length)
    keys.set(this.keys)
    values.set(this.values)
    this.keys = keys
    this.values = values
  }
}

export class Nearest {
  size = 0
  /** In order after `sort`; before that, a heap with the worst first. */
  keys = new Float32Array(64)
  values = new Int32Array(64)
  private turns = new Int32Array(64)
  private most = 0
  private turn = 0

  /** Forget all, and keep up to so many from now on. */
  reset(most: number): void {
    this.size = 0
    this.most = most
    this.turn = 0
  }

  get full(): boolean {
    return this.size >= this.most
  }

  /** The largest key that is kept; infinite while there is none. */
  get worst(): number {
    return this.size === 0 ? Infinity : this.keys[0]!
  }

  push(key: number, value: number): void {
    const own = orderly(key)
    const turn = this.turn++
    if (this.size < this.most) {
      if (this.size === this.keys.length) this.grow()
      this.rise(this.size++, own, value, turn)
    } else if (this.size > 0 && own < this.keys[0]!) this.sink(this.size, own, value, turn)
  }

  /** Put all in order, the nearest first. Nothing may be added after that. */
  sort(): void {
    const { keys, values, turns } = this
    for (let end = this.size - 1; end > 0; end--) {
      const key = keys[end]!
      const value = values[end]!
      const turn = turns[end]!
      keys[end] = keys[0]!
      values[end] = values[0]!
      turns[end] = turns[0]!
      this.sink(end, key, value, turn)
    }
  }

  /** From a free place at the end up to where it belongs. */
  private rise(from: number, key: number, value: number, turn: number): void {
    const { keys, values, turns } = this
    let at = from
    while (at > 0) {
      const up = (at - 1) >> 1
      const above = keys[up]!
      if (above > key || (above === key && turns[up]! < turn)) break
      keys[at] = above
      values[at] = values[up]!
      turns[at] = turns[up]!
      at = up
    }
    keys[at] = key
    values[at] = value
    turns[at] = turn
  }

  /** From the root, which is free, down to where it belongs. */
  private sink(size: number, key: number, value: number, turn: number): void {
    const { keys, values, turns } = this
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= size) break
      let below = keys[down]!
      if (down + 1 < size) {
        const other = keys[down + 1]!
        if (other > below || (other === below && turns[down + 1]! < turns[down]!)) {
          down++
          below = other
        }
      }
      if (below < key || (below === key && turns[down]! > turn)) break
      keys[at] = below
      values[at] = values[down]!
      turns[at] = turns[down]!
      at = down
    }
    keys[at] = key
    values[at] = value
    turns[at] = turn
  }

  private grow(): void {
    const keys = new Float32Array(2 * this.keys.length)
    const values = new Int32Array(2 * this.values.length)
    const turns = new Int32Array(2 * this.turns.length)
    keys.set(this.keys)
    values.set(this.values)
    turns.set(this.turns)
    this.keys = keys
    this.values = values
    this.turns = turns
  }
}
