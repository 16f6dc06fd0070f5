/** Backups as files of a folder. */
import type * as promises from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupPlace } from '../store.ts'
import { codeOf } from './disk.ts'

type FileSystem = Pick<typeof promises, 'open' | 'mkdir' | 'readdir' | 'unlink'>

export class FolderBackups implements BackupPlace {
  private readonly folder: string
  private readonly fs: FileSystem

  constructor(folder: string, fs: FileSystem) {
    this.folder = folder
    this.fs = fs
  }

  async list(): Promise<string[]> {
    try {
      return (await this.fs.readdir(this.folder)).sort().map((name) => join(this.folder, name))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    }
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    await this.fs.mkdir(this.folder, { recursive: true })
    const handle = await this.fs.open(join(this.folder, name), 'a')
    try {
      for (let at = 0; at < bytes.length; ) {
        at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten
      }
    } finally {
      await handle.close()
    }
  }

  async finish(name: string): Promise<string> {
    const path = join(this.folder, name)
    await this.append(name, new Uint8Array(0))
    for (const each of [path, this.folder]) {
      const handle = await this.fs.open(each, 'r')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    }
    return path
  }

  async remove(name: string): Promise<void> {
    try {
      await this.fs.unlink(join(this.folder, name))
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }

  async clear(): Promise<void> {
    for (const path of await this.list()) await this.fs.unlink(path)
  }
}
