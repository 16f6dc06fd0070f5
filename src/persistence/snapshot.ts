/**
 * Snapshots: the whole keyspace as it was at one moment, taken in slices while it changes.
 *
 * The walk goes down each dictionary's dense order. `cursor` is the number of entries not visited
 * yet, so what lies at or above it was visited or is younger than the snapshot. Between slices the
 * database calls us before it changes anything:
 *
 *   - an entry below the cursor is about to change or go: its old value is saved at once, and a bit
 *     says so, so that the walk passes over it when it gets there;
 *   - if it is the very next one, the cursor steps over it instead. That matters: a removed last entry
 *     would otherwise leave its place, below the cursor, to the next new key;
 *   - a removal moves the last entry into the hole. One that comes from above the cursor is
 *     passed over there, because it was saved already or is too young; one from below was the next
 *     to be visited, so the cursor comes down to where it was;
 *   - FLUSHALL takes everything away at once: the snapshot is given up and begins anew, which is
 *     quick as there is little left. SWAPDB changes nothing here: a database is written under the number
 *     it had at the beginning, and the journal has the exchange.
 *
 * A large value is not written at once, whoever asks for it. It is shared (`shareOf`): what is written,
 * in steps, is a second value that has the chunks of the first one, and the first one copies a
 * chunk before it changes it. So neither the walk nor a write to a list of a million elements takes
 * longer than a write to a short one. Strings that are edited in place are copied when that happens, and a
 * vector set is finished then: that is the one stall left.
 */
import type { Platform } from '../engine/platform.ts'
import type { Barrier, Database } from '../keyspace/database.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { copyOf, shareOf } from '../types/copy.ts'
import { Bytes } from '../types/string.ts'
import type { Value } from '../types/value.ts'
import { quote } from '../util/quote.ts'
import { asStoreError, StoreError } from './errors.ts'
import type { KeyWriter, SnapshotFormat, SnapshotWriter, Steps } from './snapshot-format.ts'
import type { Replacement, Store } from './store.ts'
import type { Turns } from './turns.ts'

/** Entries between two looks at the clock. */
const LOOK = 16
const LINGER_MS = 20
/** Values with more elements are shared and written in steps. */
const LARGE = 256

export interface WalkOptions {
  /** Called when something was written. */
  full?: () => void
  /** Elements from which a value counts as large; tests want it small. */
  large?: number
}

interface Walked {
  readonly db: Database
  readonly dbIndex: number
  cursor: number
  /** A bit for each entry below the cursor that is not to be written any more; made when there is one. */
  passed: Uint8Array | null
}

/** A value that is being written in steps. */
interface Open {
  readonly steps: Steps
  /** Null if what is written cannot change; else the value that the keyspace has as well. */
  readonly value: Value | null
}

/** The walk itself: synchronous, and knows nothing of stores. */
export class SnapshotWalk implements Barrier {
  /** A database was cleared: what was written so far is worth nothing. */
  broken = false
  /** Keys written, or begun, so far; of how many. */
  keys = 0
  readonly total: number
  /** Bytes that were written early, because a key was about to change. */
  earlyBytes = 0
  private readonly writer: KeyWriter
  private readonly walked = new Map<Database, Walked>()
  /** Values that are being written in steps, one after the other. */
  private readonly open: Open[] = []
  private readonly full: () => void
  private readonly large: number

  /** The snapshot is of this moment. */
  constructor(keyspace: Keyspace, writer: KeyWriter, options: WalkOptions = {}) {
    this.writer = writer
    this.full = options.full ?? (() => {})
    this.large = options.large ?? LARGE
    this.total = keyspace.size
    for (const db of keyspace.databases) {
      db.barrier = this
      this.walked.set(db, { db, dbIndex: db.index, cursor: db.size, passed: null })
    }
  }

  /** Go on until `enough` says so; true when everything has been written. */
  advance(enough: () => boolean): boolean {
    if (this.broken) return false
    let steps = 0
    for (const walk of this.walked.values()) {
      for (;;) {
        if (this.open.length > 0) {
          this.step()
          // One step of a large value is as much as many small ones.
          if (enough()) return false
        } else if (walk.cursor === 0) break
        else {
          this.visit(walk)
          if (++steps % LOOK === 0 && enough()) return false
        }
      }
      // Nothing below the cursor any more, so nothing to be told.
      if (walk.db.barrier === this) walk.db.barrier = null
    }
    return true
  }

  /** Let go of the databases. */
  stop(): void {
    for (const { db } of this.walked.values()) if (db.barrier === this) db.barrier = null
  }

  private visit(walk: Walked): void {
    const index = --walk.cursor
    if (!hasBit(walk.passed, index)) this.write(walk, index)
  }

  private write(walk: Walked, index: number): void {
    const { db, dbIndex } = walk
    this.keys++
    const value = db.valueAt(index)
    const twin = shareOf(value, this.large)
    const steps = this.writer.entry(dbIndex, db.keyAt(index), twin ?? value, db.deadlineAt(index))
    if (steps !== null) {
      const first = twin === null && steps.next().done === true
      if (!first) this.open.push({ steps, value: twin === null ? value : null })
    }
    this.full()
  }

  private step(): void {
    const open = this.open[0] as Open
    if (open.steps.next().done === true) this.open.shift()
    this.full()
  }

  before(db: Database, index: number): void {
    const walk = this.walked.get(db) as Walked
    if (this.open.length > 0) this.detach(db.valueAt(index))
    if (index >= walk.cursor) return
    const passed = hasBit(walk.passed, index)
    if (index === walk.cursor - 1) walk.cursor = index
    else if (!passed) this.pass(walk, index)
    if (passed) return
    const { size } = this.writer
    this.write(walk, index)
    this.earlyBytes += Math.max(0, this.writer.size - size)
    // It is about to change, now.
    if (this.open.length > 0) this.detach(db.valueAt(index))
  }

  /** A value is about to change: what is being written must not see that. */
  private detach(value: Value): void {
    if (typeof value !== 'object') return
    const at = this.open.findIndex((open) => open.value === value)
    if (at < 0) return
    const { steps } = this.open[at] as Open
    if (value instanceof Bytes && steps.keep !== undefined) {
      steps.keep(copyOf(value))
      this.open[at] = { steps, value: null }
      return
    }
    while (steps.next().done !== true) this.full()
    this.open.splice(at, 1)
  }

  private pass(walk: Walked, index: number): void {
    walk.passed ??= new Uint8Array((walk.cursor + 7) >> 3)
    const { passed } = walk
    passed[index >> 3] = (passed[index >> 3] as number) | (1 << (index & 7))
  }

  moved(db: Database, from: number, to: number): void {
    const walk = this.walked.get(db) as Walked
    if (from >= walk.cursor) {
      if (to < walk.cursor) this.pass(walk, to)
      return
    }
    // It takes along whether it was saved, and leaves a place to another one, which brings its own.
    if (hasBit(walk.passed, from)) this.pass(walk, to)
    else if (walk.passed !== null) {
      walk.passed[to >> 3] = (walk.passed[to >> 3] as number) & ~(1 << (to & 7))
    }
    // The last entry has left its place; what moves from elsewhere leaves it to another.
    if (from === db.size) walk.cursor = from
  }

  cleared(db: Database): void {
    const walk = this.walked.get(db) as Walked
    if (walk.cursor > 0) this.broken = true
  }
}

const hasBit = (bits: Uint8Array | null, index: number): boolean =>
  bits !== null && ((bits[index >> 3] as number) & (1 << (index & 7))) !== 0

/** Hears what a snapshot consists of. Neither method throws or rejects. */
export interface SnapshotTee {
  /** The moment of the snapshot is now; what came before this call is void. `suffix`: of such files. */
  begin(suffix: 'aof' | 'rdb'): void
  write(record: Uint8Array): Promise<void>
}

export interface SnapshotOptions {
  keyspace: Keyspace
  platform: Platform
  store: Store
  turns: Turns
  format: SnapshotFormat
  epoch: number
  /** Called at the moment of the snapshot: the number of the last record that it contains. */
  point(): number
  /** Texts of the libraries of functions at that moment. */
  libraries(): Iterable<string>
  /** Microseconds of work at a time. */
  sliceMicros: number
  chunkBytes: number
  /** Milliseconds that each key is to take; tests ask for a snapshot that takes its time. */
  keyDelay?(): number
  /** Asked between slices. */
  cancelled(): boolean
  /** Given the walk when it begins, and again when it has to begin anew. */
  begun?(walk: SnapshotWalk): void
  tee?: SnapshotTee
}

export interface SnapshotResult {
  readonly upTo: number
  readonly keys: number
  readonly bytes: number
}

/** Take a snapshot and put it in the place of the old one. The moment is that of the call. */
export async function takeSnapshot(options: SnapshotOptions): Promise<SnapshotResult> {
  for (;;) {
    const result = await tryOnce(options)
    if (result !== null) return result
  }
}

/** Null if it has to begin anew. */
function tryOnce(options: SnapshotOptions): Promise<SnapshotResult | null> {
  // Both in one breath: what the journal says from here on, the snapshot does not have.
  const upTo = options.point()
  options.tee?.begin(options.format.suffix)
  const writing = new Writing(options, upTo)
  options.begun?.(writing.walk)
  return writing.run().finally(() => writing.walk.stop())
}

class Writing {
  readonly walk: SnapshotWalk
  private readonly options: SnapshotOptions
  private readonly upTo: number
  private readonly writer: SnapshotWriter
  private replacement: Replacement | null = null
  /** Records that are full, on their way to the store: a slow one makes them many, not long. */
  private readonly ready: Uint8Array[] = []
  private sequence = 0
  private bytes = 0

  constructor(options: SnapshotOptions, upTo: number) {
    this.options = options
    this.upTo = upTo
    this.writer = options.format.writer(upTo)
    for (const code of options.libraries()) this.writer.library(code)
    this.walk = new SnapshotWalk(options.keyspace, this.writer, {
      full: () => {
        if (this.writer.size >= options.chunkBytes) this.cut()
      },
    })
  }

  async run(): Promise<SnapshotResult | null> {
    const { options, upTo, walk, writer, ready } = this
    const { platform, store, turns, sliceMicros, epoch } = options
    try {
      // The first is its head, and has the number 0.
      this.sequence = 1
      this.replacement = await turns.take(() => store.replace(upTo))
      const head = writer.head({ upTo, time: platform.now(), epoch })
      if (head !== null) await this.put(head)
      for (;;) {
        if (options.cancelled()) throw new StoreError('closed', 'the snapshot was given up')
        const until = platform.micros() + sliceMicros
        const done = walk.advance(() => ready.length > 0 || platform.micros() >= until)
        if (walk.broken) {
          await turns.take(() => (this.replacement as Replacement).abort())
          return null
        }
        const failure = writer.failure ?? null
        if (failure !== null) {
          const reason = (failure.error as Error).message
          throw new StoreError('io', `the key ${quote(failure.key)} cannot be written: ${reason}`)
        }
        if (done && writer.size > 0) this.cut()
        while (ready.length > 0) await this.put(ready.shift() as Uint8Array)
        await this.linger()
        if (done) break
        await pause(platform)
      }
      await this.put(writer.end(this.sequence, walk.keys, epoch))
      // A database that was cleared meanwhile had been written already: that is as it was.
      await turns.take(() => (this.replacement as Replacement).commit())
      return { upTo, keys: walk.keys, bytes: this.bytes }
    } catch (error) {
      const begun = this.replacement
      if (begun !== null) await turns.take(() => begun.abort()).catch(() => {})
      throw asStoreError(error)
    }
  }

  /** Keys for which time has been let pass. */
  private lingered = 0

  private async linger(): Promise<void> {
    const { keyDelay = () => 0, platform, cancelled } = this.options
    const keys = this.walk.keys - this.lingered
    this.lingered = this.walk.keys
    // In short pieces: it may be over before.
    for (let waited = 0; waited < keys * keyDelay() && !cancelled(); waited += LINGER_MS) {
      await pause(platform, Math.min(LINGER_MS, keys * keyDelay() - waited))
    }
  }

  private cut(): void {
    this.ready.push(this.writer.take(this.sequence++, this.options.epoch))
  }

  private async put(record: Uint8Array): Promise<void> {
    this.bytes += record.length
    // The store may keep the array, and change it.
    if (this.options.tee !== undefined) await this.options.tee.write(record.slice())
    await this.options.turns.take(() => (this.replacement as Replacement).write(record))
  }
}

/** Let others have the thread. */
export const pause = (platform: Platform, ms = 0): Promise<void> =>
  new Promise((resolve) => {
    platform.after(ms, resolve)
  })
