/**
 * What SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE, SHUTDOWN, DEBUG RELOAD and INFO ask of persistence. The engine does not know
 * what a snapshot or a journal is; without hooks it keeps its data in memory only.
 */
export type BackupState =
  | 'idle'
  /** Waits for another snapshot to end. */
  | 'pending'
  | 'snapshotting'
  | 'incrementing'
  | 'sealed'
  | 'failed'

/** What BACKUP asks for. All methods reject with a `CommandError`. */
export interface BackupHooks {
  readonly state: BackupState
  readonly error: string
  /** Milliseconds since the epoch, or 0. */
  readonly startedAt: number
  readonly endedAt: number
  readonly inProgress: boolean
  /** Files that are complete. */
  readonly list: readonly string[]
  start(): Promise<void>
  seal(): Promise<void>
  abort(): Promise<void>
  cleanup(): Promise<void>
}

export interface PersistenceHooks {
  /** Write a snapshot. `background`: the caller does not wait for it. Rejects with the reason. */
  save(background: boolean): Promise<void>
  /**
   * FLUSHALL has run, as so many changes. True if there are save points: then a snapshot of nothing is
   * stored as soon as can be, and all changes up to here count as saved until that fails.
   */
  emptied?(changes: number): boolean
  /** Replace the journal by a snapshot and an empty journal. */
  rewrite(): Promise<void>
  /** Resolves when everything done so far is stored as safely as the store can. */
  flush?(): Promise<void>
  /** Store everything as it is now, though no effect has told of it: where it is read the next time. */
  keep?(): Promise<void>
  /** Read everything back, in place of what is in memory. `journal`: from there, also while there is none. */
  reload?(journal?: boolean): Promise<void>
  /** A snapshot is being written. */
  readonly saving: boolean
  /** Null where there is no place for backups. */
  readonly backup?: BackupHooks | null
  /** The journal is being rewritten. */
  readonly rewriting?: boolean
  /** A rewrite was asked for and waits until nothing else is being written. */
  rewriteScheduled?: boolean
  /** Seconds since the epoch; the start of the engine when there was none. */
  readonly lastSave: number
  readonly lastStatus: 'ok' | 'err'
  readonly journalEnabled: boolean
  /** Snapshots that were begun, for a save or for the journal: what Redis forks for. */
  readonly begun?: number
  /** Further fields of INFO persistence, and other values for the ones that the engine prints. */
  readonly info: Readonly<Record<string, string | number>>
}
