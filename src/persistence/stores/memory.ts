/**
 * A store that keeps everything in this process: for tests, and for "save nothing".
 *
 * What would be the disk is a `MemoryDisk`, which can be opened again after the store was closed or
 * has died, by a second store as well: the rules about owners are the same as everywhere.
 */
import { FencedError, StoreError } from '../errors.ts'
import type {
  Area,
  BackupPlace,
  Claim,
  Durability,
  Estimate,
  Piece,
  Replacement,
  Store,
  StorePromises,
} from '../store.ts'

export interface JournalRecord {
  readonly sequence: number
  readonly bytes: Uint8Array
}

/** What survives the store. */
export class MemoryDisk {
  epoch = 0
  snapshot: readonly Uint8Array[] = []
  journal: JournalRecord[] = []
  /** The snapshot contains every record up to this one. */
  upTo = 0
  readonly backups: Map<string, Uint8Array> = new Map()
}

export class MemoryStore implements Store {
  readonly name = 'memory'
  readonly promises: StorePromises = { durable: false, tears: false, shared: false }
  readonly disk: MemoryDisk
  readonly backups: BackupPlace
  private epoch = 0
  private replacement: object | null = null

  constructor(disk: MemoryDisk = new MemoryDisk()) {
    this.disk = disk
    this.backups = placeIn(disk.backups)
  }

  async open(): Promise<Claim> {
    const { disk } = this
    const fresh = disk.epoch === 0
    this.epoch = ++disk.epoch
    return {
      epoch: this.epoch,
      fresh,
      snapshotBytes: disk.snapshot.reduce((sum, chunk) => sum + chunk.length, 0),
      journalBytes: disk.journal.reduce((sum, record) => sum + record.bytes.length, 0),
    }
  }

  async *read(area: Area): AsyncGenerator<Piece> {
    this.check()
    if (area === 'snapshot') {
      for (const [i, bytes] of this.disk.snapshot.entries()) {
        yield { name: `chunk ${i}`, offset: 0, bytes }
        this.check()
      }
      return
    }
    for (const { sequence, bytes } of [...this.disk.journal]) {
      yield { name: `record ${sequence}`, offset: 0, bytes }
      this.check()
    }
  }

  async cut(name: string, offset: number): Promise<void> {
    this.check()
    const { disk } = this
    const at = disk.journal.findIndex((record) => `record ${record.sequence}` === name)
    if (at < 0) return
    const { sequence, bytes } = disk.journal[at] as JournalRecord
    disk.journal.length = at
    if (offset > 0) disk.journal.push({ sequence, bytes: bytes.slice(0, offset) })
  }

  async append(bytes: Uint8Array, sequence: number, _durability: Durability): Promise<void> {
    this.check()
    const { disk } = this
    if (sequence <= disk.upTo) return
    const at = disk.journal.findIndex((record) => record.sequence >= sequence)
    if (at >= 0) disk.journal.length = at
    disk.journal.push({ sequence, bytes })
  }

  async sync(): Promise<void> {
    this.check()
  }

  async replace(upTo: number): Promise<Replacement> {
    this.check()
    const chunks: Uint8Array[] = []
    const token = {}
    this.replacement = token
    const check = () => {
      this.check()
      if (this.replacement !== token) throw new StoreError('closed', 'this replacement is over')
    }
    return {
      write: async (chunk) => {
        check()
        chunks.push(chunk)
      },
      commit: async () => {
        check()
        this.replacement = null
        this.disk.snapshot = chunks
        this.disk.upTo = upTo
        this.disk.journal = this.disk.journal.filter((record) => record.sequence > upTo)
      },
      abort: async () => {
        if (this.replacement === token) this.replacement = null
      },
    }
  }

  async estimate(): Promise<Estimate> {
    return { usage: null, quota: null }
  }

  async persist(): Promise<boolean> {
    return false
  }

  async close(): Promise<void> {
    this.epoch = 0
  }

  async destroy(): Promise<void> {
    this.check()
    this.epoch = 0
    this.disk.epoch = 0
    this.disk.snapshot = []
    this.disk.journal = []
    this.disk.upTo = 0
  }

  private check(): void {
    if (this.epoch === 0)
      throw new StoreError('closed', 'the store is closed', { retryable: false })
    if (this.disk.epoch !== this.epoch) throw new FencedError(this.epoch, this.disk.epoch)
  }
}

function placeIn(files: Map<string, Uint8Array>): BackupPlace {
  const append = async (name: string, bytes: Uint8Array): Promise<void> => {
    const before = files.get(name) ?? new Uint8Array(0)
    const after = new Uint8Array(before.length + bytes.length)
    after.set(before)
    after.set(bytes, before.length)
    files.set(name, after)
  }
  return {
    list: async () => [...files.keys()],
    append,
    finish: async (name) => {
      await append(name, new Uint8Array(0))
      return name
    },
    remove: async (name) => void files.delete(name),
    clear: async () => files.clear(),
  }
}
