/**
 * The bytes of a file, as a system that may lose power has them: what is read back is what was written, what
 * is left after the power failed is what was synced, and of the rest any part.
 */
export interface Dirty {
  readonly at: number
  /** Null: cut here. */
  readonly bytes: Uint8Array | null
}

export class Inode {
  readonly number: number
  data: Uint8Array = new Uint8Array(0)
  durable: Uint8Array = new Uint8Array(0)
  changed = 0
  /** What was not synced, in order. */
  dirty: Dirty[] = []

  constructor(number: number) {
    this.number = number
  }

  write(dirty: Dirty): void {
    this.data = after(this.data, dirty)
    this.dirty.push(dirty)
  }

  sync(): void {
    this.durable = this.data
    this.dirty = []
  }

  /** A sync has failed: what it should have written is forgotten, and the next one does not know. */
  drop(): void {
    this.dirty = []
  }

  /** The power fails. `below` draws what is left: each write may be there, in part or not at all. */
  fail(below: (n: number) => number): void {
    const mode = below(4)
    const kept = mode === 0 ? 0 : below(this.dirty.length + 1)
    for (const [i, dirty] of this.dirty.entries()) {
      const whole = mode === 1 ? below(2) === 0 : i < kept
      const torn = !whole && dirty.bytes !== null && (mode === 2 ? i === kept : below(4) === 0)
      if (whole) this.durable = after(this.durable, dirty)
      else if (torn) {
        const bytes = dirty.bytes as Uint8Array
        const part = bytes.slice(0, below(bytes.length))
        this.durable = after(this.durable, { at: dirty.at, bytes: part })
      }
    }
    this.data = this.durable
    this.dirty = []
  }
}

function after(data: Uint8Array, { at, bytes }: Dirty): Uint8Array {
  if (bytes === null) {
    // A file may grow by that as well.
    const cut = new Uint8Array(at)
    cut.set(data.subarray(0, at))
    return cut
  }
  const next = new Uint8Array(Math.max(data.length, at + bytes.length))
  next.set(data)
  next.set(bytes, at)
  return next
}
