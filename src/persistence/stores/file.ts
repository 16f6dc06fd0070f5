/**
 * A folder of files, for Node and what is like it.
 *
 *   manifest                   which files count: the one thing that is ever exchanged
 *   snapshot-<epoch>-<n>.aof   the snapshot
 *   journal-<epoch>-<n>.aof    the journal, in one or several files
 *   lock                       the process that has the folder
 *
 * The manifest is replaced by writing a new one beside it and renaming, with the file synced before
 * and the folder after. A file that it does not name does not exist: a snapshot under way, or what a
 * crash left behind. When a snapshot begins, the journal goes on in a new file, so that the exchange
 * can drop the old ones whole.
 *
 * Two processes cannot share a folder: the lock names its holder, and is taken over only from the
 * dead. Behind the lock stands the epoch: each owner's claim is a new manifest, and every append
 * looks, after it has written and before it says so, whether the manifest is still the one it knows.
 * An owner that was overtaken may so leave bytes in a file, but never acknowledges them; the new owner
 * has noted how much of that file counts.
 *
 * A failed sync is not tried again: the kernel may have dropped the pages and report success
 * the next time. It is reported as `lost`, and only a fresh snapshot helps.
 */

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import * as promises from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from '../../util/crc.ts'
import { FencedError, StoreError, type StoreErrorOptions } from '../errors.ts'
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
import { FolderBackups } from './folder-backups.ts'

/** What is used of `node:fs/promises`; tests put faults in. */
export type FileSystem = Pick<
  typeof promises,
  'open' | 'mkdir' | 'readFile' | 'rename' | 'unlink' | 'stat' | 'readdir' | 'rmdir' | 'link'
>

export interface FileStoreOptions {
  dir: string
  /** Take the folder even from a process that is alive; that one is then fenced. */
  takeOver?: boolean
  /** Where backups go; without it they cannot be made. */
  backupDir?: string
  fs?: FileSystem
}

interface JournalFile {
  readonly name: string
  /** Every record in it comes after this sequence. */
  readonly after: number
  /** How much of it counts, once it is no longer appended to. */
  readonly bytes?: number
}

interface Manifest {
  readonly format: number
  readonly epoch: number
  readonly upTo: number
  readonly snapshot: { readonly name: string; readonly bytes: number } | null
  readonly journals: readonly JournalFile[]
}

interface Holder {
  readonly pid: number
  /** When that process began, where the system tells: numbers of processes are used again. */
  readonly began: string
  readonly token: string
}

const FORMAT = 1
const READ_SIZE = 1024 * 1024
const EMPTY: Manifest = { format: FORMAT, epoch: 0, upTo: 0, snapshot: null, journals: [] }
const OURS = /^(snapshot|journal)-\d+-\d+\.aof$/

/** Locks that stores of this very process hold. */
const held = new Set<string>()

export class FileStore implements Store {
  readonly name = 'file'
  readonly promises: StorePromises = { durable: true, tears: true, shared: true }
  readonly dir: string
  readonly backups: FolderBackups | null
  private readonly fs: FileSystem
  private readonly takeOver: boolean
  private readonly token = randomUUID()
  private manifest: Manifest = EMPTY
  /** Identity of the manifest file as we wrote it. */
  private signature = ''
  private open_ = false
  private journal: FileHandle | null = null
  /** Where the journal file's good bytes end; what lies beyond is of an append that failed. */
  private end = 0
  private untidy = false
  private unsynced = false
  /** The manifest that counts may not be on the medium yet. */
  private unsyncedFolder = false
  /** Go on in a new file: from the first record beyond this one. */
  private rotateAfter = Number.POSITIVE_INFINITY
  private counter = 0
  private replacement: { handle: FileHandle; name: string } | null = null

  constructor(options: FileStoreOptions | string) {
    const { dir, takeOver, backupDir, fs }: FileStoreOptions =
      typeof options === 'string' ? { dir: options } : options
    this.dir = dir
    this.backups = backupDir === undefined ? null : new FolderBackups(backupDir, fs ?? promises)
    this.takeOver = takeOver ?? false
    this.fs = fs ?? promises
  }

  // ---- Owner --------------------------------------------------------------------------------------

  open(): Promise<Claim> {
    return guard(async () => {
      await this.fs.mkdir(this.dir, { recursive: true })
      const overtook = await this.lock()
      try {
        const stored = await this.readManifest()
        const names = (await this.fs.readdir(this.dir)).filter((name) => OURS.test(name))
        if (stored === null && names.length > 0) {
          throw new StoreError('corrupt', `${this.dir} has data files but no manifest`)
        }
        this.open_ = true
        this.manifest = stored ?? EMPTY
        this.signature = await this.sign()
        await this.writeManifest({ ...this.manifest, epoch: this.manifest.epoch + 1 })
        const { snapshot, journals } = this.manifest
        const named = new Set([snapshot?.name, ...journals.map((journal) => journal.name)])
        for (const name of names) if (!named.has(name)) await this.remove(name)
        let journalBytes = 0
        for (const { name, bytes } of journals) {
          this.end = bytes ?? (await this.sizeOf(name))
          journalBytes += this.end
        }
        // An owner that is still alive may write into its file: of that, what there is now counts.
        const last = journals.at(-1)
        // Its writer may have died before it was synced; records that follow will rely on it.
        if (last !== undefined) await this.syncFile(last.name)
        if (overtook && last !== undefined && last.bytes === undefined) {
          await this.writeManifest({ ...this.manifest, journals: this.sealed() })
        }
        this.rotateAfter = Number.POSITIVE_INFINITY
        this.untidy = true
        return {
          epoch: this.manifest.epoch,
          fresh: stored === null,
          snapshotBytes: snapshot?.bytes ?? 0,
          journalBytes,
        }
      } catch (error) {
        this.open_ = false
        await this.unlock()
        throw error
      }
    })
  }

  /** Take the lock; true if its holder may be alive. */
  private async lock(): Promise<boolean> {
    const path = join(this.dir, 'lock')
    const mine = join(this.dir, `lock-${this.token}`)
    const holder: Holder = { pid: process.pid, began: beginOf(process.pid), token: this.token }
    await this.writeWhole(mine, `${JSON.stringify(holder)}\n`)
    let overtook = false
    try {
      for (let attempt = 0; attempt < 5; attempt++) {
        try {
          // A link either makes the lock or finds one there, in one step.
          await this.fs.link(mine, path)
          held.add(this.token)
          return overtook
        } catch (error) {
          if (codeOf(error) !== 'EEXIST') throw error
        }
        const found = await this.readText(path)
        if (found === null) continue
        const other = parseHolder(found)
        const alive = other !== null && isAlive(other)
        if (alive && !this.takeOver) {
          throw new StoreError('blocked', `${this.dir} is in use by process ${other.pid}`)
        }
        overtook ||= alive
        // Two may find the same dead holder: only the one that moves it away unchanged goes on.
        const aside = join(this.dir, `lock-${this.token}-old`)
        try {
          await this.fs.rename(path, aside)
        } catch (error) {
          if (codeOf(error) === 'ENOENT') continue
          throw error
        }
        if ((await this.readText(aside)) !== found) {
          await this.fs.link(aside, path).catch(() => {})
        }
        await this.fs.unlink(aside)
      }
      throw new StoreError('blocked', `${this.dir} is being taken by several processes`)
    } finally {
      await this.fs.unlink(mine).catch(() => {})
    }
  }

  private async unlock(): Promise<void> {
    held.delete(this.token)
    const path = join(this.dir, 'lock')
    const found = await this.readText(path).catch(() => null)
    if (found !== null && parseHolder(found)?.token === this.token) {
      await this.fs.unlink(path).catch(() => {})
    }
  }

  /** Fails if the manifest is not the one we wrote. */
  private async check(): Promise<void> {
    if (!this.open_) throw new StoreError('closed', 'the store is closed', { retryable: false })
    if ((await this.sign()) === this.signature) return
    throw new FencedError(this.manifest.epoch, (await this.readManifest())?.epoch ?? 0)
  }

  private async sign(): Promise<string> {
    try {
      const { ino, mtimeNs, size } = await this.fs.stat(join(this.dir, 'manifest'), {
        bigint: true,
      })
      return `${ino} ${mtimeNs} ${size}`
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return ''
      throw error
    }
  }

  private async readManifest(): Promise<Manifest | null> {
    const text = await this.readText(join(this.dir, 'manifest'))
    if (text === null) return null
    const place = { area: 'snapshot', name: 'manifest', offset: 0, sequence: 0 } as const
    const [checksum, body] = [text.slice(0, 8), text.slice(9)]
    if (checksumOf(body) !== checksum) {
      throw new StoreError('corrupt', `the manifest of ${this.dir} is damaged`, { record: place })
    }
    const manifest = JSON.parse(body) as Manifest
    if (manifest.format > FORMAT) {
      throw new StoreError(
        'newer-format',
        `${this.dir} has format ${manifest.format}; this version reads up to ${FORMAT}`,
      )
    }
    return manifest
  }

  private async writeManifest(manifest: Manifest): Promise<void> {
    await this.check()
    const body = `${JSON.stringify(manifest)}\n`
    const temporary = join(this.dir, `manifest-${manifest.epoch}.part`)
    await this.writeWhole(temporary, `${checksumOf(body)} ${body}`)
    await this.fs.rename(temporary, join(this.dir, 'manifest'))
    // From the rename on it counts, whatever the sync of the folder says.
    this.manifest = manifest
    this.unsyncedFolder = true
    this.signature = await this.sign()
    await this.syncManifest()
  }

  private async syncManifest(): Promise<void> {
    if (!this.unsyncedFolder) return
    await this.syncFolder()
    this.unsyncedFolder = false
  }

  // ---- Reading ------------------------------------------------------------------------------------

  async *read(area: Area): AsyncGenerator<Piece> {
    try {
      await this.check()
      const { snapshot, journals } = this.manifest
      const files: { name: string; bytes?: number }[] =
        area === 'journal' ? [...journals] : snapshot === null ? [] : [snapshot]
      for (const { name, bytes: limit } of files) {
        const handle = await this.fs.open(join(this.dir, name), 'r')
        try {
          let offset = 0
          for (;;) {
            const most = Math.min(READ_SIZE, (limit ?? Number.POSITIVE_INFINITY) - offset)
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
      await this.check()
    } catch (error) {
      throw storeErrorOf(error)
    }
  }

  cut(name: string, offset: number): Promise<void> {
    return guard(async () => {
      await this.check()
      const at = this.manifest.journals.findIndex((journal) => journal.name === name)
      if (at < 0)
        throw new StoreError('io', `there is no journal file ${name}`, { retryable: false })
      await this.closeJournal()
      const kept = this.manifest.journals.slice(0, at)
      const dropped = this.manifest.journals.slice(at + 1)
      const last = this.manifest.journals[at] as JournalFile
      if (last.bytes === undefined) {
        const handle = await this.fs.open(join(this.dir, name), 'r+')
        try {
          await handle.truncate(offset)
          await handle.sync()
        } finally {
          await handle.close()
        }
        this.end = offset
      } else {
        // An earlier owner may still write into this file, so it is not appended to again.
        const journals = [...kept, { ...last, bytes: offset }]
        await this.writeManifest({ ...this.manifest, journals })
        for (const file of dropped) await this.remove(file.name)
      }
    })
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
        this.untidy = false
      }
      this.untidy = true
      let written = 0
      while (written < record.length) {
        const left = record.length - written
        const { bytesWritten } = await handle.write(record, written, left, this.end + written)
        written += bytesWritten
      }
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
    const { journals } = this.manifest
    const last = journals.at(-1)
    // A file whose end is fixed takes no more: an earlier owner may still write into it.
    if (last === undefined || last.bytes !== undefined || sequence > this.rotateAfter) {
      if (this.unsynced) await this.syncJournal()
      await this.closeJournal()
      const name = this.newName('journal')
      const handle = await this.fs.open(join(this.dir, name), 'w')
      try {
        await this.syncFolder()
        await this.writeManifest({
          ...this.manifest,
          journals: [...this.sealed(), { name, after: sequence - 1 }],
        })
      } finally {
        // Even if the folder could not be synced, this is the file that counts, if the manifest says so.
        if (this.manifest.journals.at(-1)?.name === name) {
          // A record that the snapshot under way covers leaves the next file still to be begun.
          if (sequence > this.rotateAfter) this.rotateAfter = Number.POSITIVE_INFINITY
          this.journal = handle
          this.end = 0
          this.untidy = false
        } else await handle.close().catch(() => {})
      }
    } else if (this.journal === null) {
      this.journal = await this.fs.open(join(this.dir, last.name), 'r+')
      this.untidy = true
    }
    return this.journal as FileHandle
  }

  /** The journal's files, with the end of the last one fixed where it is now. */
  private sealed(): readonly JournalFile[] {
    const { journals } = this.manifest
    const last = journals.at(-1)
    if (last === undefined || last.bytes !== undefined) return journals
    return [...journals.slice(0, -1), { ...last, bytes: this.end }]
  }

  private async syncFile(name: string): Promise<void> {
    const handle = await this.fs.open(join(this.dir, name), 'r+')
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

  replace(upTo: number): Promise<Replacement> {
    return guard(async () => {
      await this.check()
      await this.dropReplacement()
      const name = this.newName('snapshot')
      const handle = await this.fs.open(join(this.dir, name), 'w')
      const token = { handle, name }
      this.replacement = token
      this.rotateAfter = upTo
      let bytes = 0
      const live = () => {
        if (this.replacement !== token) throw new StoreError('closed', 'this replacement is over')
      }
      return {
        write: (chunk) =>
          guard(async () => {
            live()
            let written = 0
            while (written < chunk.length) {
              const left = chunk.length - written
              const { bytesWritten } = await handle.write(chunk, written, left, bytes + written)
              written += bytesWritten
            }
            bytes += chunk.length
          }),
        commit: () =>
          guard(async () => {
            live()
            await handle.sync()
            await this.syncFolder()
            const { snapshot, journals } = this.manifest
            const kept = journals.filter((journal) => journal.after >= upTo)
            try {
              await this.writeManifest({
                ...this.manifest,
                upTo,
                snapshot: { name, bytes },
                journals: kept,
              })
            } catch (error) {
              // Even if the folder could not be synced: what the manifest names is no rubbish.
              if (this.manifest.snapshot?.name === name) {
                this.replacement = null
                await handle.close().catch(() => {})
              }
              throw error
            }
            this.replacement = null
            // Nothing that fails from here on matters: the exchange has happened.
            await handle.close().catch(() => {})
            if (kept.length === 0) {
              this.unsynced = false
              await this.closeJournal().catch(() => {})
            }
            if (snapshot !== null) await this.remove(snapshot.name)
            for (const file of journals) if (!kept.includes(file)) await this.remove(file.name)
          }),
        abort: () =>
          guard(async () => {
            if (this.replacement === token) await this.dropReplacement()
          }),
      }
    })
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
        if (OURS.test(name)) usage += await this.sizeOf(name)
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
      await this.unlock()
    })
  }

  destroy(): Promise<void> {
    return guard(async () => {
      await this.check()
      await this.dropReplacement()
      await this.closeJournal().catch(() => {})
      // The manifest goes first: without it the rest is known to be rubbish.
      await this.fs.unlink(join(this.dir, 'manifest'))
      for (const name of await this.fs.readdir(this.dir)) {
        if (OURS.test(name) || name.endsWith('.part')) await this.remove(name)
      }
      this.open_ = false
      await this.unlock()
      await this.fs.rmdir(this.dir).catch(() => {})
    })
  }

  // ---- Files --------------------------------------------------------------------------------------

  /** No two owners ever make a file of the same name. */
  private newName(kind: 'snapshot' | 'journal'): string {
    return `${kind}-${this.manifest.epoch}-${++this.counter}.aof`
  }

  private async remove(name: string): Promise<void> {
    await this.fs.unlink(join(this.dir, name)).catch(() => {})
  }

  private async sizeOf(name: string): Promise<number> {
    return Number((await this.fs.stat(join(this.dir, name))).size)
  }

  private async readText(path: string): Promise<string | null> {
    try {
      return await this.fs.readFile(path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  }

  private async writeWhole(path: string, text: string): Promise<void> {
    const handle = await this.fs.open(path, 'w')
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  /** New names in a folder are durable only once the folder is. */
  private async syncFolder(): Promise<void> {
    let handle: FileHandle
    try {
      handle = await this.fs.open(this.dir, 'r')
    } catch (error) {
      if (codeOf(error) === 'EISDIR' || codeOf(error) === 'EPERM') return // Windows has no such thing.
      throw error
    }
    try {
      await handle.sync()
    } catch (error) {
      if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'EINVAL') throw error
    } finally {
      await handle.close()
    }
  }
}

const checksumOf = (text: string): string =>
  crc32(new TextEncoder().encode(text)).toString(16).padStart(8, '0')

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

function parseHolder(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Holder
    return typeof holder.pid === 'number' ? holder : null
  } catch {
    // Cut short: whoever wrote it died in the middle, or before the days of links.
    return null
  }
}

/** The kernel's own note of when a process began, or an empty string. */
function beginOf(pid: number): string {
  try {
    // The name, in parentheses, may contain anything; the 22nd field is counted from behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function isAlive(holder: Holder): boolean {
  // A container's server has the same number after every restart.
  if (holder.pid === process.pid && holder.began === '') return held.has(holder.token)
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
  return holder.began === '' || beginOf(holder.pid) === holder.began
}

/** Run a call and translate what it throws. */
async function guard<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw storeErrorOf(error)
  }
}

function storeErrorOf(error: unknown, options: StoreErrorOptions = {}): StoreError {
  if (error instanceof StoreError) return error
  const message = error instanceof Error ? error.message : String(error)
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new StoreError('quota-exceeded', message, { cause: error, ...options })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
      return new StoreError('unavailable', message, { cause: error, ...options })
    case 'EBADF':
      return new StoreError('closed', message, { cause: error, ...options })
    default:
      return new StoreError('io', message, { cause: error, ...options })
  }
}
