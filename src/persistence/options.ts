/** How persistence is to work, and how it does if nobody says so. */
import type { JournalOptions } from './journal.ts'
import type { SnapshotFormat } from './snapshot-format.ts'
import type { PersistenceEvent } from './status.ts'
import type { Store } from './store.ts'

export interface PersistenceOptions extends Partial<JournalOptions> {
  /** Hears every event, those of loading included. `on` adds more listeners. */
  onEvent?: (event: PersistenceEvent) => void
  /** Keep what comes before damage instead of refusing to load. It is reported, and it is a loss. */
  repair?: 'truncate'
  /** When the store cannot be opened: go on without one. Without this, `start` rejects. */
  fallback?: 'memory'
  /** How snapshots are written, asked each time. */
  format?: () => SnapshotFormat
  /**
   * Where snapshots go that are no part of the journal, as Redis's `dump.rdb`. While there is no journal
   * these are the data, and the store is not opened.
   */
  dump?: DumpPlace
  /** Microseconds of work between two chances for others. */
  sliceMicros?: number
  chunkBytes?: number
  /** Pauses between tries to open. */
  openRetries?: readonly number[]
}

export interface DumpPlace {
  readonly store: Store & { exists(): Promise<boolean> }
  format(): SnapshotFormat
}

/** A store that is opened only when there is a journal: what was in it then is to be replaced. */
export interface LateStore extends Store {
  exists?(): Promise<boolean>
  supersede?(): void
}

export const DEFAULTS = {
  batchBytes: 1024 * 1024,
  gatherMs: 5,
  retainBytes: 64 * 1024 * 1024,
  backlogBytes: 64 * 1024 * 1024,
  lagMs: 500,
  retries: [20, 100, 500],
  latchedRetries: [1000, 2000, 5000, 10_000, 30_000],
  sliceMicros: 2000,
  chunkBytes: 256 * 1024,
  openRetries: [100, 500],
} as const
