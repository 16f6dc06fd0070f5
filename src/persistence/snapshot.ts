/**
 * Snapshots: the whole keyspace as it was at one moment, taken in slices while it changes.
 *
 * The walk goes down each dictionary's dense order. `cursor` is the number of entries not visited
 * yet, so what lies at or above it was visited or is younger than the snapshot. Between slices the
 * database calls us before it changes anything:
 *
 *   - an entry below the cursor is about to change or go: its old value is saved at once, and its key
 *     remembered, so that the walk passes over it when it gets there;
 *   - if it is the very next one, the cursor steps over it instead. That matters: a removed last entry
 *     would otherwise leave its place, below the cursor, to the next new key;
 *   - a removal moves the last entry into the hole. One that comes from above the cursor is
 *     remembered, because it was saved already or is too young; one from below was the next to be
 *     visited, so the cursor comes down to where it was;
 *   - FLUSHALL takes everything away at once: the snapshot is given up and begins anew, which is
 *     quick as there is little left. SWAPDB changes nothing here: a database is written under the number
 *     it had at the beginning, and the journal has the exchange.
 */
import type { Platform } from '../engine/platform.ts'
import type { Barrier, Database } from '../keyspace/database.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { EffectWriter } from './effects.ts'
import { asStoreError, StoreError } from './errors.ts'
import type { SnapshotFormat, SnapshotWriter, Steps } from './snapshot-format.ts'
import type { Replacement, Store } from './store.ts'
import type { Turns } from './turns.ts'

/** Entries between two looks at the clock. */
const LOOK = 16

interface Walked {
  readonly db: Database
  readonly dbIndex: number
  cursor: number
  /** Keys below the cursor that are not to be written any more. */
  readonly passed: Set<string>
}

/** The walk itself: synchronous, and knows nothing of stores. */
export class SnapshotWalk implements Barrier {
  /** A database was cleared: what was written so far is worth nothing. */
  broken = false
  keys = 0
  private readonly writer: SnapshotWriter
  private readonly walked = new Map<Database, Walked>()
  /** A value that is being written in steps. */
  private open: { db: Database; key: string; steps: Steps } | null = null

  /** The snapshot is of this moment. */
  constructor(keyspace: Keyspace, writer: SnapshotWriter) {
    this.writer = writer
    for (const db of keyspace.databases) {
      db.barrier = this
      this.walked.set(db, { db, dbIndex: db.index, cursor: db.size, passed: new Set() })
    }
  }

  /** Go on until `enough` says so; true when everything has been written. */
  advance(enough: () => boolean): boolean {
    if (this.broken) return false
    let steps = 0
    for (const walk of this.walked.values()) {
      for (;;) {
        if (this.open !== null) this.step()
        else if (walk.cursor === 0) break
        else this.visit(walk)
        if (++steps % LOOK === 0 && enough()) return false
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
    const { db } = walk
    const index = --walk.cursor
    const key = db.keyAt(index)
    if (walk.passed.size > 0 && walk.passed.delete(key)) return
    this.write(walk, index)
  }

  private write(walk: Walked, index: number): void {
    const { db } = walk
    this.keys++
    const key = db.keyAt(index)
    const steps = this.writer.entry(walk.dbIndex, key, db.valueAt(index), db.deadlineAt(index))
    if (steps !== null) this.open = { db, key, steps }
  }

  private step(): void {
    if (this.open !== null && this.open.steps.next().done === true) this.open = null
  }

  private finish(): void {
    while (this.open !== null) this.step()
  }

  before(db: Database, index: number): void {
    const walk = this.walked.get(db) as Walked
    if (this.open !== null && this.open.db === db && this.open.key === db.keyAt(index))
      this.finish()
    if (index >= walk.cursor) return
    const key = db.keyAt(index)
    const passed = walk.passed.has(key)
    if (index === walk.cursor - 1) {
      walk.cursor = index
      walk.passed.delete(key)
    } else if (!passed) walk.passed.add(key)
    if (passed) return
    // Another value may be half written: it goes on afterwards.
    const { open } = this
    this.open = null
    this.write(walk, index)
    this.finish()
    this.open = open
  }

  moved(db: Database, from: number, to: number): void {
    const walk = this.walked.get(db) as Walked
    if (from < walk.cursor) {
      // The last entry has left its place; what moves from elsewhere leaves it to another.
      if (from === db.size) walk.cursor = from
    } else if (to < walk.cursor) walk.passed.add(db.keyAt(to))
  }

  cleared(db: Database): void {
    const walk = this.walked.get(db) as Walked
    if (walk.cursor > 0 || this.open?.db === db) this.broken = true
  }
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
  /** Microseconds of work at a time. */
  sliceMicros: number
  chunkBytes: number
  /** Asked between slices. */
  cancelled(): boolean
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
  const { keyspace, format } = options
  const writer = format.writer()
  // Both in one breath: what the journal says from here on, the snapshot does not have.
  const upTo = options.point()
  const walk = new SnapshotWalk(keyspace, writer)
  return writeOut(options, writer, walk, upTo).finally(() => walk.stop())
}

async function writeOut(
  options: SnapshotOptions,
  writer: SnapshotWriter,
  walk: SnapshotWalk,
  upTo: number,
): Promise<SnapshotResult | null> {
  const { platform, store, turns, format, epoch, sliceMicros, chunkBytes } = options
  const notes = new EffectWriter(64)
  let replacement: Replacement | null = null
  let sequence = 0
  let bytes = 0
  const put = async (record: Uint8Array): Promise<void> => {
    bytes += record.length
    await turns.take(() => (replacement as Replacement).write(record))
  }
  try {
    replacement = await turns.take(() => store.replace(upTo))
    notes.note(`format:${format.name}`)
    notes.note(`upto:${upTo}`)
    notes.note(`time:${platform.now()}`)
    await put(notes.take('H', sequence++, epoch))
    for (;;) {
      if (options.cancelled()) throw new StoreError('closed', 'the snapshot was given up')
      const until = platform.micros() + sliceMicros
      const done = walk.advance(() => writer.size >= chunkBytes || platform.micros() >= until)
      if (walk.broken) {
        await turns.take(() => (replacement as Replacement).abort())
        return null
      }
      if (writer.size >= chunkBytes || (done && writer.size > 0)) {
        await put(writer.take(sequence++, epoch))
      }
      if (done) break
      await pause(platform)
    }
    notes.note(`chunks:${sequence - 1}`)
    notes.note(`keys:${walk.keys}`)
    await put(notes.take('E', sequence, epoch))
    // A database that was cleared meanwhile had been written already: that is as it was.
    await turns.take(() => (replacement as Replacement).commit())
    return { upTo, keys: walk.keys, bytes }
  } catch (error) {
    const begun = replacement
    if (begun !== null) await turns.take(() => begun.abort()).catch(() => {})
    throw asStoreError(error)
  }
}

/** Let others have the thread. */
export const pause = (platform: Platform, ms = 0): Promise<void> =>
  new Promise((resolve) => {
    platform.after(ms, resolve)
  })
