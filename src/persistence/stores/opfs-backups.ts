/** Backups as files of a folder of their own, in that of the data. */
import { StoreError } from '../errors.ts'
import type { BackupPlace } from '../store.ts'
import { type Folder, nameOfError, readAt, type SyncHandle, writeAll } from './opfs-files.ts'

export class OpfsBackups implements BackupPlace {
  private readonly parent: () => Promise<Folder>

  /** The folder of the data, once it is needed. */
  constructor(parent: () => Promise<Folder>) {
    this.parent = parent
  }

  private async folder(): Promise<Folder> {
    return (await this.parent()).getDirectoryHandle('backup', { create: true })
  }

  private async with<T>(name: string, create: boolean, use: (handle: SyncHandle) => T): Promise<T> {
    const file = await (await this.folder()).getFileHandle(encodeURIComponent(name), { create })
    const handle = await file.createSyncAccessHandle()
    try {
      return use(handle)
    } finally {
      handle.close()
    }
  }

  async list(): Promise<string[]> {
    const names: string[] = []
    for await (const name of (await this.folder()).keys()) names.push(decodeURIComponent(name))
    return names.sort()
  }

  append(name: string, bytes: Uint8Array): Promise<void> {
    return this.with(name, true, (handle) => writeAll(handle, bytes, handle.getSize()))
  }

  async finish(name: string): Promise<string> {
    await this.with(name, true, (handle) => handle.flush())
    return name
  }

  async remove(name: string): Promise<void> {
    try {
      await (await this.folder()).removeEntry(encodeURIComponent(name))
    } catch (error) {
      if (nameOfError(error) !== 'NotFoundError') throw error
    }
  }

  async clear(): Promise<void> {
    for (const name of await this.list()) await this.remove(name)
  }

  /** A file's bytes, piece by piece. */
  read(name: string): Promise<Uint8Array[]> {
    const PIECE = 1024 * 1024
    return this.with(name, false, (handle) => {
      const size = handle.getSize()
      const pieces: Uint8Array[] = []
      for (let at = 0; at < size; at += PIECE) pieces.push(readAt(handle, at, PIECE))
      return pieces
    }).catch((error: unknown) => {
      if (nameOfError(error) !== 'NotFoundError') throw error
      throw new StoreError('io', `there is no backup ${name}`, { cause: error, retryable: false })
    })
  }
}
