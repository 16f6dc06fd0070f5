/**
 * Folders as they were before, for those that move to Redis's layout: `manifest` (a
 * checksum and JSON), `snapshot-<epoch>-<n>.aof`, `journal-<epoch>-<n>.aof`.
 */
import type * as promises from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from '../../util/crc.ts'
import { StoreError } from '../errors.ts'
import { codeOf } from './disk.ts'
import { FolderLock } from './folder-lock.ts'
import type { JournalFile, Manifest } from './folder-manifest.ts'

type FileSystem = Pick<
  typeof promises,
  'open' | 'readFile' | 'rename' | 'unlink' | 'link' | 'readdir' | 'rmdir'
>

interface OldManifest {
  readonly format: number
  readonly epoch: number
  readonly upTo: number
  readonly snapshot: { readonly name: string } | null
  readonly journals: readonly { name: string; after: number; bytes?: number }[]
}

const FORMAT = 1
const OURS = /^((snapshot|journal)-\d+-\d+\.aof|manifest.*|seen|lock.*)$/

export class OldFolder {
  private readonly fs: FileSystem
  private readonly dir: string

  constructor(fs: FileSystem, dir: string) {
    this.fs = fs
    this.dir = dir
  }

  /** What is in it; null if there is none. */
  async read(): Promise<OldManifest | null> {
    let text: string
    try {
      text = await this.fs.readFile(join(this.dir, 'manifest'), 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null
      throw error
    }
    const sum = crc32(new TextEncoder().encode(text.slice(9)))
    if (text.slice(0, 8) !== sum.toString(16).padStart(8, '0')) {
      const record = { area: 'snapshot', name: 'manifest', offset: 0, sequence: 0 } as const
      throw new StoreError('corrupt', `the manifest of ${this.dir} is damaged`, { record })
    }
    const manifest = JSON.parse(text.slice(9)) as OldManifest
    if (manifest.format > FORMAT) {
      throw new StoreError(
        'newer-format',
        `${this.dir} has format ${manifest.format}; this version reads up to ${FORMAT}`,
      )
    }
    return manifest
  }

  /**
   * Give its files names in another folder. Nothing is removed: until somebody says that these count, the
   * old ones do.
   */
  async lend(to: string, name: string): Promise<Manifest | null> {
    const old = await this.read()
    if (old === null) return null
    const holder = await new FolderLock(this.fs, join(this.dir, 'lock'), this.dir).holder()
    if (holder !== null) {
      throw new StoreError('blocked', `${this.dir} is in use by process ${holder}`)
    }
    const link = async (from: string, as: string): Promise<void> => {
      // It may be there from a time when this was interrupted.
      await this.fs.unlink(join(to, as)).catch(() => {})
      await this.fs.link(join(this.dir, from), join(to, as))
    }
    const { epoch, upTo, snapshot } = old
    const base = snapshot === null ? null : { name: `${name}.1.base.aof`, number: 1 }
    if (snapshot !== null && base !== null) await link(snapshot.name, base.name)
    const journals: JournalFile[] = []
    for (const { name: from, after, bytes } of old.journals) {
      const number = journals.length + 1
      const as = `${name}.${number}.incr.aof`
      await link(from, as)
      journals.push({ name: as, number, after, ...(bytes === undefined ? {} : { bytes }) })
    }
    return { epoch, upTo, base, journals }
  }

  /** Remove it, if it is older than what has this epoch. */
  async remove(epoch: number): Promise<void> {
    const old = await this.read().catch(() => null)
    if (old === null || old.epoch >= epoch) return
    // The manifest goes first: without it the rest is known to be rubbish.
    await this.fs.unlink(join(this.dir, 'manifest'))
    for (const name of await this.fs.readdir(this.dir)) {
      if (OURS.test(name)) await this.fs.unlink(join(this.dir, name)).catch(() => {})
    }
    await this.fs.rmdir(this.dir).catch(() => {})
  }
}
