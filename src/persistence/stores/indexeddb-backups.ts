/**
 * Backups in a database of their own, beside that of the data: it is made with the first backup, and
 * an application copies the files from it with `read`.
 */
import { type IDBPDatabase, openDB } from 'idb'
import type { BackupPlace } from '../store.ts'

type Key = [name: string, part: number]

export class IndexedDBBackups implements BackupPlace {
  private readonly name: string

  /** The name of the data's database. */
  constructor(name: string) {
    this.name = `${name}:backup`
  }

  private async with<T>(call: (db: IDBPDatabase) => Promise<T>): Promise<T> {
    // Opened for each call: backups are rare, and a connection that waits would block its deletion.
    const db = await openDB(this.name, 1, {
      upgrade: (fresh) => {
        fresh.createObjectStore('files')
      },
    })
    try {
      return await call(db)
    } finally {
      db.close()
    }
  }

  list(): Promise<string[]> {
    return this.with(async (db) => {
      const keys = (await db.getAllKeys('files')) as unknown as Key[]
      return [...new Set(keys.map(([name]) => name))]
    })
  }

  append(name: string, bytes: Uint8Array): Promise<void> {
    return this.with(async (db) => {
      const tx = db.transaction('files', 'readwrite', { durability: 'strict' })
      const range = IDBKeyRange.bound([name], [name, Number.POSITIVE_INFINITY])
      const count = await tx.store.count(range)
      await tx.store.put(bytes, [name, count])
      await tx.done
    })
  }

  async finish(name: string): Promise<string> {
    await this.append(name, new Uint8Array(0))
    return name
  }

  remove(name: string): Promise<void> {
    return this.with((db) =>
      db.delete('files', IDBKeyRange.bound([name], [name, Number.POSITIVE_INFINITY])),
    )
  }

  clear(): Promise<void> {
    return this.with((db) => db.clear('files'))
  }

  /** A file's bytes, piece by piece. */
  async read(name: string): Promise<Uint8Array[]> {
    return this.with((db) =>
      db.getAll('files', IDBKeyRange.bound([name], [name, Number.POSITIVE_INFINITY])),
    )
  }
}
