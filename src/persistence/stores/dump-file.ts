/**
 * Snapshots in one file, `dump.rdb`, as Redis has them where there is no journal.
 *
 * A new one is written beside it, synced, and renamed. Nobody owns the file: as with Redis, who saves last
 * has saved.
 */
import type { FileHandle } from 'node:fs/promises'
import * as promises from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { StoreError } from '../errors.ts'
import type { Area, Claim, Estimate, Piece, Replacement, Store, StorePromises } from '../store.ts'
import { codeOf, syncFolder, writeAll } from './disk.ts'
import type { FileSystem } from './file.ts'
import { guard, storeErrorOf } from './file-errors.ts'

const READ_SIZE = 1024 * 1024

export class DumpFile implements Store {
  readonly name = 'file'
  readonly promises: StorePromises = { durable: true, tears: false, shared: true, files: true }
  private readonly where: () => string
  private readonly fs: FileSystem
  private readonly saved: () => void
  private drafts = 0
  private draft: { readonly handle: FileHandle; readonly path: string } | null = null

  /** `where`: its path, which an option may change. `saved` is called when there is a new one. */
  constructor(where: () => string, options: { saved?: () => void; fs?: FileSystem } = {}) {
    this.where = where
    this.fs = options.fs ?? promises
    this.saved = options.saved ?? (() => {})
  }

  async exists(): Promise<boolean> {
    return (await this.size()) !== null
  }

  private async size(): Promise<number | null> {
    try {
      return Number((await this.fs.stat(this.where())).size)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  }

  open(): Promise<Claim> {
    return guard(async () => {
      const size = await this.size()
      return { epoch: 0, fresh: size === null, snapshotBytes: size ?? 0, journalBytes: 0 }
    })
  }

  async *read(area: Area): AsyncGenerator<Piece> {
    if (area === 'journal') return
    const path = this.where()
    const name = basename(path)
    try {
      const handle = await this.fs.open(path, 'r').catch((error) => {
        if (codeOf(error) === 'ENOENT') return null
        throw error
      })
      if (handle === null) return
      try {
        for (let offset = 0; ; ) {
          const buffer = new Uint8Array(READ_SIZE)
          const { bytesRead } = await handle.read(buffer, 0, READ_SIZE, offset)
          if (bytesRead === 0) break
          yield { name, offset, bytes: buffer.subarray(0, bytesRead) }
          offset += bytesRead
        }
      } finally {
        await handle.close()
      }
    } catch (error) {
      throw storeErrorOf(error)
    }
  }

  replace(): Promise<Replacement> {
    return guard(async () => {
      await this.drop()
      const target = this.where()
      const path = join(dirname(target), `temp-${process.pid}-${++this.drafts}.rdb`)
      await this.fs.mkdir(dirname(target), { recursive: true })
      const draft = { handle: await this.fs.open(path, 'w'), path }
      this.draft = draft
      let at = 0
      const live = () => {
        if (this.draft !== draft) throw new StoreError('closed', 'this replacement is over')
      }
      return {
        write: (chunk) =>
          guard(async () => {
            live()
            await writeAll(draft.handle, chunk, at)
            at += chunk.length
          }),
        commit: () =>
          guard(async () => {
            live()
            await draft.handle.sync()
            await this.fs.rename(path, target)
            this.draft = null
            await draft.handle.close().catch(() => {})
            await syncFolder(this.fs, dirname(target))
            this.saved()
          }),
        abort: () =>
          guard(async () => {
            if (this.draft === draft) await this.drop()
          }),
      }
    })
  }

  private async drop(): Promise<void> {
    const { draft } = this
    if (draft === null) return
    this.draft = null
    await draft.handle.close().catch(() => {})
    await this.fs.unlink(draft.path).catch(() => {})
  }

  // ---- There is no journal ------------------------------------------------------------------------

  cut(): Promise<void> {
    return Promise.reject(new StoreError('io', 'a dump has no journal', { retryable: false }))
  }

  append(): Promise<void> {
    return this.cut()
  }

  async sync(): Promise<void> {}

  async estimate(): Promise<Estimate> {
    return { usage: await this.size().catch(() => null), quota: null }
  }

  async persist(): Promise<boolean> {
    return true
  }

  close(): Promise<void> {
    return guard(() => this.drop())
  }

  destroy(): Promise<void> {
    return guard(async () => {
      await this.drop()
      await this.fs.unlink(this.where()).catch((error) => {
        if (codeOf(error) !== 'ENOENT') throw error
      })
    })
  }
}
