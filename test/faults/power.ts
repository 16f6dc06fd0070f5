/**
 * A disk that can lose power. What was appended relaxed may be gone, from some byte on or here and
 * there; what a failed sync has dropped, and everything behind it, is gone for certain, whatever later
 * syncs say: there are zeros in its place. (Had something behind it survived that says it was stored,
 * that would be damage in the middle, which recovery refuses to load; `recovery.test.ts` has that.)
 */

import type { Durability, Replacement, StorePromises } from '../../src/persistence/store.ts'
import { MemoryDisk, MemoryStore } from '../../src/persistence/stores/memory.ts'

export class PowerDisk extends MemoryDisk {
  /** Records up to this one are on the medium. */
  strict = 0
  /** Records that a failed sync has dropped. */
  readonly doomed = new Set<number>()

  /** A sync failed: the kernel forgets what it had not written. */
  dropUnsynced(): void {
    for (const { sequence } of this.journal) if (sequence > this.strict) this.doomed.add(sequence)
  }

  /** The end of the process, or of the machine. */
  fail(power: boolean, below: (n: number) => number): void {
    if (power && below(3) === 0) {
      // In whatever order it liked.
      this.journal = this.journal.map((record) =>
        record.sequence <= this.strict || below(2) === 0
          ? record
          : { ...record, bytes: holed(record.bytes, below(record.bytes.length + 1)) },
      )
    } else if (power) {
      const first = this.journal.findIndex((record) => record.sequence > this.strict)
      if (first >= 0) {
        const kept = first + below(this.journal.length - first + 1)
        const torn = this.journal[kept]
        this.journal.length = kept
        if (torn !== undefined && below(2) === 0) {
          this.journal.push({ ...torn, bytes: torn.bytes.slice(0, below(torn.bytes.length)) })
        }
      }
    }
    const dropped = this.journal.findIndex((record) => this.doomed.has(record.sequence))
    if (dropped >= 0) {
      this.journal = this.journal.map((record, i) =>
        i < dropped ? record : { ...record, bytes: new Uint8Array(record.bytes.length) },
      )
    }
    this.strict = this.journal.at(-1)?.sequence ?? this.upTo
    this.doomed.clear()
  }
}

/** Only the beginning has arrived. */
function holed(bytes: Uint8Array, kept: number): Uint8Array {
  const rest = bytes.slice()
  return rest.fill(0, kept)
}

export class PowerStore extends MemoryStore {
  declare readonly disk: PowerDisk
  override readonly promises: StorePromises = { durable: true, tears: true, shared: false }

  constructor(disk: PowerDisk) {
    super(disk)
  }

  override async append(
    bytes: Uint8Array,
    sequence: number,
    durability: Durability,
  ): Promise<void> {
    await super.append(bytes, sequence, durability)
    this.disk.doomed.delete(sequence)
    if (durability === 'strict') this.disk.strict = sequence
  }

  override async sync(): Promise<void> {
    await super.sync()
    this.disk.strict = this.disk.journal.at(-1)?.sequence ?? this.disk.upTo
  }

  override async replace(upTo: number): Promise<Replacement> {
    const inner = await super.replace(upTo)
    return {
      ...inner,
      commit: async () => {
        await inner.commit()
        this.disk.strict = Math.max(this.disk.strict, upTo)
      },
    }
  }
}
