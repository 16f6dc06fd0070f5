/**
 * One numbered database: keys, values and deadlines.
 *
 * Values and deadlines live in columns of the dictionary; the bucket list beside it only tells the
 * cron where to look for keys that are due. Every change goes through a method here, because a
 * snapshot that is under way must see the old value of a key before it changes (`barrier`).
 */
import { Deadlines } from '../structs/deadlines.ts'
import { Dict } from '../structs/dict.ts'
import { ARRAY_LIMITS, type SliceLimits } from '../types/array.ts'
import { HASH_LIMITS, Hash, type HashLimits } from '../types/hash.ts'
import { SetLimits } from '../types/set.ts'
import { Stream, StreamLimits } from '../types/stream.ts'
import type { Value } from '../types/value.ts'
import { VectorSets } from '../types/vector-set.ts'
import { ZSetLimits } from '../types/zset.ts'
import { flatten } from '../util/bytes.ts'
import type { Account } from './account.ts'

/** Told of a change before it happens. `index` is the entry's place in the dictionary. */
export interface Barrier {
  before(db: Database, index: number): void
  /** The entry at `from` has taken the place of one at `to` that was removed or has moved itself. */
  moved(db: Database, from: number, to: number): void
  cleared(db: Database): void
}

/** Entries of `deadlines` that may stay where no key has a deadline. */
const LEFT_OVER = 64

/** No expiry. A stored deadline is always above it. */
export const NO_EXPIRY = 0

export class Database {
  /** The number clients select it by; SWAPDB exchanges two. */
  index: number
  readonly entries: Dict<Value>
  /** For the dictionaries of its values, as secret as its own. */
  readonly seed: number
  readonly deadlines: Deadlines = new Deadlines()
  /** Hashes by the earliest deadline of their fields. */
  readonly fieldDeadlines: Deadlines = new Deadlines()
  /** How many keys have a deadline. */
  volatile = 0
  barrier: Barrier | null = null
  /** A second one, for whoever reads all data beside a snapshot: an export. */
  reader: Barrier | null = null
  /** Counts the bytes of all databases; null where nobody asks. */
  account: Account | null = null
  /** Shared by all databases. */
  readonly hashLimits: HashLimits
  /** What sorted sets are made with; the keyspace has one for all databases. */
  zsetLimits: ZSetLimits
  /** What arrays are made with; the keyspace has one for all databases. */
  arrayLimits: SliceLimits = ARRAY_LIMITS
  /** What streams are made with; likewise. */
  streamLimits: StreamLimits = new StreamLimits()
  /** Keys of streams that remember what producers have sent; some of them may do so no longer. */
  readonly producing: Set<string> = new Set()
  /** What vector sets are made with, likewise. */
  vectorSets: VectorSets

  /** The access mark of new keys, shared by all databases. */
  private readonly freshMark: { readonly value: number }

  /** What sets are made with; shared by all databases. */
  readonly setLimits: SetLimits

  constructor(
    index: number,
    seed: number,
    freshMark: { readonly value: number } = { value: 0 },
    setLimits: SetLimits = new SetLimits(seed),
    hashLimits: HashLimits = { ...HASH_LIMITS },
  ) {
    this.index = index
    this.seed = seed
    this.hashLimits = hashLimits
    this.freshMark = freshMark
    this.setLimits = setLimits
    this.zsetLimits = new ZSetLimits(seed)
    this.vectorSets = new VectorSets(seed)
    this.entries = new Dict<Value>(seed, { hot: true })
    this.entries.onMove = (from, to) => {
      if (this.barrier !== null) this.barrier.moved(this, from, to)
      if (this.reader !== null) this.reader.moved(this, from, to)
    }
  }

  get size(): number {
    return this.entries.size
  }

  /** The entry's place, or -1. Deadlines are not looked at. */
  find(key: string): number {
    return this.entries.find(key)
  }

  keyAt(index: number): string {
    return this.entries.keyAt(index)
  }

  valueAt(index: number): Value {
    return this.entries.valueAt(index)
  }

  /** Milliseconds since the epoch, or `NO_EXPIRY`. */
  deadlineAt(index: number): number {
    return this.volatile === 0 ? NO_EXPIRY : this.entries.numberAt(index)
  }

  /** Announce that the value at this place is about to be edited. */
  beforeEdit(index: number): void {
    if (this.barrier !== null) this.barrier.before(this, index)
    if (this.reader !== null) this.reader.before(this, index)
    if (this.account !== null) this.account.before(this, index)
  }

  /** Add a key that is known to be absent. */
  insert(key: string, value: Value): number {
    // A key cut out of a request would keep the whole request alive.
    const index = this.entries.insert(flatten(key), value)
    this.entries.setClockAt(index, this.freshMark.value)
    if (this.account !== null) this.account.inserted(this, key)
    if (value instanceof Hash) this.adopt(key, value)
    else if (value instanceof Stream) this.noteProducers(key, value)
    return index
  }

  replaceAt(index: number, value: Value): void {
    this.beforeEdit(index)
    this.entries.setValueAt(index, value)
    if (value instanceof Hash) this.adopt(this.entries.keyAt(index), value)
    else if (value instanceof Stream) this.noteProducers(this.entries.keyAt(index), value)
  }

  setDeadlineAt(index: number, at: number): void {
    const old = this.deadlineAt(index)
    if (old === at) return
    this.beforeEdit(index)
    if (old === NO_EXPIRY) this.volatile++
    this.entries.setNumberAt(index, at)
    if (at === NO_EXPIRY) this.volatile--
    else if (old === NO_EXPIRY || at < old) {
      // A later deadline needs no entry: the one it has comes first, and is then added again.
      this.deadlines.add(this.entries.keyAt(index), at)
      if (this.deadlines.shouldRebuild(this.volatile)) this.rebuildDeadlines()
    }
  }

  removeAt(index: number): void {
    // The barrier comes first: it reads the deadline, which `volatile` at 0 would hide.
    this.beforeEdit(index)
    if (this.volatile !== 0 && this.entries.numberAt(index) !== NO_EXPIRY) this.volatile--
    this.entries.deleteAt(index)
    // What is left over does no harm, and a lock that comes and goes need not clear it each time.
    if (this.volatile === 0 && this.deadlines.size > LEFT_OVER) this.deadlines.clear()
  }

  clear(): void {
    if (this.barrier !== null) this.barrier.cleared(this)
    if (this.reader !== null) this.reader.cleared(this)
    if (this.account !== null) this.account.cleared(this)
    this.entries.clear()
    this.deadlines.clear()
    this.fieldDeadlines.clear()
    this.producing.clear()
    this.volatile = 0
  }

  /** Call when fields of a hash were given deadlines; it is looked at no earlier than `least`. */
  noteFields(key: string, hash: Hash, least = 0): void {
    const { expiry } = hash
    if (expiry === null) return
    const at = Math.max(hash.nextExpiry, least)
    if (at >= expiry.noted) return
    expiry.noted = at
    this.fieldDeadlines.add(key, at)
    if (this.fieldDeadlines.shouldRebuild(this.size)) this.rebuildFieldDeadlines()
  }

  /** Call when a stream has come to remember what a producer has sent. */
  noteProducers(key: string, stream: Stream): void {
    if (stream.producers !== null) this.producing.add(key)
  }

  /** Forget what producers have sent so long ago that it does not count any more. */
  forgetMessages(now: number): void {
    for (const key of this.producing) {
      const index = this.entries.find(key)
      const stream = index < 0 ? undefined : this.entries.valueAt(index)
      if (stream instanceof Stream && stream.producers !== null) {
        this.beforeEdit(index)
        stream.forgetMessages(now)
        if (stream.producers !== null) continue
      }
      this.producing.delete(key)
    }
  }

  /** A hash has come under a key; it may have been under another one. */
  private adopt(key: string, hash: Hash): void {
    if (hash.expiry === null) return
    hash.expiry.noted = Number.POSITIVE_INFINITY
    this.noteFields(key, hash)
  }

  private rebuildFieldDeadlines(): void {
    this.fieldDeadlines.rebuild((add) => {
      for (let i = 0; i < this.entries.size; i++) {
        const value = this.entries.valueAt(i)
        if (!(value instanceof Hash) || value.expiry === null) continue
        value.expiry.noted = value.nextExpiry
        add(this.entries.keyAt(i), value.nextExpiry)
      }
    })
  }

  private rebuildDeadlines(): void {
    this.deadlines.rebuild((add) => {
      for (let i = 0; i < this.entries.size; i++) {
        const at = this.entries.numberAt(i)
        if (at !== NO_EXPIRY) add(this.entries.keyAt(i), at)
      }
    })
  }
}
