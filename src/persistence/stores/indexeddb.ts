/**
 * IndexedDB, through `idb`.
 *
 * One database, version 1 for ever: browsers refuse to open a database with a version below the
 * stored one, so a rollback of an application would lock its users out of their data. The schema's number is
 * a record like any other. Three object stores, all with keys outside of their values:
 *
 *   meta      `owner`     { epoch }            whoever wrote it last owns the data set
 *             `schema`    1
 *             `snapshot`  { generation, chunks, bytes, upTo }
 *             `writing`   true while writes are under way (see indexeddb-crash.ts)
 *             `lost`      why the browser has deleted what was here, until a snapshot is stored
 *   journal   [sequence, part]                 a record, in parts of up to 128 KB
 *   snapshot  [generation, number]             a chunk; chunks of other generations are rubbish
 *
 * Every transaction reads `owner` first and aborts if it names another epoch. Values are ready-made
 * bytes and all requests of a transaction are issued at once, because a transaction that waits for
 * anything else commits by itself. Browsers lose connections at any time (a tab in the background,
 * a killed network process, "clear site data"), so the handle is dropped on `close`, on
 * `versionchange` and on the errors that mean the same, and each call is tried once more on a fresh
 * connection. All writes may be repeated: they put the same bytes under the same keys.
 */
import {
  type DBSchema,
  deleteDB,
  type IDBPDatabase,
  type IDBPTransaction,
  openDB,
  unwrap,
} from 'idb'
import { corrupt, FencedError, StoreError } from '../errors.ts'
import type {
  Area,
  Claim,
  Durability,
  Estimate,
  Piece,
  Replacement,
  Store,
  StorePromises,
} from '../store.ts'
import { IndexedDBBackups } from './indexeddb-backups.ts'
import { CALM_MS, filling, keepsLog, lossOf } from './indexeddb-crash.ts'
import { after, estimateStorage, persistStorage } from './web-storage.ts'

const SCHEMA = 1
/** Measured in Chromium: 128 KB a value is the fastest below the size at which it makes side files. */
const PART = 128 * 1024
const CHUNK = 1024 * 1024
/** A page of `getAll` should be about this big. */
const PAGE_BYTES = 4 * 1024 * 1024

interface SnapshotRecord {
  readonly generation: number
  readonly chunks: number
  readonly bytes: number
  readonly upTo: number
}

interface Schema extends DBSchema {
  meta: { key: string; value: unknown }
  journal: { key: [sequence: number, part: number]; value: Uint8Array }
  snapshot: { key: [generation: number, number: number]; value: Uint8Array }
}

type Handle = IDBPDatabase<Schema>
type Names = ('meta' | 'journal' | 'snapshot')[]
type Write = IDBPTransaction<Schema, Names, 'readwrite'>

export interface IndexedDBStoreOptions {
  /** The database's name. */
  name: string
  /** Milliseconds that one attempt to open may take. There are two. */
  openTimeout?: number
  /** Milliseconds that one transaction may take. */
  transactionTimeout?: number
  /** Pause before a lost connection is opened again. */
  reopenDelay?: number
  /** Called when another page wants to delete or upgrade the database, and when it is lost. */
  onConnectionLost?: (why: 'closed' | 'versionchange' | 'error') => void
  /** The clock of the timeouts; tests wind their own. */
  after?: (ms: number, run: () => void) => () => void
}

export class IndexedDBStore implements Store {
  readonly name = 'indexeddb'
  readonly promises: StorePromises = { durable: true, tears: false, shared: true }
  readonly backups: IndexedDBBackups
  private readonly options: Required<IndexedDBStoreOptions>
  private handle: Handle | null = null
  private epoch = 0
  private closed = false
  private upTo = 0
  private generation = 0
  private replacement: object | null = null
  /** Something was appended relaxed since the last strict transaction. */
  private unsynced = false
  /** The database says that writes are under way; null where nobody need know. */
  private marked: boolean | null = keepsLog() ? false : null
  private inFlight = 0
  private writes = 0
  private cancelCalm: (() => void) | null = null
  /** What the browser said when it opened the database anew. */
  private loss: string | null = null
  /** The database has a note of a loss, which the next snapshot settles. */
  private lossNoted = false

  constructor(options: IndexedDBStoreOptions | string) {
    this.options = {
      openTimeout: 5000,
      transactionTimeout: 30_000,
      reopenDelay: 50,
      onConnectionLost: () => {},
      after,
      ...(typeof options === 'string' ? { name: options } : options),
    }
    this.backups = new IndexedDBBackups(this.options.name)
  }

  // ---- Owner --------------------------------------------------------------------------------------

  async open(): Promise<Claim> {
    this.closed = false
    let torn = false
    const claim = await this.attempt(async (db) => {
      let claim: Claim | null = null
      let problem: StoreError | null = null
      const tx = db.transaction(['meta', 'journal', 'snapshot'], 'readwrite', {
        durability: 'strict',
      })
      const meta = tx.objectStore('meta')
      // This write is also the probe: private modes and full disks fail here, not at the first save.
      const known = ['owner', 'schema', 'snapshot', 'writing', 'lost'].map((key) => meta.get(key))
      void Promise.all(known).then(
        ([owner, schema, snapshot, writing, lost]) => {
          if (typeof schema === 'number' && schema > SCHEMA) {
            problem = new StoreError(
              'newer-format',
              `the database has schema ${schema}; this version reads up to ${SCHEMA}`,
            )
            tx.abort()
            return
          }
          const epoch = epochOf(owner) + 1
          quiet(meta.put({ epoch }, 'owner'))
          if (schema === undefined) quiet(meta.put(SCHEMA, 'schema'))
          if (this.loss !== null) quiet(meta.put(this.loss, 'lost'))
          torn = writing === true
          const loss = this.loss ?? (lost as string | undefined)
          const stored = (snapshot ?? NO_SNAPSHOT) as SnapshotRecord
          this.upTo = stored.upTo
          this.generation = stored.generation
          claim = {
            epoch,
            fresh: owner === undefined,
            snapshotBytes: stored.bytes,
            journalBytes: 0,
            ...(loss === undefined ? {} : { lost: loss }),
          }
        },
        () => {},
      )
      await this.done(tx, () => problem)
      this.epoch = (claim as unknown as Claim).epoch
      return claim as unknown as Claim
    })
    this.loss = null
    this.lossNoted = claim.lost !== undefined
    if (this.marked !== null) {
      this.marked = torn
      if (torn) await this.leaveLog()
    }
    return claim
  }

  /** Have the browser begin a new log: the end of the old one may be torn. */
  private async leaveLog(): Promise<void> {
    const { keys, value } = filling()
    try {
      // The second round has to wait until the first is out of the log, and with it all before it.
      for (let round = 0; round < 2; round++) {
        await this.writing(['meta'], 'relaxed', (tx) => {
          for (const key of keys) quiet(tx.objectStore('meta').put(value, key))
        })
        await this.writing(['meta'], 'relaxed', (tx) => {
          for (const key of keys) quiet(tx.objectStore('meta').delete(key))
        })
      }
    } catch (error) {
      // Without room there is nothing to be done, and the data as such is well.
      if (!(error instanceof StoreError) || error.code !== 'quota-exceeded') throw error
    }
  }

  // ---- Reading ------------------------------------------------------------------------------------

  async *read(area: Area): AsyncGenerator<Piece> {
    if (area === 'snapshot') {
      const stored = await this.reading(
        ['meta'],
        async (tx) =>
          ((await tx.objectStore('meta').get('snapshot')) ?? NO_SNAPSHOT) as SnapshotRecord,
      )
      // The number of chunks is known, so one that has vanished is noticed here and not by its absence.
      for (let number = 0; number < stored.chunks; number += 4) {
        const end = Math.min(number + 4, stored.chunks)
        const chunks = await this.reading(['snapshot'], (tx) =>
          Promise.all(
            Array.from({ length: end - number }, (_, i) =>
              tx.objectStore('snapshot').get([stored.generation, number + i]),
            ),
          ),
        )
        for (const [i, bytes] of chunks.entries()) {
          const name = `snapshot [${stored.generation}, ${number + i}]`
          yield { name, offset: 0, bytes: checked(bytes, area, name, number + i) }
        }
      }
      return
    }
    let last: [number, number] = [0, -1]
    let count = 64
    for (;;) {
      const range = IDBKeyRange.lowerBound(last, true)
      const [keys, values] = await this.reading(['journal'], (tx) => {
        const journal = tx.objectStore('journal')
        return Promise.all([journal.getAllKeys(range, count), journal.getAll(range, count)])
      })
      let bytes = 0
      for (const [i, key] of keys.entries()) {
        const name = nameOf(key)
        const value = checked(values[i], area, name, key[0])
        bytes += value.length
        yield { name, offset: 0, bytes: value }
        last = key
      }
      if (keys.length < count) return
      if (bytes < PAGE_BYTES / 2) count = Math.min(count * 2, 8192)
      else if (bytes > PAGE_BYTES * 2) count = Math.max(count >> 1, 8)
    }
  }

  async cut(name: string, offset: number): Promise<void> {
    const from = keyOf(name)
    if (offset !== 0 || from === null) {
      throw new StoreError('io', `cannot cut inside of ${name} at byte ${offset}`, {
        retryable: false,
      })
    }
    await this.writing(['meta', 'journal'], 'strict', (tx) => {
      quiet(tx.objectStore('journal').delete(IDBKeyRange.lowerBound(from)))
    })
  }

  // ---- Writing ------------------------------------------------------------------------------------

  async append(record: Uint8Array, sequence: number, durability: Durability): Promise<void> {
    if (sequence <= this.upTo) return this.checkOpen()
    // Cutting copies, which it must: cloning a view would clone the whole array behind it.
    const parts: Uint8Array[] = []
    if (record.length <= PART && record.buffer.byteLength === record.length) parts.push(record)
    else for (let at = 0; at < record.length; at += PART) parts.push(record.slice(at, at + PART))
    this.unsynced = durability === 'relaxed'
    await this.writing(['meta', 'journal'], durability, (tx) => {
      const journal = tx.objectStore('journal')
      for (const [i, part] of parts.entries()) quiet(journal.put(part, [sequence, i]))
    })
  }

  async sync(): Promise<void> {
    if (!this.unsynced) return this.checkOpen()
    // A strict transaction takes all earlier ones with it: there is one log below.
    await this.writing(['meta'], 'strict', (tx) => {
      quiet(tx.objectStore('meta').put({ epoch: this.epoch }, 'owner'))
    })
    this.unsynced = false
  }

  async replace(upTo: number): Promise<Replacement> {
    const generation = this.generation + 1
    const token = {}
    this.replacement = token
    let chunks = 0
    let bytes = 0
    const check = () => {
      if (this.replacement !== token) throw new StoreError('closed', 'this replacement is over')
    }
    const discard = () =>
      this.writing(['meta', 'snapshot'], 'relaxed', (tx) => {
        quiet(tx.objectStore('snapshot').delete(IDBKeyRange.lowerBound([generation])))
      })
    // What an earlier attempt left behind, perhaps under these very keys.
    await discard()
    return {
      write: async (chunk) => {
        check()
        const first = chunks
        const parts: Uint8Array[] = []
        if (chunk.length <= CHUNK && chunk.buffer.byteLength === chunk.length) parts.push(chunk)
        else
          for (let at = 0; at < chunk.length; at += CHUNK) parts.push(chunk.slice(at, at + CHUNK))
        await this.writing(['meta', 'snapshot'], 'relaxed', (tx) => {
          const snapshot = tx.objectStore('snapshot')
          for (const [i, part] of parts.entries())
            quiet(snapshot.put(part, [generation, first + i]))
        })
        chunks += parts.length
        bytes += chunk.length
      },
      commit: async () => {
        check()
        const record: SnapshotRecord = { generation, chunks, bytes, upTo }
        await this.writing(['meta', 'journal', 'snapshot'], 'strict', (tx) => {
          quiet(tx.objectStore('meta').put(record, 'snapshot'))
          if (this.lossNoted) quiet(tx.objectStore('meta').delete('lost'))
          quiet(tx.objectStore('snapshot').delete(IDBKeyRange.upperBound([generation], true)))
          quiet(tx.objectStore('journal').delete(IDBKeyRange.upperBound([upTo, Infinity])))
        })
        this.lossNoted = false
        this.replacement = null
        this.generation = generation
        this.upTo = upTo
        this.unsynced = false
      },
      abort: async () => {
        if (this.replacement !== token) return
        this.replacement = null
        await discard()
      },
    }
  }

  // ---- The rest -----------------------------------------------------------------------------------

  estimate(): Promise<Estimate> {
    return estimateStorage()
  }

  persist(): Promise<boolean> {
    return persistStorage()
  }

  async close(): Promise<void> {
    if (!this.closed) this.calm()
    this.closed = true
    this.drop()
  }

  async destroy(): Promise<void> {
    await this.writing(['meta'], 'relaxed', () => {})
    this.cancelCalm?.()
    this.closed = true
    this.drop()
    await this.within(
      this.options.openTimeout,
      'deleting the database',
      deleteDB(this.options.name).catch((error: unknown) => {
        throw storeErrorOf(error)
      }),
    )
  }

  // ---- Connections --------------------------------------------------------------------------------

  private checkOpen(): void {
    if (this.closed || this.epoch === 0) {
      throw new StoreError('closed', 'the store is closed', { retryable: false })
    }
  }

  private drop(): void {
    const { handle } = this
    this.handle = null
    try {
      handle?.close()
    } catch {
      // It is gone already, which is all that was wanted.
    }
  }

  /** One call on the open connection; if that turns out to be dead, once more on a fresh one. */
  private async attempt<T>(call: (db: Handle) => Promise<T>): Promise<T> {
    try {
      return await call(this.handle ?? (await this.connect()))
    } catch (error) {
      const problem = storeErrorOf(error)
      if (this.closed || !isConnectionLoss(error, problem)) throw problem
      this.drop()
      this.options.onConnectionLost('error')
      await new Promise<void>((resolve) => this.options.after(this.options.reopenDelay, resolve))
      try {
        return await call(this.handle ?? (await this.connect()))
      } catch (again) {
        const second = storeErrorOf(again)
        if (isConnectionLoss(again, second)) this.drop()
        throw second
      }
    }
  }

  /** Open the database; an attempt that hangs is given up, and there is a second one. */
  private async connect(): Promise<Handle> {
    if (this.closed) throw new StoreError('closed', 'the store is closed', { retryable: false })
    try {
      return await this.connectOnce()
    } catch (error) {
      const problem = storeErrorOf(error)
      if (problem.code !== 'timeout') throw problem
      return this.connectOnce()
    }
  }

  private async connectOnce(): Promise<Handle> {
    if (!isPresent()) throw new StoreError('unavailable', 'there is no IndexedDB here')
    let deleted = false
    let blocked = false
    let abandoned = false
    const opening = openDB<Schema>(this.options.name, 1, {
      upgrade: (db, _from, _to, tx, event) => {
        // We have owned this data set, and it is gone: somebody deleted it and meant it.
        if (this.epoch !== 0) {
          deleted = true
          quiet(tx.done)
          tx.abort()
          return
        }
        this.loss = lossOf(event)
        db.createObjectStore('meta')
        db.createObjectStore('journal')
        db.createObjectStore('snapshot')
      },
      blocked: () => {
        blocked = true
      },
      blocking: () => {
        this.drop()
        this.options.onConnectionLost('versionchange')
      },
      terminated: () => {
        this.handle = null
        this.options.onConnectionLost('closed')
      },
    })
    opening.then(
      (db) => {
        if (abandoned) db.close()
      },
      () => {},
    )
    let db: Handle
    try {
      db = await this.within(this.options.openTimeout, 'opening the database', opening)
    } catch (error) {
      abandoned = true
      if (deleted) throw new FencedError(this.epoch, 0)
      const problem = storeErrorOf(error)
      if (problem.code === 'timeout' && blocked) {
        throw new StoreError('blocked', 'another connection does not let go of the database', {
          cause: error,
        })
      }
      throw problem
    }
    if (!(['meta', 'journal', 'snapshot'] as const).every((n) => db.objectStoreNames.contains(n))) {
      db.close()
      throw new StoreError('corrupt', `the database ${this.options.name} is not one of ours`)
    }
    if (this.closed) {
      db.close()
      throw new StoreError('closed', 'the store is closed', { retryable: false })
    }
    this.handle = db
    return db
  }

  private async within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      cancel = this.options.after(ms, () => {
        reject(new StoreError('timeout', `${what} took longer than ${ms} ms`))
      })
    })
    try {
      return await Promise.race([promise, late])
    } finally {
      cancel()
    }
  }

  // ---- Transactions -------------------------------------------------------------------------------

  /** Write if we are still the owner. `issue` makes its requests at once and waits for nothing. */
  private async writing(
    names: Names,
    durability: Durability,
    issue: (tx: Write) => void,
  ): Promise<void> {
    this.checkOpen()
    this.writes++
    this.inFlight++
    const mark = this.marked === false
    try {
      await this.write(names, durability, (tx) => {
        if (mark) quiet(tx.objectStore('meta').put(true, 'writing'))
        issue(tx)
      })
      if (mark) this.marked = true
    } finally {
      this.inFlight--
    }
    if (this.marked === true) this.calmSoon()
  }

  private write(names: Names, durability: Durability, issue: (tx: Write) => void): Promise<void> {
    return this.attempt(async (db) => {
      const tx = db.transaction(names, 'readwrite', { durability })
      let fenced: FencedError | null = null
      tx.objectStore('meta')
        .get('owner')
        .then(
          (owner) => {
            const current = epochOf(owner)
            if (current === this.epoch) unwrap(tx).commit?.()
            else {
              fenced = new FencedError(this.epoch, current)
              tx.abort()
            }
          },
          () => {},
        )
        .catch(() => {})
      issue(tx)
      await this.done(tx, () => fenced)
    })
  }

  /** Once nothing has been written for a while, the database says so. */
  private calmSoon(): void {
    const { writes } = this
    this.cancelCalm ??= this.options.after(CALM_MS, () => {
      this.cancelCalm = null
      if (writes === this.writes) this.calm()
      else this.calmSoon()
    })
  }

  private calm(): void {
    this.cancelCalm?.()
    this.cancelCalm = null
    if (this.marked !== true || this.inFlight > 0) return
    // From now on the next write says it again, and comes after this one.
    this.marked = false
    this.write(['meta'], 'relaxed', (tx) => {
      quiet(tx.objectStore('meta').put(false, 'writing'))
    }).catch(() => {
      // Left as it is, it costs the next one that opens a moment.
    })
  }

  private async reading<T>(
    names: Names,
    ask: (tx: IDBPTransaction<Schema, Names, 'readonly'>) => Promise<T>,
  ): Promise<T> {
    this.checkOpen()
    return this.attempt(async (db) => {
      const tx = db.transaction([...new Set<Names[number]>(['meta', ...names])], 'readonly')
      const owner = tx.objectStore('meta').get('owner')
      const answer = ask(tx)
      quiet(owner)
      quiet(answer)
      await this.done(tx, () => null)
      const current = epochOf(await owner)
      if (current !== this.epoch) throw new FencedError(this.epoch, current)
      return answer
    })
  }

  /** Wait for the end of a transaction. `why` is asked when it was aborted. */
  private async done(
    tx: { readonly done: Promise<void>; abort(): void },
    why: () => StoreError | null,
  ): Promise<void> {
    quiet(tx.done)
    try {
      await this.within(this.options.transactionTimeout, 'a transaction', tx.done)
    } catch (error) {
      const reason = why()
      if (reason !== null) throw reason
      if (error instanceof StoreError && error.code === 'timeout') {
        try {
          tx.abort()
        } catch {
          // It ended this moment, or its connection is gone.
        }
        this.drop()
      }
      throw error
    }
  }
}

const NO_SNAPSHOT: SnapshotRecord = { generation: 0, chunks: 0, bytes: 0, upTo: 0 }

const epochOf = (owner: unknown): number =>
  typeof owner === 'object' && owner !== null && 'epoch' in owner ? Number(owner.epoch) : 0

/** A request whose failure also fails its transaction, which is where it is dealt with. */
const quiet = (promise: Promise<unknown>): void => {
  promise.catch(() => {})
}

const nameOf = (key: readonly [number, number]): string => `journal [${key[0]}, ${key[1]}]`

function keyOf(name: string): [number, number] | null {
  const match = /^journal \[(\d+), (\d+)\]$/.exec(name)
  return match === null ? null : [Number(match[1]), Number(match[2])]
}

function checked(value: unknown, area: Area, name: string, sequence: number): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw corrupt(
    { area, name, offset: 0, sequence },
    value === undefined ? 'the record has vanished' : 'the record is not bytes',
  )
}

/** Asking is not always safe: some modes throw when the global is read. */
function isPresent(): boolean {
  try {
    return typeof indexedDB === 'object' && indexedDB !== null
  } catch {
    return false
  }
}

/** What the next call on a fresh connection may well cure. */
function isConnectionLoss(error: unknown, problem: StoreError): boolean {
  if (problem.code === 'closed') return true
  const name = error instanceof StoreError ? nameOfCause(error) : nameOfError(error)
  return name === 'UnknownError' || name === 'InvalidStateError' || name === 'AbortError'
}

const nameOfCause = (error: StoreError): string => nameOfError(error.cause)
const nameOfError = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : ''

/** What browsers throw, as our own codes. */
function storeErrorOf(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const name = nameOfError(error)
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : ''
  const text = message === '' ? name || 'IndexedDB gave no reason' : message
  switch (name) {
    case 'QuotaExceededError':
      return new StoreError('quota-exceeded', text, { cause: error })
    case 'VersionError':
      return new StoreError('newer-format', text, { cause: error, retryable: false })
    case 'SecurityError':
      return new StoreError('unavailable', text, { cause: error })
    case 'NotReadableError':
      // Chromium 132 and later: the file behind a large value is gone for good.
      return new StoreError('corrupt', text, { cause: error })
    case 'InvalidStateError':
    case 'TransactionInactiveError':
      // Old private modes answer "a mutation operation was attempted" to everything.
      return new StoreError(/mutation/i.test(text) ? 'unavailable' : 'closed', text, {
        cause: error,
      })
    case 'UnknownError':
      if (/full disk|no space|disk is full/i.test(text)) {
        return new StoreError('quota-exceeded', text, { cause: error })
      }
      return new StoreError('io', text, { cause: error })
    case 'DataCloneError':
    case 'DataError':
    case 'ConstraintError':
    case 'NotFoundError':
      return new StoreError('io', text, { cause: error, retryable: false })
    default:
      return new StoreError('io', text, { cause: error })
  }
}
