/** What those who import and export say and are told. */

/** `resp`: requests, as `redis-cli --pipe` takes them, or as lines. */
export type TransferFormat = 'rdb' | 'aof' | 'resp' | 'json'

export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** A file by its name, and how large it is; 0 where nobody knows. */
export interface TransferFile {
  readonly name: string
  readonly size: number
  open(): ByteSource
}

/** Import and export, as a link offers them. */
export interface Transfers {
  /** One file, or a folder of append-only files, of which one is the manifest. */
  import(files: readonly TransferFile[], options: ImportOptions): Promise<ImportReport>
  export(options: ExportOptions): AsyncIterable<Uint8Array>
}

export interface TransferProgress {
  /** Bytes that were read or written. */
  readonly bytes: number
  /** Bytes in all; 0 where nobody knows. */
  readonly total: number
  /** Keys so far, or requests where there are no keys to count. */
  readonly items: number
}

export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason?: unknown
}

export interface TransferOptions {
  /** Ends it before its time: nothing is changed then, but by requests of `resp` that have run. */
  signal?: AbortSignalLike
  onProgress?: (progress: TransferProgress) => void
  /** Microseconds of work between two chances for others. Default: 3000. */
  sliceMicros?: number
}

export interface ImportOptions extends TransferOptions {
  /** Default: what the first bytes look like. */
  format?: TransferFormat
  /**
   * What becomes of the data that are there. `replace` (the default): all of them go. `overwrite`: what is
   * imported is added, and takes the place of keys of the same name. `keep`: it is added where there is
   * no such key. Requests (`resp`) run on the data as they are.
   */
  mode?: 'replace' | 'overwrite' | 'keep'
  /** Take what can be taken of a damaged file; the report says what is lost. */
  repair?: boolean
  /** Of an append-only file: what was done until then, in milliseconds since the epoch. */
  until?: number
  /** The engine says that it is loading because of this import, and will go on saying so until the end. */
  starting?: boolean
  /** Its name, for errors and the report. */
  file?: string
  /** How many bytes there are, for the progress. */
  total?: number
}

export interface ExportOptions extends TransferOptions {
  /** Default: RDB. An append-only file (`aof`) is one single file; `exportAofFolder` makes a folder. */
  format?: TransferFormat
  /**
   * The version of RDB: 10 for Redis 7.0, 11 for 7.2, 12 for 7.4 and 8.0, 13 for 8.6, 15 for 8.10. What it has
   * no form for is an error. Default: what Redis 7.0 knows as it reads it, and the rest in its newest form.
   */
  version?: number
  /** Whether an append-only file is RDB with nothing behind it. Default: true. */
  preamble?: boolean
}

/** Something of the file that is not there now. */
export interface Loss {
  /** Which of several files. */
  readonly file: string
  readonly offset: number
  /** A key (as bytes, one a character), or null: all that follows. */
  readonly key: string | null
  readonly reason: string
}

/** A request that was answered with an error. */
export interface Refusal {
  readonly file: string
  readonly offset: number
  /** Its name and first words. */
  readonly request: string
  readonly error: string
}

export interface ImportReport {
  format: TransferFormat
  bytes: number
  /** Keys that were taken. */
  keys: number
  /** Of these, those that took the place of others. */
  replaced: number
  /** Keys that were left out, because keys of that name were there. */
  kept: number
  /** Keys that had expired. */
  expired: number
  /** Keys without a value, which some versions of Redis wrote; the first hundred in `emptyKeys`. */
  empty: number
  emptyKeys: string[]
  /** Requests that were run. */
  requests: number
  /** Requests that were answered with errors; the first hundred of them in `refusals`. */
  refused: number
  refusals: Refusal[]
  /** Libraries of functions. */
  libraries: number
  /** What the file says about itself: `redis-ver`, `ctime`. */
  facts: Record<string, string>
  /** Where a file that was cut off ends well, and the option that allowed it; null if it is whole. */
  truncated: {
    readonly file: string
    readonly offset: number
    readonly bytes: number
    readonly allowed: 'aof-load-truncated' | 'aof-load-corrupt-tail-max-size'
  } | null
  /** The time at which the import stopped, as `until` asked. */
  stoppedAt: number | null
  /** What a repair gave up. */
  losses: Loss[]
}

export type TransferErrorCode =
  /** The bytes are not what they should be. */
  | 'malformed'
  /** They may be, but nobody here can read them, or write them in this form. */
  | 'unsupported'
  /** The signal said so. */
  | 'aborted'
  /** Another one is under way, or the data are not to be had. */
  | 'busy'
  /** The store could not take it. */
  | 'failed'

export class TransferError extends Error {
  override readonly name: string = 'TransferError'
  readonly code: TransferErrorCode
  /** Which of several files. */
  readonly file: string
  /** Bytes from its beginning; -1 where there is no such place. */
  readonly offset: number
  /** What is wrong, without the place. */
  readonly reason: string
  /** The key whose value is damaged. */
  readonly key: string | null

  constructor(
    code: TransferErrorCode,
    reason: string,
    place: { file?: string; offset?: number; key?: string | null; cause?: unknown } = {},
  ) {
    const { file = '', offset = -1, key = null, cause } = place
    const where = [file === '' ? '' : `in ${file}`, offset < 0 ? '' : `at byte ${offset}`]
    super([reason, ...where].filter((word) => word !== '').join(' '), { cause })
    this.code = code
    this.file = file
    this.offset = offset
    this.reason = reason
    this.key = key
  }
}

export const newReport = (format: TransferFormat): ImportReport => ({
  format,
  bytes: 0,
  keys: 0,
  replaced: 0,
  kept: 0,
  expired: 0,
  empty: 0,
  emptyKeys: [],
  requests: 0,
  refused: 0,
  refusals: [],
  libraries: 0,
  facts: {},
  truncated: null,
  stoppedAt: null,
  losses: [],
})
