/**
 * A folder that comes into being when there is something to keep.
 *
 * A server with neither journal nor save points writes nothing, and several of them may stand in
 * one place. Still it can be told to save, or to begin a journal. Until then nobody owns anything: the
 * claim is the one that a folder gives that nobody has used, and if somebody has used it when the
 * time comes, then the data in it is not ours to replace.
 */
import { StoreError } from '../../persistence/errors.ts'
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
} from '../../persistence/store.ts'

const UNUSED: Claim = { epoch: 1, fresh: true, snapshotBytes: 0, journalBytes: 0 }

export class LateStore implements Store {
  readonly name: string
  readonly promises: StorePromises
  readonly backups: BackupPlace | null
  private readonly store: Store
  private opening: Promise<Store> | null = null
  private opened = false

  /** `store`: of a folder that does not exist yet. */
  constructor(store: Store) {
    this.store = store
    this.name = store.name
    this.promises = store.promises
    this.backups = store.backups ?? null
  }

  open(): Promise<Claim> {
    return Promise.resolve(UNUSED)
  }

  /** The folder, which is taken now if it was not before. A failure may pass: it is tried again. */
  private folder(): Promise<Store> {
    this.opening ??= this.take().catch((error: unknown) => {
      this.opening = null
      throw error
    })
    return this.opening
  }

  private async take(): Promise<Store> {
    const { epoch, fresh } = await this.store.open()
    if (!fresh || epoch !== UNUSED.epoch) {
      await this.store.close()
      throw new StoreError('blocked', 'another server has put its data there meanwhile')
    }
    this.opened = true
    return this.store
  }

  async *read(area: Area): AsyncIterable<Piece> {
    if (this.opened) yield* this.store.read(area)
  }

  async cut(name: string, offset: number): Promise<void> {
    await (await this.folder()).cut(name, offset)
  }

  async append(record: Uint8Array, sequence: number, durability: Durability): Promise<void> {
    await (await this.folder()).append(record, sequence, durability)
  }

  async sync(): Promise<void> {
    if (this.opened) await this.store.sync()
  }

  async replace(upTo: number): Promise<Replacement> {
    return (await this.folder()).replace(upTo)
  }

  async estimate(): Promise<Estimate> {
    return this.opened ? this.store.estimate() : { usage: 0, quota: null }
  }

  async persist(): Promise<boolean> {
    return this.store.promises.durable
  }

  async close(): Promise<void> {
    if (this.opened) await this.store.close()
  }

  async destroy(): Promise<void> {
    if (this.opened) await this.store.destroy()
  }
}
