/**
 * The journal: effects of the engine on their way into a store.
 *
 * Effects are spelled as Redis spells them in its append-only file, and collect in one buffer. While
 * one batch is being stored the next one collects (group commit), so a slow store makes batches larger
 * and not the queue longer.
 *
 * Under `always` the engine keeps the reply of a write, and everything behind it, until its batch is
 * stored. Under `everysec` and `no` replies leave at once; batches follow within milliseconds, and
 * `everysec` makes them strict once a second.
 *
 * A batch that cannot be stored is never dropped. It is tried again a few times; a full store is
 * given one rewrite, which is often all it needs. Then the failure is latched: writes are refused,
 * waiting replies become errors, and everything unsaved stays in memory. What is kept is stored once the
 * store works again, and only then the latch opens. When too much has collected, or when a sync has
 * failed so that even what was accepted is in doubt, the bytes are given up for a fresh snapshot,
 * which contains them all.
 */
import type { Engine } from '../engine/engine.ts'
import type { Effect } from '../engine/propagation.ts'
import { EffectWriter } from './effects.ts'
import { asStoreError, type FencedError, type StoreError } from './errors.ts'
import { strictNote } from './record.ts'
import { OWN_SELECT } from './requests.ts'
import type { Durability, Store } from './store.ts'
import type { Turns } from './turns.ts'

/** Under `everysec`: with the time that storing takes, nothing is in doubt for longer than a second. */
const SYNC_MS = 850

export type FsyncPolicy = 'always' | 'everysec' | 'no'

export interface JournalOptions {
  /** A batch is closed when it has this size. A unit is never divided. */
  batchBytes: number
  /** Under `everysec` and `no`: milliseconds in which a batch may collect. */
  gatherMs: number
  /** Unsaved bytes to keep while the store does not work; beyond it only a snapshot helps. */
  retainBytes: number
  /** Unsaved bytes from which replies wait for the store under every policy. */
  backlogBytes: number
  /** Milliseconds for which an effect may wait to be stored before replies wait for it as well. */
  lagMs: number
  /** Pauses between tries before the failure is latched, and between tries afterwards. */
  retries: readonly number[]
  latchedRetries: readonly number[]
}

export interface JournalHooks {
  /** Store everything afresh. Resolves when that is done, and `covered` was called. */
  rewrite(): Promise<void>
  /** A batch was stored. */
  stored(bytes: number): void
  /** Saved, saving, failed, fenced: one may have become another. */
  changed(): void
  /** Whether writes are to be refused while the failure is latched. */
  readonly stopsWrites: boolean
}

/** A moment: the last record before it, and the last unit. */
export interface Point {
  readonly sequence: number
  readonly offset: number
}

interface Batch extends Point {
  readonly record: Uint8Array
  /** When its first effect was made. */
  readonly since: number
}

interface Waiter {
  readonly sequence: number
  resolve(): void
  reject(error: StoreError): void
}

export class Journal {
  /** What keeps the journal from storing; writes are refused meanwhile. */
  latched: StoreError | null = null
  fenced: FencedError | null = null
  /** The number of the last record that was made. */
  sequence = 0
  /** The last record that is strictly stored, and the last one that is stored at all. */
  private strictUpTo = 0
  private storedUpTo = 0
  private policy: FsyncPolicy = 'everysec'
  private epoch = 0
  private readonly engine: Engine
  private readonly store: Store
  private readonly turns: Turns
  private readonly hooks: JournalHooks
  private readonly options: JournalOptions
  private writer: EffectWriter
  private selected = -1
  /** `aof-timestamp-enabled`, and the second that was noted last. */
  stamps = false
  private stamped = -1
  /** The last unit that is in the writer or a batch. */
  private lastOffset = 0
  private queue: Batch[] = []
  private queuedBytes = 0
  /** When the first effect in the writer was made, ms since the epoch; 0 if there is none. */
  private since = 0
  /** The same of all effects that are not stored. */
  private oldest = 0
  /** The kept bytes are not all there is to store. */
  private lost = false
  /** A snapshot is under way, and what comes after its moment must be kept. */
  private snapshotting = false
  /** Bytes were given up after the moment of that snapshot: it will not be enough. */
  private lostSince = false
  private unlisten: (() => void) | null = null
  /** The storing that is under way. */
  private running: Promise<void> | null = null
  private scheduled = false
  private cancelGather: (() => void) | null = null
  private cancelSync: (() => void) | null = null
  private cancelRetry: (() => void) | null = null
  /** Ends the pause before the next try. */
  private hurry: (() => void) | null = null
  private attempts = 0
  private latchedAttempts = 0
  private triedRewrite = false
  private unsynced = false
  private syncing: Promise<void> | null = null
  private throttled = false
  private answering = false
  private waiters: Waiter[] = []

  constructor(
    engine: Engine,
    store: Store,
    turns: Turns,
    hooks: JournalHooks,
    options: JournalOptions,
  ) {
    this.engine = engine
    this.store = store
    this.turns = turns
    this.hooks = hooks
    this.options = options
    this.writer = new EffectWriter(options.batchBytes >> 4)
  }

  // ---- On and off ---------------------------------------------------------------------------------

  get enabled(): boolean {
    return this.unlisten !== null
  }

  /** Set who writes, and after which record. */
  own(epoch: number, sequence: number): void {
    this.epoch = epoch
    this.sequence = sequence
    // A store that was opened holds what it has.
    this.strictUpTo = sequence
    this.storedUpTo = sequence
  }

  /** The store was opened later than the data were read; nothing has been stored in it yet. */
  claimed(epoch: number): void {
    this.epoch = epoch
  }

  /**
   * Hear of every unit from now on. `afresh`: what came before is not stored, so a snapshot has to
   * come first, and no record is stored before it.
   */
  begin(afresh: boolean): void {
    if (this.unlisten !== null) return
    this.lastOffset = this.engine.offset
    this.unlisten = this.engine.propagation.listen((unit) => this.hear(unit))
    this.gate()
    if (!afresh) return
    // A snapshot that is under way began before this moment, so it will not do either.
    this.lose()
    void this.pump()
  }

  /** Hear no more. What was heard is stored by `flush`, which has to be called before. */
  end(): void {
    this.latched = null
    this.lost = false
    this.oldest = 0
    this.forget()
    this.unlisten?.()
    this.unlisten = null
    this.cancelGather?.()
    this.cancelSync?.()
    this.cancelRetry?.()
    this.cancelGather = null
    this.cancelSync = null
    this.cancelRetry = null
    this.hurry?.()
    this.engine.durableUpTo(Number.POSITIVE_INFINITY)
  }

  setPolicy(policy: FsyncPolicy): void {
    const before = this.policy
    if (policy === before) return
    this.policy = policy
    if (this.unlisten === null) return
    this.gate()
    if (policy === 'everysec' && this.unsynced) this.syncSoon()
  }

  /** Who waits for the store: under `always` everybody from here on, else nobody. */
  private gate(): void {
    this.throttled = false
    // A batch that was under way when the journal was ended comes here as well: nobody waits any more.
    const waits = this.waiting && this.unlisten !== null
    this.engine.durableUpTo(waits ? this.engine.offset : Number.POSITIVE_INFINITY)
  }

  private get waiting(): boolean {
    return this.policy === 'always' && (this.latched === null || this.hooks.stopsWrites)
  }

  /** Units went by that need not be stored: they came from the store. */
  skip(): void {
    this.lastOffset = this.engine.offset
    if (this.unlisten !== null) this.gate()
  }

  /** `stop-writes-on-bgsave-error` was changed. */
  reconsider(): void {
    if (this.latched !== null && this.unlisten !== null) this.gate()
  }

  // ---- What is there to store ---------------------------------------------------------------------

  /** Bytes that were heard and not stored. */
  get pendingBytes(): number {
    return this.queuedBytes + this.writer.size
  }

  get pending(): boolean {
    return this.queue.length > 0 || this.writer.size > 0 || this.lost
  }

  /** Milliseconds for which the oldest unsaved effect has been waiting. */
  get lag(): number {
    return this.oldest === 0 ? 0 : Math.max(0, this.engine.now() - this.oldest)
  }

  private hear(unit: readonly Effect[]): void {
    const { engine } = this
    // What is read from the store is in the store.
    if (engine.loading) return
    const wasIdle = !this.pending
    const offset = engine.offset + 1
    this.lastOffset = offset
    const now = engine.now()
    if (this.stamps && (!this.lost || this.snapshotting)) this.stamp(Math.floor(now / 1000))
    if (this.oldest === 0) this.oldest = now
    if (this.since === 0) this.since = now
    if (!this.lost || this.snapshotting) this.write(unit)
    if (this.latched !== null) {
      this.heardWhileLatched()
      return
    }
    if (this.writer.size >= this.options.batchBytes) this.closeBatch()
    if (this.policy !== 'always' && !this.throttled) this.throttle()
    this.schedule()
    if (wasIdle) this.hooks.changed()
  }

  /** Say when what follows was done: the first thing in its record, so that a file can be cut there. */
  private stamp(second: number): void {
    if (second === this.stamped) return
    this.closeBatch()
    this.stamped = second
    this.writer.note(`TS:${second}`)
  }

  private write(unit: readonly Effect[]): void {
    const { writer } = this
    const several = unit.length > 1
    // Each record stands for itself: it begins by saying which database it means.
    for (let i = 0; i < unit.length; i++) {
      const { dbIndex, argv } = unit[i] as Effect
      if (dbIndex !== this.selected) {
        writer.command([OWN_SELECT, String(dbIndex)])
        this.selected = dbIndex
      }
      if (several && i === 0) writer.command(['MULTI'])
      writer.command(argv)
    }
    if (several) writer.command(['EXEC'])
  }

  /** Close the batch that collects. */
  private closeBatch(): void {
    if (this.writer.size === 0) return
    const sequence = ++this.sequence
    // Recovery has to know which records before this one may be gone. Without a note: none.
    if (this.policy !== 'always' || this.strictUpTo < sequence - 1) {
      this.writer.note(strictNote(Math.min(this.strictUpTo, sequence - 1)))
    }
    const record = this.writer.take('J', sequence, this.epoch)
    this.selected = -1
    this.queue.push({ record, sequence, offset: this.lastOffset, since: this.since })
    this.since = 0
    this.queuedBytes += record.length
  }

  /** The store is behind by too much, or for too long: let replies wait until it has caught up. */
  private throttle(): void {
    const { backlogBytes, lagMs } = this.options
    if (this.pendingBytes < backlogBytes && this.lag < lagMs) return
    this.throttled = true
    this.engine.durableOffset = this.engine.offset
  }

  // ---- Snapshots ----------------------------------------------------------------------------------

  /** Now. */
  get point(): Point {
    return { sequence: this.sequence, offset: this.engine.offset }
  }

  /** A snapshot of this very moment begins: it will contain every record up to the point. */
  seal(): Point {
    this.closeBatch()
    // The file that begins now says so again.
    this.stamped = -1
    this.snapshotting = true
    this.lostSince = false
    return this.point
  }

  /** The snapshot of that moment is stored. */
  covered(point: Point): void {
    this.snapshotting = false
    this.lost = this.lostSince
    if (this.lost) this.forget()
    this.attempts = 0
    this.triedRewrite = false
    this.strictUpTo = Math.max(this.strictUpTo, point.sequence)
    this.storedUpTo = Math.max(this.storedUpTo, point.sequence)
    while (this.queue.length > 0 && (this.queue[0] as Batch).sequence <= point.sequence)
      this.shift()
    this.oldest = this.queue[0]?.since ?? this.since
    this.reached(point)
    this.settle()
    if (this.latched !== null && this.running === null) void this.pumpLatched()
  }

  /** The snapshot came to nothing. */
  uncovered(): void {
    this.snapshotting = false
    if (this.lost) this.forget()
  }

  // ---- Storing ------------------------------------------------------------------------------------

  /** Have it stored soon. */
  private schedule(): void {
    if (this.running !== null || this.scheduled) return
    if (this.policy === 'always' || this.queue.length > 0 || this.waiters.length > 0) {
      this.cancelGather?.()
      this.cancelGather = null
      this.scheduled = true
      // Everything that happens in this turn of the event loop goes into the same batch.
      void Promise.resolve().then(() => {
        this.scheduled = false
        void this.pump()
      })
      return
    }
    this.cancelGather ??= this.engine.platform.after(this.options.gatherMs, () => {
      this.cancelGather = null
      void this.pump()
    })
  }

  /** Store all there is, or join the one who does. Never rejects. */
  private pump(): Promise<void> {
    this.running ??= this.storeAll().finally(() => {
      this.running = null
      this.settle()
    })
    return this.running
  }

  private async storeAll(): Promise<void> {
    while (this.fenced === null) {
      if (this.lost) {
        if (await this.rescue(null)) continue
        break
      }
      if (this.queue.length === 0) this.closeBatch()
      const batch = this.queue[0]
      if (batch === undefined) break
      const durability: Durability =
        this.policy === 'always' || this.waiters.length > 0 ? 'strict' : 'relaxed'
      try {
        await this.turns.take(() => this.store.append(batch.record, batch.sequence, durability))
      } catch (error) {
        if (await this.failed(asStoreError(error))) continue
        break
      }
      this.attempts = 0
      this.storedUpTo = Math.max(this.storedUpTo, batch.sequence)
      if (durability === 'strict') this.strictUpTo = this.storedUpTo
      else {
        this.unsynced = true
        // Under a load that never ends nobody would come to `settle`.
        if (this.policy === 'everysec') this.syncSoon()
      }
      this.hooks.stored(batch.record.length)
      if (this.queue[0] === batch) this.shift()
      this.reached(batch)
    }
  }

  /** Everything up to here is stored. */
  private reached(point: Point): void {
    if (this.latched === null && this.policy === 'always') {
      // After a change of policy the engine may be further than this batch.
      if (point.offset > this.engine.durableOffset) this.engine.durableUpTo(point.offset)
    }
    if (this.throttled) {
      const { backlogBytes, lagMs } = this.options
      if (this.pendingBytes < backlogBytes / 2 && this.lag < lagMs / 2) this.gate()
    }
    const done = this.waiters.filter((waiter) => waiter.sequence <= point.sequence)
    this.waiters = this.waiters.filter((waiter) => waiter.sequence > point.sequence)
    for (const waiter of done) waiter.resolve()
  }

  /** After some storing: is it all? */
  private settle(): void {
    if (this.fenced !== null) return
    if (this.pending) {
      if (this.latched === null) this.schedule()
      return
    }
    this.oldest = 0
    this.since = 0
    this.triedRewrite = false
    if (this.latched !== null) this.unlatch()
    // What they wait for may have been stored by a snapshot, and no batch comes to let them go.
    if (this.throttled) this.gate()
    if (this.unsynced && this.policy === 'everysec') this.syncSoon()
    this.hooks.changed()
  }

  private shift(): void {
    const batch = this.queue.shift() as Batch
    this.queuedBytes -= batch.record.length
    this.oldest = this.queue[0]?.since ?? this.since
  }

  private forget(): void {
    this.queue = []
    this.queuedBytes = 0
    this.writer.clear()
    this.selected = -1
    this.stamped = -1
    this.since = 0
  }

  // ---- Strictness ---------------------------------------------------------------------------------

  private syncSoon(): void {
    this.cancelSync ??= this.engine.platform.after(SYNC_MS, () => {
      this.cancelSync = null
      void this.sync().catch(() => {})
    })
  }

  /** Make strict what was appended; a call of the same that is under way is waited for. */
  private sync(): Promise<void> {
    if (this.unsynced && this.fenced === null) {
      this.unsynced = false
      const mine = this.syncStore().finally(() => {
        if (this.syncing === mine) this.syncing = null
      })
      this.syncing = mine
    }
    return this.syncing ?? Promise.resolve()
  }

  private async syncStore(): Promise<void> {
    try {
      await this.turns.take(async () => {
        const { storedUpTo } = this
        await this.store.sync()
        this.strictUpTo = Math.max(this.strictUpTo, storedUpTo)
      })
    } catch (thrown) {
      this.unsynced = true
      const error = asStoreError(thrown)
      if (error.code === 'fenced') this.fence(error)
      else {
        if (error.lost) this.lose()
        this.latch(error)
      }
      throw error
    }
  }

  /** Resolves when everything until now is strictly stored. */
  async flush(): Promise<void> {
    do {
      if (this.fenced !== null) throw this.fenced
      if (this.latched !== null) await this.retry()
      if (this.lost) await this.hooks.rewrite()
      this.closeBatch()
      const { sequence } = this
      if (this.queue.length > 0) {
        await new Promise<void>((resolve, reject) => {
          this.waiters.push({ sequence, resolve, reject })
          this.schedule()
        })
      }
      await this.sync()
      // Somebody else's sync may have failed meanwhile, and taken with it what was stored before.
    } while (this.lost || this.latched !== null)
    if (this.fenced !== null) throw this.fenced
  }

  // ---- Failure ------------------------------------------------------------------------------------

  /** True if there is something to go on with. */
  private async failed(error: StoreError): Promise<boolean> {
    if (error.code === 'fenced') {
      this.fence(error)
      return false
    }
    if (this.unlisten === null && this.waiters.length === 0) return false
    if (error.lost) {
      this.lose()
      return this.rescue(error)
    }
    if (error.code === 'quota-exceeded' && !this.triedRewrite) {
      // Often the journal itself is what fills the store. Once only: purging in a loop helps nobody.
      this.triedRewrite = true
      return this.rescue(error)
    }
    const delay = this.options.retries[this.attempts]
    if (
      this.latched === null &&
      error.retryable &&
      error.code !== 'quota-exceeded' &&
      delay !== undefined
    ) {
      this.attempts++
      await new Promise<void>((resolve) => {
        const cancel = this.engine.platform.after(delay, resolve)
        this.hurry = () => {
          cancel()
          resolve()
        }
      })
      this.hurry = null
      return true
    }
    this.latch(error)
    return false
  }

  /** A fresh snapshot in place of what could not be stored. */
  private async rescue(cause: StoreError | null): Promise<boolean> {
    try {
      await this.hooks.rewrite()
      return true
    } catch (thrown) {
      const error = asStoreError(thrown)
      if (error.code === 'fenced') this.fence(error)
      else this.latch(cause ?? error)
      return false
    }
  }

  private lose(): void {
    this.lost = true
    if (this.snapshotting) this.lostSince = true
    else this.forget()
  }

  /** Stop trying for now, tell those who wait, and refuse further writes. */
  private latch(error: StoreError): void {
    if (this.unlisten === null) {
      // Something was under way when the journal was ended: nobody waits for it any more.
      this.rejectWaiters(error)
      return
    }
    this.latched = error
    this.attempts = 0
    this.hooks.changed()
    this.refuseWaiting(error.message)
    this.rejectWaiters(error)
    this.retryLater()
  }

  private rejectWaiters(error: StoreError): void {
    const { waiters } = this
    this.waiters = []
    for (const waiter of waiters) waiter.reject(error)
  }

  private refuseWaiting(reason: string): void {
    const { engine } = this
    if (this.policy === 'always') {
      // What was changed until now is about to be answered with an error, so nobody need wait for
      // it again. In this order: a host may send the next request as soon as it has the error.
      engine.durableOffset = this.waiting ? engine.offset : Number.POSITIVE_INFINITY
      engine.journalFailed(reason)
    } else this.gate()
  }

  /** Expired keys, or a transaction that was queued before: a reply must not pass as a success. */
  private heardWhileLatched(): void {
    if (this.pendingBytes > this.options.retainBytes && !this.lost) this.lose()
    if (this.policy !== 'always' || this.answering || !this.hooks.stopsWrites) return
    this.answering = true
    void Promise.resolve().then(() => {
      this.answering = false
      if (this.latched !== null) this.refuseWaiting(this.latched.message)
    })
  }

  private retryLater(): void {
    const delays = this.options.latchedRetries
    const delay = delays[Math.min(this.latchedAttempts++, delays.length - 1)] ?? 1000
    this.cancelRetry?.()
    this.cancelRetry = this.engine.platform.after(delay, () => {
      this.cancelRetry = null
      void this.pumpLatched()
    })
  }

  /** One more try; a full store may have been given room. */
  private async pumpLatched(): Promise<void> {
    if (this.latched === null || this.fenced !== null) return
    const before = this.latched
    if (!this.pending) {
      // The failure was one of sync: the store says itself whether it works again.
      await this.sync().then(
        () => this.settle(),
        () => {},
      )
      return
    }
    await this.pump()
    // It ended without a word: it was another's, and had given up before.
    if (this.latched === before && this.cancelRetry === null) this.retryLater()
  }

  /** Try again now. Resolves when everything is stored, rejects with what keeps it from being so. */
  async retry(): Promise<void> {
    if (this.fenced !== null) throw this.fenced
    this.hurry?.()
    // What is under way was begun when the store may not have worked yet.
    if (this.running !== null) await this.running
    if (this.latched === null) return
    this.cancelRetry?.()
    this.cancelRetry = null
    this.latchedAttempts = 0
    this.triedRewrite = false
    await this.pumpLatched()
    if (this.fenced !== null) throw this.fenced
    if (this.latched !== null) throw this.latched
  }

  private unlatch(): void {
    this.latched = null
    this.latchedAttempts = 0
    this.cancelRetry?.()
    this.cancelRetry = null
    if (this.unlisten !== null) this.gate()
  }

  /** Another owner has the data. Nothing is ever written again. */
  fence(error: StoreError): void {
    if (this.fenced !== null) return
    this.fenced = error as FencedError
    this.latched = null
    this.unlisten?.()
    this.unlisten = null
    this.cancelGather?.()
    this.cancelSync?.()
    this.cancelRetry?.()
    this.hooks.changed()
    this.engine.durableOffset = Number.POSITIVE_INFINITY
    if (this.policy === 'always') this.engine.journalFailed(error.message)
    else this.engine.durableUpTo(Number.POSITIVE_INFINITY)
    this.forget()
    this.oldest = 0
    this.rejectWaiters(error)
  }
}
