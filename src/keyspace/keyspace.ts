/** All databases. SELECT picks one by number; SWAPDB exchanges what two numbers stand for. */
import { ARRAY_LIMITS, type SliceLimits } from '../types/array.ts'
import { HASH_LIMITS, type HashLimits } from '../types/hash.ts'
import { SetLimits } from '../types/set.ts'
import { StreamLimits } from '../types/stream.ts'
import { VectorSets } from '../types/vector-set.ts'
import { ZSetLimits } from '../types/zset.ts'
import { Database } from './database.ts'

export class Keyspace {
  readonly databases: Database[]
  /** The access mark that new keys get; the engine keeps it up to date. */
  readonly freshMark: { value: number }
  /** When sets change their layout; the engine keeps it up to date. */
  readonly setLimits: SetLimits
  /** When sorted sets change theirs. */
  readonly zsetLimits: ZSetLimits
  /** How the slices of arrays are laid out. */
  readonly arrayLimits: SliceLimits
  /** What streams are made with. */
  readonly streamLimits: StreamLimits
  /** Up to where hashes are listpacks; the engine keeps it up to date. */
  readonly hashLimits: HashLimits
  private readonly vectorSets: VectorSets

  /** `beside`: a keyspace that its values are going to be handed over to. */
  constructor(count: number, seed: () => number, beside?: Keyspace) {
    const mark = beside?.freshMark ?? { value: 0 }
    this.freshMark = mark
    const limits = beside?.setLimits ?? new SetLimits(seed())
    this.setLimits = limits
    const hashes = beside?.hashLimits ?? { ...HASH_LIMITS }
    this.hashLimits = hashes
    this.arrayLimits = beside?.arrayLimits ?? { ...ARRAY_LIMITS }
    this.streamLimits = beside?.streamLimits ?? new StreamLimits()
    this.databases = Array.from(
      { length: count },
      (_, i) => new Database(i, seed(), mark, limits, hashes),
    )
    this.zsetLimits = beside?.zsetLimits ?? new ZSetLimits(seed())
    const vectorSets = beside?.vectorSets ?? new VectorSets(seed())
    this.vectorSets = vectorSets
    for (const db of this.databases) {
      db.zsetLimits = this.zsetLimits
      db.arrayLimits = this.arrayLimits
      db.streamLimits = this.streamLimits
      db.vectorSets = vectorSets
    }
  }

  at(index: number): Database {
    return this.databases[index] as Database
  }

  has(index: number): boolean {
    return index >= 0 && index < this.databases.length
  }

  swap(a: number, b: number): void {
    const first = this.at(a)
    const second = this.at(b)
    this.databases[a] = second
    this.databases[b] = first
    second.index = a
    first.index = b
  }

  /** Keys in all databases. */
  get size(): number {
    return this.databases.reduce((sum, db) => sum + db.size, 0)
  }
}
