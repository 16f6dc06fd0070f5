/**
 * Files of the origin private file system, through synchronous handles: for dedicated workers.
 *
 *   manifest                  which of the others count, from where on, and whose they are
 *   snapshot-0, snapshot-1    one that counts, one to be written
 *   journal-0, journal-1      the journal is in one of them, or begins in one and goes on in the other
 *
 * These five files are made at the first opening and never again, nor removed: they are emptied, and
 * take turns. For Chromium keeps the *names* of files in a LevelDB, which a kill or a loss of power can harm
 * as it does IndexedDB's (`indexeddb-crash.ts`), while what goes through a handle that is open only
 * concerns the file of the disk below it.
 *
 * A handle is exclusive, so there is one owner as long as it lives: whoever comes later is refused
 * (`blocked`), after a moment in which the handles of a worker that has just died become free. The
 * epoch is for one that has lost its handles without dying. It takes them again, if it can, and goes on if
 * nobody has claimed the data meanwhile.
 *
 * After a snapshot has begun, the journal goes on in the other file, so that the exchange can drop the first
 * one whole. If that file is in use, since an earlier snapshot was given up, it goes on where it
 * is, and the manifest will say from which byte on it counts. All that a call does it does without
 * a pause, in the thread of the engine; so much is never left to a flush at once that it would take long.
 */
import { FencedError, StoreError } from '../errors.ts'
import type { Area, Claim, Durability, Piece, Replacement, Store, StorePromises } from '../store.ts'
import { OpfsBackups } from './opfs-backups.ts'
import {
  entryOf,
  type Folder,
  nameOfError,
  originRoot,
  readAt,
  storeErrorOf,
  writeAll,
} from './opfs-files.ts'
import {
  closeHandles,
  damaged,
  type Handles,
  has,
  removeFiles,
  takeHandles,
  untilFree,
} from './opfs-handles.ts'
import {
  MANIFEST,
  type Manifest,
  NOTHING,
  other,
  type Segment,
  type Turn,
} from './opfs-manifest.ts'
import { after, estimateStorage, persistStorage } from './web-storage.ts'

export interface OpfsStoreOptions {
  /** The data set. */
  name: string
  /** Milliseconds that the handles of another owner are waited for; it may be about to end. */
  patience?: number
  /** Where the folder of the data set is. Default: the origin's own. */
  root?: () => Promise<Folder>
  /** The clock; tests wind their own. */
  now?: () => number
  after?: (ms: number, run: () => void) => () => void
}

const READ_SIZE = 1024 * 1024
/** Flushed at the latest after so much was written: 1.2 to 4 ms, measured in Chromium. */
const FLUSH_BYTES = 1024 * 1024
/** Between two looks whether the files are still there, ms. */
const LOOK_MS = 1000
const NEVER = Number.POSITIVE_INFINITY

interface Draft {
  readonly file: Turn
  readonly upTo: number
  bytes: number
  unsynced: number
}

export class OpfsStore implements Store {
  readonly name = 'opfs'
  readonly promises: StorePromises = { durable: true, tears: true, shared: true }
  readonly backups: OpfsBackups
  readonly estimate = estimateStorage
  readonly persist = persistStorage
  private readonly options: Required<OpfsStoreOptions>
  private folder: Folder | null = null
  /** Claimed, and not closed. */
  private ours = false
  /** Null where we are not the owner, or have lost them and could not take them again. */
  private handles: Handles | null = null
  private manifest: Manifest = NOTHING
  /** The data are somebody else's by now, or were deleted. */
  private fenced: FencedError | null = null
  private looked = 0
  /** Where the good bytes of the journal's last file end; what lies beyond is of an append that failed. */
  private end = 0
  private untidy = false
  /** Bytes of the journal that were not flushed. */
  private unsynced = 0
  private draft: Draft | null = null
  /** Records beyond this one come after the snapshot under way … */
  private pointAfter = NEVER
  /** … and begin here, once there is one. */
  private point: Segment | null = null

  constructor(options: OpfsStoreOptions | string) {
    this.options = {
      patience: 2000,
      root: originRoot,
      now: () => Date.now(),
      after,
      ...(typeof options === 'string' ? { name: options } : options),
    }
    this.backups = new OpfsBackups(() => this.makeFolder())
  }

  // ---- Owner --------------------------------------------------------------------------------------

  async open(): Promise<Claim> {
    try {
      this.fenced = null
      this.folder = await this.makeFolder()
      this.handles = await this.take(this.folder)
      const claim = this.claim(this.handles)
      this.ours = true
      return claim
    } catch (error) {
      this.letGo()
      throw storeErrorOf(error)
    }
  }

  private async makeFolder(): Promise<Folder> {
    const root = await this.options.root()
    return root.getDirectoryHandle(entryOf(this.options.name), { create: true })
  }

  private claim(handles: Handles): Claim {
    const { manifest, snapshots, journals } = handles
    const stored = manifest.found ?? NOTHING
    const data = [...snapshots, ...journals]
    if (manifest.found === null && data.some((file) => file.getSize() > 0)) {
      throw damaged(MANIFEST, 'it cannot be read, and there are data')
    }
    // Somebody may have been interrupted while he destroyed them.
    if (stored.epoch === 0) for (const file of data) file.truncate(0)
    const { snapshot, journal } = stored
    if (snapshot !== null && snapshots[snapshot.file].getSize() !== snapshot.bytes) {
      throw damaged(`snapshot-${snapshot.file}`, `it should have ${snapshot.bytes} bytes`)
    }
    this.manifest = stored
    const { file, from } = this.last
    this.end = Math.max(from, journals[file].getSize())
    // Its writer may have died before it was flushed; records that follow will rely on it.
    journals[file].flush()
    manifest.write({ ...stored, epoch: stored.epoch + 1 })
    this.manifest = { ...stored, epoch: stored.epoch + 1 }
    this.untidy = false
    this.unsynced = 0
    this.draft = null
    this.pointAfter = NEVER
    this.point = null
    this.tidy()
    return {
      epoch: this.manifest.epoch,
      fresh: stored.epoch === 0,
      snapshotBytes: snapshot?.bytes ?? 0,
      journalBytes: journal.reduce(
        (sum, { file, from }) => sum + this.endOf(file, handles) - from,
        0,
      ),
    }
  }

  private async take(folder: Folder): Promise<Handles> {
    const { patience, after, name } = this.options
    try {
      return await takeHandles(folder, (call) => untilFree(call, patience, after))
    } catch (error) {
      if (nameOfError(error) !== 'NoModificationAllowedError') throw error
      const reason = `another page or worker has the data set "${name}" open`
      throw new StoreError('blocked', reason, { cause: error })
    }
  }

  /**
   * What a call does with the handles. If they were closed under us they are taken again, and it is
   * done once more.
   */
  private async with<T>(call: (handles: Handles) => T): Promise<T> {
    try {
      this.check()
      try {
        return call(this.handles ?? (await this.takeAgain()))
      } catch (error) {
        if (nameOfError(error) !== 'InvalidStateError') throw error
        return call(await this.takeAgain())
      }
    } catch (error) {
      throw storeErrorOf(error)
    }
  }

  private async takeAgain(): Promise<Handles> {
    const { epoch } = this.manifest
    const folder = this.folder as Folder
    this.letGo()
    if (!(await has(folder, MANIFEST))) this.fence(0)
    let handles: Handles
    try {
      handles = await this.take(folder)
    } catch (error) {
      // Whoever has them now has claimed the data, or is about to.
      if (storeErrorOf(error).code === 'blocked') this.fence(epoch + 1)
      throw error
    }
    this.handles = handles
    const current = handles.manifest.found?.epoch ?? 0
    if (current !== epoch) {
      this.letGo()
      this.fence(current)
    }
    // The last write of a manifest may have failed: what we know of is to count.
    handles.manifest.write(this.manifest)
    return handles
  }

  private fence(current: number): never {
    this.fenced = new FencedError(this.manifest.epoch, current)
    throw this.fenced
  }

  private check(): void {
    if (this.fenced !== null) throw this.fenced
    if (!this.ours) throw new StoreError('closed', 'the store is closed', { retryable: false })
  }

  /**
   * Whether the files are still there: when the user clears the data of a site, they go under open
   * handles, which write on into nothing without any error.
   */
  private async look(): Promise<void> {
    const { folder, handles } = this
    this.looked = this.options.now()
    if (folder === null || handles === null) return
    // What cannot be told now is told another time.
    const there = await has(folder, MANIFEST).catch(() => true)
    if (!there && this.handles === handles) this.fence(0)
  }

  private letGo(): void {
    const { handles } = this
    this.handles = null
    // Chromium crashes, as a whole, when a handle to a file that was cleared is closed (156).
    if (handles === null || this.fenced?.current === 0) return
    closeHandles(handles)
  }

  // ---- Reading ------------------------------------------------------------------------------------

  async *read(area: Area): AsyncGenerator<Piece> {
    const parts = await this.with((handles) => {
      const { snapshot, journal } = this.manifest
      if (area === 'journal')
        return journal.map(({ file, from }) => ({ file, from, to: this.endOf(file, handles) }))
      return snapshot === null ? [] : [{ file: snapshot.file, from: 0, to: snapshot.bytes }]
    })
    for (const { file, from, to } of parts) yield* this.readFile(area, file, from, to)
  }

  private async *readFile(area: Area, file: Turn, from: number, to: number): AsyncGenerator<Piece> {
    for (let offset = from; offset < to; ) {
      const most = Math.min(READ_SIZE, to - offset)
      const bytes = await this.with((handles) => readAt(handles[`${area}s`][file], offset, most))
      if (bytes.length === 0) throw damaged(`${area}-${file}`, `it should have ${to} bytes`)
      yield { name: `${area}-${file}`, offset, bytes }
      offset += bytes.length
    }
  }

  cut(name: string, offset: number): Promise<void> {
    return this.with((handles) => {
      const { journal } = this.manifest
      const at = journal.findIndex(({ file }) => name === `journal-${file}`)
      const segment = journal[at]
      if (segment === undefined)
        throw new StoreError('io', `there is no journal file ${name}`, { retryable: false })
      handles.manifest.settle(this.manifest)
      // What follows goes first, so that it never stands behind a hole.
      if (at + 1 < journal.length) this.write(handles, { journal: journal.slice(0, at + 1) })
      this.end = offset
      this.untidy = true
      this.clean(handles)
      this.tidy()
    })
  }

  // ---- Writing ------------------------------------------------------------------------------------

  append(record: Uint8Array, sequence: number, durability: Durability): Promise<void> {
    return this.with((handles) => {
      handles.manifest.settle(this.manifest)
      if (sequence <= this.manifest.upTo) return
      if (sequence > this.pointAfter) this.reachPoint(handles)
      this.clean(handles)
      this.untidy = true
      writeAll(handles.journals[this.last.file], record, this.end)
      this.unsynced += record.length
      if (durability === 'strict' || this.unsynced >= FLUSH_BYTES) this.flush(handles)
      this.end += record.length
      this.untidy = false
      if (this.options.now() - this.looked >= LOOK_MS) this.look().catch(() => {})
    })
  }

  async sync(): Promise<void> {
    await this.with((handles) => {
      handles.manifest.settle(this.manifest)
      if (this.unsynced > 0) this.flush(handles)
    })
    await this.look()
  }

  private get last(): Segment {
    return this.manifest.journal.at(-1) as Segment
  }

  /** Where the good bytes of a file of the journal end. */
  private endOf(file: Turn, { journals }: Handles): number {
    return file === this.last.file ? this.end : journals[file].getSize()
  }

  /** The next record is the first that the snapshot under way does not cover. */
  private reachPoint(handles: Handles): void {
    const { journal } = this.manifest
    const { file, from } = this.last
    if (journal.length === 1 && this.end > from) {
      this.clean(handles)
      if (this.unsynced > 0) this.flush(handles)
      const next = this.empty(handles, other(file))
      this.write(handles, { journal: [...journal, next] })
      this.end = 0
    }
    this.point = { file: this.last.file, from: this.end }
    this.pointAfter = NEVER
  }

  /** The journal's file that is not in use, with nothing in it. */
  private empty(handles: Handles, file: Turn): Segment {
    const handle = handles.journals[file]
    handle.truncate(0)
    handle.flush()
    return { file, from: 0 }
  }

  /** Remove what an append that failed has left, before something shorter is written over it. */
  private clean(handles: Handles): void {
    if (!this.untidy) return
    handles.journals[this.last.file].truncate(this.end)
    this.flush(handles)
    this.untidy = false
  }

  private flush(handles: Handles): void {
    try {
      handles.journals[this.last.file].flush()
      this.unsynced = 0
    } catch (error) {
      if (nameOfError(error) === 'InvalidStateError') throw error
      // A system may have dropped what it could not write, and report success the next time.
      throw storeErrorOf(error, { lost: true })
    }
  }

  private write(handles: Handles, changes: Partial<Manifest>): void {
    const next = { ...this.manifest, ...changes }
    handles.manifest.write(next)
    this.manifest = next
  }

  /** What does not count any more gives its room back. */
  private tidy(): void {
    const { snapshots, journals } = this.handles as Handles
    const { snapshot, journal } = this.manifest
    for (const file of [0, 1] as const) {
      try {
        if (file !== snapshot?.file && file !== this.draft?.file) snapshots[file].truncate(0)
        if (journal.every((segment) => segment.file !== file)) journals[file].truncate(0)
      } catch {
        // It is done again before something is written there.
      }
    }
  }

  // ---- Snapshots ----------------------------------------------------------------------------------

  async replace(upTo: number): Promise<Replacement> {
    this.check()
    await this.look()
    const draft = await this.with((handles) => {
      handles.manifest.settle(this.manifest)
      const { snapshot } = this.manifest
      const file = snapshot === null ? 0 : other(snapshot.file)
      handles.snapshots[file].truncate(0)
      this.draft = { file, upTo, bytes: 0, unsynced: 0 }
      this.pointAfter = upTo
      this.point = null
      return this.draft
    })
    const during = (call: (handles: Handles) => void): Promise<void> =>
      this.with((handles) => {
        if (this.draft !== draft) throw new StoreError('closed', 'this replacement is over')
        call(handles)
      })
    return {
      write: (chunk) =>
        during(({ snapshots }) => {
          const handle = snapshots[draft.file]
          writeAll(handle, chunk, draft.bytes)
          draft.bytes += chunk.length
          draft.unsynced += chunk.length
          if (draft.unsynced < FLUSH_BYTES) return
          handle.flush()
          draft.unsynced = 0
        }),
      commit: async () => {
        await during(() => {})
        await this.look()
        await during((handles) => this.commit(handles, draft))
      },
      abort: async () => {
        if (this.draft !== draft) return
        this.draft = null
        await this.with((handles) => {
          handles.manifest.settle(this.manifest)
          this.tidy()
        })
      },
    }
  }

  private commit(handles: Handles, { file, upTo, bytes }: Draft): void {
    handles.snapshots[file].flush()
    handles.manifest.settle(this.manifest)
    const { journal } = this.manifest
    const { last } = this
    let kept = this.point
    if (kept === null) {
      // There is nothing beyond the point: the journal begins anew, in the free file if there is one.
      this.clean(handles)
      kept =
        journal.length === 1 ? this.empty(handles, other(last.file)) : { ...last, from: this.end }
    }
    this.write(handles, { upTo, snapshot: { file, bytes }, journal: [kept] })
    if (kept.file !== last.file) {
      this.end = 0
      this.unsynced = 0
    }
    this.draft = null
    this.pointAfter = NEVER
    this.point = null
    this.tidy()
  }

  // ---- The rest -----------------------------------------------------------------------------------

  async close(): Promise<void> {
    if (this.ours) await this.look().catch(() => {})
    this.ours = false
    this.draft = null
    this.letGo()
  }

  async destroy(): Promise<void> {
    const { root, name } = this.options
    const parent = await root().catch((error: unknown) => Promise.reject(storeErrorOf(error)))
    await this.with((handles) => {
      // From here on nothing counts, whatever comes in between.
      this.write(handles, NOTHING)
      for (const handle of [...handles.snapshots, ...handles.journals]) handle.truncate(0)
      this.draft = null
    })
    this.ours = false
    this.letGo()
    await removeFiles(parent, entryOf(name), this.folder as Folder)
  }
}
