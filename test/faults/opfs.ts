/**
 * The origin private file system of a browser that may be killed, on a machine that may lose power.
 *
 * Names are durable once they are there, as in a browser that was not killed while it made them; bytes are
 * once they were flushed (`inode.ts`). A handle keeps all others off its file until it is closed or its
 * worker has ended. The user can clear everything at any time: handles that are open then write into
 * nothing, and nobody is told.
 */
import type { FileEntry, Folder, SyncHandle } from '../../src/persistence/stores/opfs-files.ts'
import { Inode } from './inode.ts'

/** What is to go wrong with one call of a handle. */
export interface OpfsFault {
  /** `QuotaExceededError`, `UnknownError`; nothing happens, or only so many bytes. */
  readonly name?: string
  readonly bytes?: number
  /** The worker ends here, before or after it happens. */
  readonly crash?: 'before' | 'after'
}

export type OpfsCall = 'write' | 'flush' | 'truncate'

class Tree {
  readonly folders = new Map<string, Tree>()
  readonly files = new Map<string, Inode>()

  inodes(): Inode[] {
    return [...this.files.values(), ...[...this.folders.values()].flatMap((tree) => tree.inodes())]
  }
}

const never = <T>(): Promise<T> => new Promise<T>(() => {})

export function domException(name: string): Error {
  return Object.assign(new Error(`${name}: planned`), { name })
}

/** A worker, as the file system sees it. */
export class OpfsWorker {
  plan: (call: OpfsCall, name: string) => OpfsFault | null = () => null
  /** Called when a crash was planned. */
  onCrash: () => void = () => {}
  readonly root: () => Promise<Folder>
  /** How often something was asked that takes the way to the browser's process and back. */
  asked = 0
  private dead = false
  private readonly opfs: Opfs
  /** The handle that is open for a file. */
  private readonly held = new Map<Inode, object>()

  constructor(opfs: Opfs) {
    this.opfs = opfs
    this.root = () => this.ask(() => this.folder(opfs.tree))
  }

  /** It is terminated, or the browser killed: nothing of it is heard again, and its files are free. */
  end(): void {
    this.dead = true
    this.close()
  }

  /** The browser closes its handles, and leaves it alive. */
  close(): void {
    for (const inode of this.held.keys()) this.opfs.locked.delete(inode)
    this.held.clear()
  }

  private async ask<T>(answer: () => T): Promise<T> {
    this.asked++
    await Promise.resolve()
    return this.dead ? never() : answer()
  }

  private folder(tree: Tree): Folder {
    const { opfs } = this
    const look = <V>(map: Map<string, V>, name: string, create: boolean, make: () => V): V => {
      let found = map.get(name)
      if (found === undefined) {
        // What was cleared is not there for those who still know it.
        if (!create || opfs.cleared.has(tree)) throw domException('NotFoundError')
        found = make()
        map.set(name, found)
      }
      return found
    }
    return {
      getDirectoryHandle: (name, { create = false } = {}) =>
        this.ask(() => this.folder(look(tree.folders, name, create, () => new Tree()))),
      getFileHandle: (name, { create = false } = {}) =>
        this.ask(() => {
          look(tree.files, name, create, () => opfs.inode())
          return this.file(tree, name)
        }),
      removeEntry: (name, { recursive = false } = {}) =>
        this.ask(() => {
          const inside = tree.folders.get(name)
          const file = tree.files.get(name)
          if (inside === undefined && file === undefined) throw domException('NotFoundError')
          if (inside !== undefined && !recursive && inside.folders.size + inside.files.size > 0)
            throw domException('InvalidModificationError')
          const inodes = file === undefined ? (inside as Tree).inodes() : [file]
          if (inodes.some((inode) => opfs.locked.has(inode)))
            throw domException('NoModificationAllowedError')
          tree.folders.delete(name)
          tree.files.delete(name)
        }),
      keys: () => this.keys(tree),
    }
  }

  private async *keys(tree: Tree): AsyncGenerator<string> {
    yield* await this.ask(() => [...tree.folders.keys(), ...tree.files.keys()])
  }

  private file(tree: Tree, name: string): FileEntry {
    return {
      createSyncAccessHandle: () =>
        this.ask(() => {
          const inode = tree.files.get(name)
          if (inode === undefined) throw domException('NotFoundError')
          if (this.opfs.locked.has(inode)) throw domException('NoModificationAllowedError')
          this.opfs.locked.add(inode)
          return this.handle(inode, name)
        }),
    }
  }

  private handle(inode: Inode, name: string): SyncHandle {
    const { held } = this
    const check = (): void => {
      if (held.get(inode) !== handle) throw domException('InvalidStateError')
    }
    const call = <T>(what: OpfsCall, run: (bytes?: number) => T): T => {
      check()
      const fault = this.plan(what, name)
      check()
      if (fault?.crash === 'before') this.crash()
      if (fault?.name !== undefined) {
        if (fault.bytes !== undefined) run(fault.bytes)
        else if (what === 'flush') inode.drop()
        throw domException(fault.name)
      }
      const result = run(fault?.bytes)
      if (fault?.crash === 'after') this.crash()
      return result
    }
    const handle: SyncHandle = {
      read: (into, { at }) => {
        check()
        const part = inode.data.subarray(at, at + into.length)
        into.set(part)
        return part.length
      },
      write: (bytes, { at }) =>
        call('write', (most = bytes.length) => {
          const part = bytes.slice(0, most)
          inode.write({ at, bytes: part })
          return part.length
        }),
      truncate: (size) => call('truncate', () => inode.write({ at: size, bytes: null })),
      flush: () => call('flush', () => inode.sync()),
      getSize: () => {
        check()
        return inode.data.length
      },
      close: () => {
        if (held.get(inode) !== handle) return
        held.delete(inode)
        this.opfs.locked.delete(inode)
      },
    }
    held.set(inode, handle)
    return handle
  }

  private crash(): never {
    this.onCrash()
    this.end()
    throw domException('AbortError')
  }
}

export class Opfs {
  tree = new Tree()
  readonly locked = new Set<Inode>()
  readonly cleared = new Set<Tree>()
  private count = 0

  worker(): OpfsWorker {
    return new OpfsWorker(this)
  }

  inode(): Inode {
    return new Inode(++this.count)
  }

  /** The user clears the data of the site. */
  clear(): void {
    const clear = (tree: Tree): void => {
      for (const each of tree.folders.values()) clear(each)
      tree.folders.clear()
      tree.files.clear()
      this.cleared.add(tree)
    }
    clear(this.tree)
    this.tree = new Tree()
  }

  /** The power fails; `below` draws what is left of all that was not flushed. */
  fail(below: (n: number) => number): void {
    for (const inode of this.tree.inodes()) inode.fail(below)
  }

  /** A file by its path, to look at or to harm. */
  at(...path: string[]): Inode {
    let tree: Tree | undefined = this.tree
    for (const name of path.slice(0, -1)) tree = tree?.folders.get(name)
    const inode = tree?.files.get(path.at(-1) as string)
    if (inode === undefined) throw new Error(`there is no ${path.join('/')}`)
    return inode
  }
}
