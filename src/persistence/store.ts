/**
 * The interface between persistence and the place where bytes are kept.
 *
 * A store keeps two areas, a snapshot and a journal, each a stream of records (`record.ts`), and
 * knows nothing of what is in them. It has one owner: `open` claims the data set with an epoch above
 * every earlier one, and from then on every call of an earlier owner fails with `FencedError`. That
 * check is part of the same transaction that writes, so that two writers are impossible whatever
 * locks say. Where the platform lets only one have the data at a time, `open` rejects with `blocked` as long
 * as somebody has them.
 *
 * The caller never lets two calls overlap. All methods reject with `StoreError` and nothing else.
 * `test/stores/contract.ts` is this page as a test suite; a store passes it or it does not exist.
 */

export type Area = 'snapshot' | 'journal'

/**
 * `strict`: on the medium when the promise resolves, as far as the platform lets anybody know.
 * `relaxed`: out of this process; survives its end, perhaps not that of the machine.
 */
export type Durability = 'strict' | 'relaxed'

/** Stored bytes on their way back. Pieces follow each other; records may cross their borders. */
export interface Piece {
  /** A file, or the key of a database record: what `cut` and errors name. */
  readonly name: string
  /** Where in `name` the bytes begin. */
  readonly offset: number
  readonly bytes: Uint8Array
}

export interface Claim {
  /** Above the epoch of every earlier owner. */
  readonly epoch: number
  /** Nothing had ever been stored here: a page that remembers otherwise has lost its data. */
  readonly fresh: boolean
  /** What there is to read, for progress; the journal's size may be unknown (0). */
  readonly snapshotBytes: number
  readonly journalBytes: number
  /** Data was here, and the platform has given it up: why, in its words. */
  readonly lost?: string
  /** The data have just been taken over from another layout. */
  readonly migrated?: boolean
}

/** What a store gives its word for. */
export interface StorePromises {
  /** Data outlives the process. */
  readonly durable: boolean
  /**
   * An append that was interrupted may leave a part of its record at the end of the journal. Only
   * there, and only unacknowledged: recovery cuts it. Without this, damage is always corruption.
   */
  readonly tears: boolean
  /** They are files that a real server may write as well: there may be requests that are in no record. */
  readonly files?: boolean
  /** Other pages or processes of the same origin or machine see the same data. */
  readonly shared: boolean
}

export interface Estimate {
  /** Bytes in use and bytes allowed, as the platform tells; a hint, and often wrong. */
  readonly usage: number | null
  readonly quota: number | null
}

/** A new snapshot that is being written, invisible until `commit`. */
export interface Replacement {
  write(chunk: Uint8Array): Promise<void>
  /** In one step: the chunks become the snapshot, and journal records up to the point go. */
  commit(): Promise<void>
  /** Forget it; the old snapshot and the whole journal stay. */
  abort(): Promise<void>
}

/** Beside the data: files that are written once, for others to copy. */
export interface BackupPlace {
  /** What is there, by the names under which others find it. */
  list(): Promise<string[]>
  /** Add bytes to the end of a file, which is made if need be. */
  append(name: string, bytes: Uint8Array): Promise<void>
  /** Make a file durable, an empty one if there is none. The name under which others find it. */
  finish(name: string): Promise<string>
  /** Remove a file, if it is there. */
  remove(name: string): Promise<void>
  /** Remove everything. */
  clear(): Promise<void>
}

export interface Store {
  /** `memory`, `indexeddb`, `opfs`, `file`: for INFO and for people. */
  readonly name: string
  readonly promises: StorePromises
  /** Where backups go; null if there is no such place. Its calls may overlap with those of the store. */
  readonly backups?: BackupPlace | null

  /** Connect, and become the owner. Nothing but the claim is written. */
  open(): Promise<Claim>

  /** Everything in an area, in order. The journal may begin with records the snapshot covers. */
  read(area: Area): AsyncIterable<Piece>

  /** Drop the journal from this place on: a torn tail, or what a repair gives up. */
  cut(name: string, offset: number): Promise<void>

  /** Where `promises.files`: cut the end off one file of the journal, and keep what comes after it. */
  trim?(name: string, offset: number): Promise<void>

  /**
   * Add one record, all of it or nothing. Sequences rise by one; a record at or below the point of
   * the snapshot is accepted and dropped. After a failed call the same record may be given again, and
   * whatever the failed call left behind does no harm. The bytes belong to the store from now on.
   */
  append(record: Uint8Array, sequence: number, durability: Durability): Promise<void>

  /** Make everything appended so far `strict`. */
  sync(): Promise<void>

  /**
   * Begin a new snapshot that contains the effect of every record up to `upTo`. To be called before
   * the first append beyond that point; appends go on meanwhile, and those beyond it survive the
   * exchange. A replacement that was begun before is dropped.
   */
  replace(upTo: number): Promise<Replacement>

  estimate(): Promise<Estimate>

  /** Ask the platform to spare this data when it needs room; whether it agreed. */
  persist(): Promise<boolean>

  /** Let go of the data set. What was appended stays; nothing is awaited but calls under way. */
  close(): Promise<void>

  /** Close, and remove everything. */
  destroy(): Promise<void>
}
