/**
 * A folder of files, for Node and what is like it, in the layout of Redis's append-only files:
 *
 *   appendonly.aof.manifest        which files count: the one thing that is ever exchanged
 *   appendonly.aof.<n>.base.rdb    the snapshot (`.aof` if it consists of commands)
 *   appendonly.aof.<n>.incr.aof    the journal, in one or several files
 *   appendonly.aof.lock            the process that has the folder
 *
 * So a real server can be started on it, and what a real server has left is read as it is and continued.
 * The manifest has notes of ours (`folder-manifest.ts`), which Redis passes over.
 *
 * The manifest is replaced by writing a new one beside it and renaming, with the file synced before
 * and the folder after. A file that it does not name does not exist: a snapshot under way, or what a
 * crash left behind. After a snapshot the journal goes on in a new file, so that the exchange can
 * drop the old ones whole.
 *
 * Two processes cannot share a folder: the lock names its holder, and is taken over only from the
 * dead. Behind the lock stands the epoch: each owner's claim is a new manifest, and every append
 * looks, after it has written and before it says so, whether the manifest is still the one it knows.
 * An owner that was overtaken may so leave bytes in a file, but never acknowledges them; the new owner
 * has noted how much of that file counts, and goes on in another. Nobody ever makes a file of a name
 * that is there already: the next number is taken then.
 *
 * A failed sync is not tried again: the kernel may have dropped the pages and report success
 * the next time. It is reported as `lost`, and only a fresh snapshot helps.
 */
import type { FileHandle } from 'node:fs/promises'
import * as promises from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FencedError, StoreError } from '../errors.ts'
import type {
  Area,
  Claim,
  Durability,
  Estimate,
  Piece,
  Replacement,
  Store,
  StorePromises,
} from '../store.ts'
import { codeOf, syncFolder, writeAll } from './disk.ts'
import { guard, storeErrorOf } from './file-errors.ts'
import { FolderBackups } from './folder-backups.ts'
import { FolderLock } from './folder-lock.ts'
import {
  EMPTY,
  type JournalFile,
  type Manifest,
  printManifest,
  readManifest,
  UNKNOWN,
} from './folder-manifest.ts'
import { OldFolder } from './old-folder.ts'

/** What is used of `node:fs/promises`; tests put faults in. */
export type FileSystem = Pick<
  typeof promises,
  'open' | 'mkdir' | 'readFile' | 'rename' | 'unlink' | 'stat' | 'readdir' | 'rmdir' | 'link'
>

export interface FileStoreOptions {
  dir: string
  /** What the names of the files begin with: `appendfilename`. */
  name?: string
  /** Take the folder even from a process that is alive; that one is then fenced. */
  takeOver?: boolean
  /** Where backups go; without it they cannot be made. */
  backupDir?: string
  /** The single file that servers before 7.0 had: it becomes the base if there is no manifest. */
  single?: string
  /** A folder of this store's earlier layout: its files are taken if there is no manifest. */
  old?: string
  /** A snapshot of nothing, which a new folder begins with. */
  nothing?: () => Uint8Array
  fs?: FileSystem
}

/** Bytes that are read of a file at first, and then at a time: most journals are short. */
const FIRST_READ = 64 * 1024
const READ_SIZE = 1024 * 1024
const NEVER = Number.POSITIVE_INFINITY
/** What an RDB begins with. */
const MAGIC = [0x52, 0x45, 0x44, 0x49, 0x53] as const

interface Draft {
  readonly handle: FileHandle
  /** Of the file beside the others. */
  readonly name: string
}

export class FileStore implements Store {
  readonly name = 'file'
  readonly promises: StorePromises = { durable: true, tears: true, shared: true, files: true }
  readonly dir: string
  readonly backups: FolderBackups | null
  private readonly prefix: string
  private readonly options: FileStoreOptions
  private readonly fs: FileSystem
  private readonly lock: FolderLock
  private readonly ours: RegExp
  private manifest: Manifest = EMPTY
  /** Identity of the manifest file as we wrote it. */
  private signature = ''
  private open_ = false
  private superseding = false
  private journal: FileHandle | null = null
  /** Where the journal file's good bytes end; what lies beyond is of an append that failed. */
  private end = 0
  private untidy = false
  private unsynced = false
  /** The manifest that counts may not be on the medium yet. */
  private unsyncedFolder = false
  /** Go on in a new file: from the first record beyond this one. */
  private rotateAfter = NEVER
  /** Since that has happened: the file that it was. */
  private rotatedTo = ''
  private drafts = 0
  private replacement: Draft | null = null

  constructor(options: FileStoreOptions | string) {
    this.options = typeof options === 'string' ? { dir: options } : options
    const { dir, name = 'appendonly.aof', backupDir, fs = promises } = this.options
    this.dir = dir
    this.prefix = name
    this.fs = fs
    this.backups = backupDir === undefined ? null : new FolderBackups(backupDir, fs)
    this.lock = new FolderLock(fs, join(dir, `${name}.lock`), dir)
    const literal = name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    this.ours = new RegExp(`^${literal}\\.(\\d+\\.(base|incr)\\.(rdb|aof)|\\d+-\\d+\\.part)$`)
  }

  private get manifestName(): string {
    return `${this.prefix}.manifest`
  }

  private path(name: string): string {
    return join(this.dir, name)
  }

  /** Whether there are data, in whatever layout. */
  async exists(): Promise<boolean> {
    const { old } = this.options
    if (old !== undefined && (await new OldFolder(this.fs, old).read()) !== null) return true
    return (await this.sizeOf(this.manifestName)) !== null
  }

  // ---- Owner --------------------------------------------------------------------------------------

  open(): Promise<Claim> {
    return guard(async () => {
      await this.fs.mkdir(this.dir, { recursive: true })
      const overtook = await this.lock.take(this.options.takeOver ?? false)
      try {
        return await this.claim(overtook)
      } catch (error) {
        this.open_ = false
        await this.lock.release()
        throw error
      }
    })
  }

  private async claim(overtook: boolean): Promise<Claim> {
    const { old, single, nothing } = this.options
    const before = await this.readManifest()
    const oldFolder = old === undefined ? null : new OldFolder(this.fs, old)
    const lent = before === null ? ((await oldFolder?.lend(this.dir, this.prefix)) ?? null) : null
    const stored = before ?? lent ?? (await this.ofSingle(single))
    const names = (await this.fs.readdir(this.dir)).filter((name) => this.ours.test(name))
    if (stored === null) await this.refuseRubbish(names)
    const manifest = stored ?? EMPTY
    await this.moveSingle(manifest, single)
    this.open_ = true
    this.manifest = manifest
    this.signature = await this.sign()
    const named = new Set([manifest.base?.name, ...manifest.journals.map(({ name }) => name)])
    const rest = [...names, ...(manifest.history ?? [])].filter((name) => !named.has(name))
    if (before !== null) for (const name of rest) await this.remove(name)
    let snapshotBytes = 0
    if (manifest.base !== null) snapshotBytes = await this.mustHave(manifest.base.name)
    let journalBytes = 0
    for (const { name, bytes } of manifest.journals) {
      const size = await this.mustHave(name)
      this.end = bytes ?? size
      journalBytes += this.end
    }
    // Its writer may have died before it was synced; records that follow will rely on it.
    const last = manifest.journals.at(-1)
    if (last !== undefined) await this.syncFile(last.name)
    // An owner that is still alive may write into its file: of that, what there is now counts.
    let journals = overtook ? this.sealed() : manifest.journals
    const lastNow = journals.at(-1)
    if (lastNow === undefined || lastNow.bytes !== undefined) {
      const made = await this.createJournal(journals, UNKNOWN)
      await made.handle.close()
      await syncFolder(this.fs, this.dir)
      const after = lastNow === undefined ? manifest.upTo : UNKNOWN
      journals = [...journals, { ...made.file, after }]
      this.end = 0
    }
    const { history: _, ...kept } = manifest
    await this.writeManifest({ ...kept, epoch: manifest.epoch + 1, journals })
    if (before === null) {
      for (const name of rest) await this.remove(name)
      if (stored === null && nothing !== undefined && !this.superseding) {
        snapshotBytes = await this.beginWith(nothing())
      }
    }
    if (stored !== null && this.superseding) {
      const unknown = this.manifest.journals.map((journal) => ({ ...journal, after: UNKNOWN }))
      this.manifest = { ...this.manifest, upTo: UNKNOWN, journals: unknown }
    }
    await oldFolder?.remove(this.manifest.epoch)
    this.rotateAfter = NEVER
    this.untidy = true
    return {
      epoch: this.manifest.epoch,
      fresh: stored === null,
      snapshotBytes,
      journalBytes,
      ...(lent === null ? {} : { migrated: true }),
    }
  }

  /** Without a manifest nobody knows what belongs together. A claim that was interrupted leaves empty files. */
  private async refuseRubbish(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (name.endsWith('.part') || (await this.sizeOf(name)) === 0) await this.remove(name)
      else throw new StoreError('corrupt', `${this.dir} has data files but no manifest`)
    }
  }

  /** One file of a server before 7.0, as the base. */
  private async ofSingle(single: string | undefined): Promise<Manifest | null> {
    if (single === undefined || (await this.sizeAt(single)) === null) return null
    return { ...EMPTY, base: { name: basename(single), number: 1 } }
  }

  /** It moves into the folder; that may have been interrupted the last time. */
  private async moveSingle({ base }: Manifest, single: string | undefined): Promise<void> {
    if (single === undefined || base?.name !== basename(single)) return
    if ((await this.sizeOf(base.name)) !== null || (await this.sizeAt(single)) === null) return
    await this.fs.rename(single, this.path(base.name))
    await syncFolder(this.fs, this.dir)
    await syncFolder(this.fs, dirname(single))
  }

  private async mustHave(name: string): Promise<number> {
    const size = await this.sizeOf(name)
    if (size !== null) return size
    const record = { area: 'journal', name, offset: 0, sequence: 0 } as const
    throw new StoreError('corrupt', `the file ${name} is missing: No such file or directory`, {
      record,
    })
  }

  /** A base for a folder that has none. */
  private async beginWith(bytes: Uint8Array): Promise<number> {
    const draft = await this.draft()
    await writeAll(draft.handle, bytes, 0)
    await draft.handle.sync()
    await draft.handle.close()
    const base = await this.settle(draft, bytes)
    await syncFolder(this.fs, this.dir)
    await this.writeManifest({ ...this.manifest, base })
    await this.remove(draft.name)
    return bytes.length
  }

  /**
   * To be called before it is opened: whatever another has left here is to be replaced, by a snapshot that
   * comes before the first append.
   */
  supersede(): void {
    this.superseding = true
  }

  /** Fails if the manifest is not the one we wrote. */
  private async check(): Promise<void> {
    if (!this.open_) throw new StoreError('closed', 'the store is closed', { retryable: false })
    if ((await this.sign()) === this.signature) return
    throw new FencedError(this.manifest.epoch, (await this.readManifest())?.epoch ?? 0)
  }

  private async sign(): Promise<string> {
    try {
      const path = this.path(this.manifestName)
      const { ino, mtimeNs, size } = await this.fs.stat(path, { bigint: true })
      return `${ino} ${mtimeNs} ${size}`
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return ''
      throw error
    }
  }

  private async readManifest(): Promise<Manifest | null> {
    try {
      const text = await this.fs.readFile(this.path(this.manifestName), 'utf8')
      return readManifest(text, this.manifestName)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  }

  private async writeManifest(manifest: Manifest): Promise<void> {
    await this.check()
    const temporary = this.path(`${this.prefix}.${manifest.epoch}-0.part`)
    const handle = await this.fs.open(temporary, 'w')
    try {
      await handle.writeFile(printManifest(manifest))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await this.fs.rename(temporary, this.path(this.manifestName))
    // From the rename on it counts, whatever the sync of the folder says.
    this.manifest = manifest
    this.unsyncedFolder = true
    this.signature = await this.sign()
    await this.syncManifest()
  }

  private async syncManifest(): Promise<void> {
    if (!this.unsyncedFolder) return
    await syncFolder(this.fs, this.dir)
    this.unsyncedFolder = false
  }

  // ---- Reading ------------------------------------------------------------------------------------

  async *read(area: Area): AsyncGenerator<Piece> {
    try {
      await this.check()
      const { base, journals } = this.manifest
      const files: readonly { name: string; bytes?: number }[] =
        area === 'journal' ? journals : base === null ? [] : [base]
      for (const { name, bytes } of files) yield* this.readFile(name, bytes ?? NEVER)
      await this.check()
    } catch (error) {
      throw storeErrorOf(error)
    }
  }

  private async *readFile(name: string, limit: number): AsyncGenerator<Piece> {
    const handle = await this.fs.open(this.path(name), 'r')
    try {
      let offset = 0
      for (;;) {
        const most = Math.min(offset === 0 ? FIRST_READ : READ_SIZE, limit - offset)
        if (most === 0) break
        const buffer = new Uint8Array(most)
        const { bytesRead } = await handle.read(buffer, 0, most, offset)
        if (bytesRead === 0) break
        yield { name, offset, bytes: buffer.subarray(0, bytesRead) }
        offset += bytesRead
      }
    } finally {
      await handle.close()
    }
  }

  cut(name: string, offset: number): Promise<void> {
    return guard(async () => {
      await this.check()
      const { base, journals } = this.manifest
      const at = journals.findIndex((journal) => journal.name === name)
      if (at < 0 && base?.name !== name)
        throw new StoreError('io', `there is no journal file ${name}`, { retryable: false })
      await this.closeJournal()
      const kept = journals.slice(0, Math.max(0, at))
      const dropped = journals.slice(at + 1)
      const last = journals[at]
      let rest: readonly JournalFile[]
      if (last?.bytes === undefined) {
        await this.truncate(name, offset)
        this.end = offset
        rest = last === undefined ? [] : [last]
      } else {
        // An earlier owner may still write into this file, so it is not appended to again.
        rest = [{ ...last, bytes: offset }]
      }
      if (dropped.length === 0 && last?.bytes === undefined) return
      await this.writeManifest({ ...this.manifest, journals: [...kept, ...rest] })
      for (const file of dropped) await this.remove(file.name)
    })
  }

  trim(name: string, offset: number): Promise<void> {
    return guard(async () => {
      await this.check()
      await this.closeJournal()
      await this.truncate(name, offset)
      if (this.manifest.journals.at(-1)?.name === name) this.end = offset
    })
  }

  private async truncate(name: string, size: number): Promise<void> {
    const handle = await this.fs.open(this.path(name), 'r+')
    try {
      await handle.truncate(size)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  // ---- Writing ------------------------------------------------------------------------------------

  append(record: Uint8Array, sequence: number, durability: Durability): Promise<void> {
    return guard(async () => {
      if (!this.open_) await this.check()
      if (sequence <= this.manifest.upTo) {
        if (durability === 'strict') await this.syncManifest()
        return
      }
      const handle = await this.journalFor(sequence)
      if (this.untidy) {
        await handle.truncate(this.end)
        // Durably: what is left of an append that failed may look like requests behind the next, shorter one.
        await this.syncJournal()
        this.untidy = false
      }
      this.untidy = true
      await writeAll(handle, record, this.end)
      this.unsynced = true
      if (durability === 'strict') {
        await this.syncJournal()
        await this.syncManifest()
      }
      await this.check()
      this.end += record.length
      this.untidy = false
    })
  }

  sync(): Promise<void> {
    return guard(async () => {
      await this.check()
      if (this.unsynced) await this.syncJournal()
      await this.syncManifest()
      await this.check()
    })
  }

  /** The file this record belongs into, made or opened as needed. */
  private async journalFor(sequence: number): Promise<FileHandle> {
    // What the snapshot under way covers goes behind what it covers: the next file is still to be begun.
    const due = sequence > this.rotateAfter
    const last = this.manifest.journals.at(-1)
    if (due && this.isFirst) this.rotated((last as JournalFile).name)
    else if (due || last === undefined || last.bytes !== undefined) {
      await this.finishJournal()
      const made = await this.createJournal(this.manifest.journals, sequence - 1)
      const { name } = made.file
      try {
        await syncFolder(this.fs, this.dir)
        await this.writeManifest({
          ...this.manifest,
          journals: [...this.sealed(), made.file],
        })
      } finally {
        // Even if the folder could not be synced, this is the file that counts, if the manifest says so.
        if (this.manifest.journals.at(-1)?.name === name) {
          if (due) this.rotated(name)
          this.goOnIn(made.handle)
        } else {
          await made.handle.close().catch(() => {})
          await this.remove(name)
        }
      }
      return made.handle
    }
    if (this.journal === null) {
      this.journal = await this.fs.open(this.path((last as JournalFile).name), 'r+')
      this.untidy = true
    }
    return this.journal
  }

  private rotated(name: string): void {
    this.rotateAfter = NEVER
    this.rotatedTo = name
  }

  private goOnIn(handle: FileHandle): void {
    this.journal = handle
    this.end = 0
    this.untidy = false
    this.unsynced = false
  }

  /** There was no snapshot yet, and nothing in the journal that the one under way covers. */
  private get isFirst(): boolean {
    const last = this.manifest.journals.at(-1)
    if (this.manifest.base !== null || last === undefined || last.bytes !== undefined) return false
    return last.after >= this.rotateAfter
  }

  /** Nothing is appended to it any more: it ends where it is good, as a real server would read it. */
  private async finishJournal(): Promise<void> {
    if (this.journal !== null && this.untidy) {
      await this.journal.truncate(this.end)
      this.unsynced = true
    }
    if (this.unsynced) await this.syncJournal()
    await this.closeJournal()
  }

  /** A new file; never one that is there. */
  private async createJournal(
    before: readonly JournalFile[],
    after: number,
  ): Promise<{ handle: FileHandle; file: JournalFile }> {
    let number = before.at(-1)?.number ?? 0
    for (;;) {
      const name = `${this.prefix}.${++number}.incr.aof`
      try {
        const handle = await this.fs.open(this.path(name), 'wx')
        return { handle, file: { name, number, after } }
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
      }
    }
  }

  /** The journal's files, with the end of the last one fixed where it is now. */
  private sealed(): readonly JournalFile[] {
    const { journals } = this.manifest
    const last = journals.at(-1)
    if (last === undefined || last.bytes !== undefined) return journals
    return [...journals.slice(0, -1), { ...last, bytes: this.end }]
  }

  private async syncFile(name: string): Promise<void> {
    const handle = await this.fs.open(this.path(name), 'r+')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  private async syncJournal(): Promise<void> {
    try {
      await this.journal?.datasync()
      this.unsynced = false
    } catch (error) {
      throw storeErrorOf(error, { lost: true })
    }
  }

  private async closeJournal(): Promise<void> {
    const handle = this.journal
    this.journal = null
    await handle?.close()
  }

  // ---- Snapshots ----------------------------------------------------------------------------------

  replace(upTo: number): Promise<Replacement> {
    return guard(async () => {
      await this.check()
      await this.dropReplacement()
      const draft = await this.draft()
      this.replacement = draft
      this.rotateAfter = upTo
      let bytes = 0
      let head = new Uint8Array(0)
      const live = () => {
        if (this.replacement !== draft) throw new StoreError('closed', 'this replacement is over')
      }
      return {
        write: (chunk) =>
          guard(async () => {
            live()
            if (head.length === 0) head = chunk.slice(0, MAGIC.length)
            await writeAll(draft.handle, chunk, bytes)
            bytes += chunk.length
          }),
        commit: () =>
          guard(async () => {
            live()
            await this.commit(draft, upTo, head)
          }),
        abort: () =>
          guard(async () => {
            if (this.replacement === draft) await this.dropReplacement()
          }),
      }
    })
  }

  private async draft(): Promise<Draft> {
    const name = `${this.prefix}.${this.manifest.epoch}-${++this.drafts}.part`
    return { handle: await this.fs.open(this.path(name), 'w'), name }
  }

  /** Give a draft its name among the files. Its other one is left. */
  private async settle(
    draft: Draft,
    head: Uint8Array,
  ): Promise<{ readonly name: string; readonly number: number }> {
    const suffix = MAGIC.every((code, i) => head[i] === code) ? 'rdb' : 'aof'
    let number = this.manifest.base?.number ?? 0
    for (;;) {
      const name = `${this.prefix}.${++number}.base.${suffix}`
      try {
        await this.fs.link(this.path(draft.name), this.path(name))
        return { name, number }
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
      }
    }
  }

  private async commit(draft: Draft, upTo: number, head: Uint8Array): Promise<void> {
    const { handle } = draft
    await handle.sync()
    // A later owner has removed the draft.
    await this.check()
    const { base: oldBase, journals } = this.manifest
    const base = await this.settle(draft, head)
    let next: { handle: FileHandle; file: JournalFile } | null = null
    let kept: readonly JournalFile[]
    try {
      if (this.rotateAfter === NEVER) {
        kept = journals.slice(journals.findIndex(({ name }) => name === this.rotatedTo))
      } else if (this.isFirst) kept = journals.slice(-1)
      else {
        next = await this.createJournal(journals, upTo)
        kept = [next.file]
      }
      await syncFolder(this.fs, this.dir)
      await this.writeManifest({ ...this.manifest, upTo, base, journals: kept })
    } catch (error) {
      // Even if the folder could not be synced: what the manifest names is no rubbish.
      if (this.manifest.base?.name === base.name) {
        this.replacement = null
        await handle.close().catch(() => {})
        await this.exchanged(next?.handle ?? null)
      } else {
        await this.remove(base.name)
        await next?.handle.close().catch(() => {})
        if (next !== null) await this.remove(next.file.name)
      }
      throw error
    }
    this.replacement = null
    // Nothing that fails from here on matters: the exchange has happened.
    await handle.close().catch(() => {})
    await this.exchanged(next?.handle ?? null)
    await this.remove(draft.name)
    if (oldBase !== null) await this.remove(oldBase.name)
    for (const file of journals) if (!kept.includes(file)) await this.remove(file.name)
  }

  /** The snapshot counts; the journal goes on in this file, if it was made with it. */
  private async exchanged(next: FileHandle | null): Promise<void> {
    this.rotateAfter = NEVER
    if (next === null) return
    await this.closeJournal().catch(() => {})
    this.goOnIn(next)
  }

  private async dropReplacement(): Promise<void> {
    const { replacement } = this
    if (replacement === null) return
    this.replacement = null
    await replacement.handle.close().catch(() => {})
    await this.remove(replacement.name)
  }

  // ---- The rest -----------------------------------------------------------------------------------

  async estimate(): Promise<Estimate> {
    try {
      const { bavail, bsize } = await promises.statfs(this.dir)
      let usage = 0
      for (const name of await this.fs.readdir(this.dir)) {
        if (this.ours.test(name)) usage += (await this.sizeOf(name)) ?? 0
      }
      return { usage, quota: usage + bavail * bsize }
    } catch {
      return { usage: null, quota: null }
    }
  }

  /** Nobody evicts files. */
  async persist(): Promise<boolean> {
    return true
  }

  close(): Promise<void> {
    return guard(async () => {
      if (!this.open_) return
      this.open_ = false
      await this.dropReplacement()
      await this.closeJournal().catch(() => {})
      await this.lock.release()
    })
  }

  destroy(): Promise<void> {
    return guard(async () => {
      await this.check()
      await this.dropReplacement()
      await this.closeJournal().catch(() => {})
      const { base } = this.manifest
      // The manifest goes first: without it the rest is known to be rubbish.
      await this.fs.unlink(this.path(this.manifestName))
      for (const name of await this.fs.readdir(this.dir)) {
        if (this.ours.test(name) || name === base?.name) await this.remove(name)
      }
      this.open_ = false
      await this.lock.release()
      await this.fs.rmdir(this.dir).catch(() => {})
    })
  }

  // ---- Files --------------------------------------------------------------------------------------

  private async remove(name: string): Promise<void> {
    await this.fs.unlink(this.path(name)).catch(() => {})
  }

  private sizeOf(name: string): Promise<number | null> {
    return this.sizeAt(this.path(name))
  }

  /** Null if there is no such file. */
  private async sizeAt(path: string): Promise<number | null> {
    try {
      return Number((await this.fs.stat(path)).size)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  }
}
