/**
 * A disk under a file store, as a system that may lose power has it.
 *
 * What a process reads back is what it wrote; what is left after the power failed is what was synced,
 * and of the rest any part: each write may be there, in part or not at all, whatever came after it; each
 * new name as well. Names are made durable by a sync of the folder, bytes by a sync of their file. A
 * sync that fails has dropped what it should have written, and the next one does not know. There
 * is one folder.
 */
import { Buffer } from 'node:buffer'
import type { FileSystem } from '../../src/persistence/stores/file.ts'
import { type Dirty, Inode } from './inode.ts'

interface Rename {
  readonly remove: string | null
  readonly name: string | null
  readonly inode: Inode | null
}

/** What is to go wrong with one call. */
export interface DiskFault {
  /** `ENOSPC`, `EIO`; nothing happens, or only so many bytes. */
  readonly code?: string
  readonly bytes?: number
  /** The process ends here, before or after it happens. */
  readonly crash?: 'before' | 'after'
}

const never = <T>(): Promise<T> => new Promise<T>(() => {})
const errno = (code: string): Error => Object.assign(new Error(`${code}: planned`), { code })
const nameOf = (path: unknown): string => String(path).split('/').at(-1) as string

export class Disk {
  static readonly folder = '/data'
  private names = new Map<string, Inode>()
  private durable = new Map<string, Inode>()
  private pending: Rename[] = []
  private count = 0
  private clock = 0

  // ---- The end of a process, or of the machine ----------------------------------------------------

  /** The power fails. `below` draws what is left of all that was not synced. */
  fail(below: (n: number) => number): void {
    const names = below(4)
    const kept =
      names === 0 ? 0 : names === 1 ? this.pending.length : below(this.pending.length + 1)
    for (const [i, change] of this.pending.entries()) {
      if (names === 3 ? below(2) === 0 : i < kept) rename(this.durable, change)
    }
    this.pending = []
    const inodes = new Set([...this.names.values(), ...this.durable.values()])
    for (const inode of inodes) inode.fail(below)
    this.names = new Map(this.durable)
  }

  /** The holder of the lock is seen to be dead: as after a restart. */
  bury(): void {
    const lock = this.names.get('appendonly.aof.lock')
    if (lock === undefined) return
    const text = Buffer.from(lock.data)
      .toString()
      .replace(/"pid":\d+/, '"pid":999999999')
    lock.data = Uint8Array.from(Buffer.from(text))
    lock.durable = lock.data
  }

  // ---- Calls --------------------------------------------------------------------------------------

  /** The calls of one process: after `end` none of them ever answers. */
  process(): {
    fs: FileSystem
    plan: (call: string, name: string) => DiskFault | null
    end(): void
  } {
    let dead = false
    const self = {
      plan: (_call: string, _name: string): DiskFault | null => null,
      end() {
        dead = true
      },
    }
    const call = async <T>(
      what: string,
      name: string,
      run: (bytes?: number, failed?: boolean) => T,
    ): Promise<T> => {
      await Promise.resolve()
      if (dead) return never()
      const fault = self.plan(what, name)
      if (fault?.crash === 'before') dead = true
      if (dead) return never()
      if (fault?.code !== undefined) {
        if (fault.bytes !== undefined) run(fault.bytes, true)
        else if (what === 'sync') this.drop(name)
        throw errno(fault.code)
      }
      const result = run(fault?.bytes)
      if (fault?.crash === 'after') {
        dead = true
        return never()
      }
      return result
    }
    const fs = {
      mkdir: () => call('mkdir', '', () => undefined),
      readdir: () => call('readdir', '', () => [...this.names.keys()].sort()),
      rmdir: () => call('rmdir', '', () => undefined),
      readFile: (path: string) =>
        call('read', nameOf(path), () => Buffer.from(this.inode(nameOf(path)).data).toString()),
      stat: (path: string, options?: { bigint?: boolean }) =>
        call('stat', nameOf(path), () => {
          const { number, data, changed } = this.inode(nameOf(path))
          if (options?.bigint !== true) return { size: data.length }
          return { ino: BigInt(number), mtimeNs: BigInt(changed), size: BigInt(data.length) }
        }),
      unlink: (path: string) =>
        call('unlink', nameOf(path), () => {
          this.inode(nameOf(path))
          this.change({ remove: nameOf(path), name: null, inode: null })
        }),
      rename: (from: string, to: string) =>
        call('rename', nameOf(to), () => {
          const inode = this.inode(nameOf(from))
          this.change({ remove: nameOf(from), name: nameOf(to), inode })
        }),
      link: (from: string, to: string) =>
        call('link', nameOf(to), () => {
          if (this.names.has(nameOf(to))) throw errno('EEXIST')
          this.change({ remove: null, name: nameOf(to), inode: this.inode(nameOf(from)) })
        }),
      open: (path: string, flags: string) =>
        call('open', nameOf(path), () => {
          if (path === Disk.folder) return this.folderHandle(call)
          return this.handle(call, nameOf(path), flags)
        }),
    }
    return Object.assign(self, { fs: fs as unknown as FileSystem })
  }

  private inode(name: string): Inode {
    const inode = this.names.get(name)
    if (inode === undefined) throw errno('ENOENT')
    return inode
  }

  private change(change: Rename): void {
    rename(this.names, change)
    this.pending.push(change)
  }

  /** A sync has failed. */
  private drop(name: string): void {
    const inode = this.names.get(name)
    inode?.drop()
  }

  private folderHandle(call: <T>(what: string, name: string, run: () => T) => Promise<T>) {
    return {
      sync: () =>
        call('sync', 'folder', () => {
          for (const change of this.pending) rename(this.durable, change)
          this.pending = []
        }),
      close: async () => {},
    }
  }

  private handle(
    call: <T>(
      what: string,
      name: string,
      run: (bytes?: number, failed?: boolean) => T,
    ) => Promise<T>,
    name: string,
    flags: string,
  ) {
    let inode: Inode
    if (flags === 'wx' && this.names.has(name)) throw errno('EEXIST')
    if (flags === 'w' || flags === 'wx') {
      const old = this.names.get(name)
      inode = old ?? new Inode(++this.count)
      if (old === undefined) this.change({ remove: null, name, inode })
      else this.write(inode, { at: 0, bytes: null })
    } else inode = this.inode(name)
    const sync = () => call('sync', name, () => inode.sync())
    return {
      write: (from: Uint8Array, offset: number, length: number, at: number) =>
        call('write', name, (most) => {
          const bytesWritten = Math.min(length, most ?? length)
          this.write(inode, { at, bytes: from.slice(offset, offset + bytesWritten) })
          return { bytesWritten }
        }),
      writeFile: (text: string) =>
        call('write', name, (most, failed) => {
          const bytes = Uint8Array.from(Buffer.from(text))
          // It goes on after a short write by itself.
          this.write(inode, { at: 0, bytes: failed ? bytes.subarray(0, most) : bytes })
        }),
      read: (into: Uint8Array, offset: number, length: number, at: number) =>
        call('read', name, () => {
          const part = inode.data.subarray(at, at + length)
          into.set(part, offset)
          return { bytesRead: part.length }
        }),
      truncate: (at: number) =>
        call('truncate', name, () => {
          this.write(inode, { at, bytes: null })
        }),
      sync,
      datasync: sync,
      close: async () => {},
    }
  }

  private write(inode: Inode, dirty: Dirty): void {
    inode.write(dirty)
    inode.changed = ++this.clock
  }
}

function rename(names: Map<string, Inode>, { remove, name, inode }: Rename): void {
  if (remove !== null) names.delete(remove)
  if (name !== null) names.set(name, inode as Inode)
}
