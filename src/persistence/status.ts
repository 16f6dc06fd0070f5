/** What persistence says of itself: its state, and what happens to it. */
import type { FencedError, StoreError } from './errors.ts'
import type { Progress, Truncation } from './recovery.ts'

export type PersistenceState =
  /** The store is being opened and read. */
  | 'loading'
  /** Everything is stored. */
  | 'saved'
  /** Something is not stored yet. */
  | 'saving'
  /** The store does not work; what is unsaved is kept in memory, and tried again. */
  | 'failed'
  /** Another owner has the data. */
  | 'fenced'
  /** Nothing is stored: there is no store, or not any more. */
  | 'memory-only'

export interface PersistenceStatus {
  readonly state: PersistenceState
  /** Name of the store. */
  readonly backend: string
  readonly epoch: number
  /** The store had never been used before. */
  readonly fresh: boolean
  /** The last thing that went wrong, even if it was cured. */
  readonly lastError: StoreError | null
  /** Bytes that are not stored yet. */
  readonly pendingBytes: number
  /** Milliseconds for which the oldest of them have been waiting. */
  readonly lag: number
  readonly snapshotBytes: number
  readonly journalBytes: number
  /** When the last snapshot was stored, ms since the epoch; 0 if none was since the start. */
  readonly lastSnapshotAt: number
  readonly truncated: Truncation | null
}

export type PersistenceEvent =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'state'; readonly status: PersistenceStatus }
  | { readonly type: 'error'; readonly error: StoreError }
  | { readonly type: 'fenced'; readonly error: FencedError }
  | { readonly type: 'truncated'; readonly truncation: Truncation }
