/**
 * A whole keyspace as an RDB file, and back.
 *
 * The file is written while nothing changes: for DEBUG RELOAD and for a replica that is handed
 * everything at once.
 */
import type { Limits, Reading } from '../rdb/codec.ts'
import { MalformedRdb } from '../rdb/errors.ts'
import { type RdbFileOptions, RdbFileWriter, type Usage } from '../rdb/file.ts'
import { type RdbLoss, type RdbSink, readRdbFile } from '../rdb/file-reader.ts'
import type { RdbReader } from '../rdb/reader.ts'
import type { Value } from '../types/value.ts'
import { type Database, NO_EXPIRY } from './database.ts'
import type { Keyspace } from './keyspace.ts'

/** Bytes that collect before they are handed on. */
const CHUNK = 1 << 16
/** Keys between two chances to stop. */
const KEYS = 64

/** What the marks of access in a database mean; the engine knows. */
export interface UsageMarks {
  usageOf(db: Database, index: number): Usage | null
  restore(db: Database, index: number, frequency: number, idleSeconds: number): void
}

export interface SaveOptions extends RdbFileOptions {
  /** Names and values that stand in front, as `redis-ver`. */
  readonly facts?: Readonly<Record<string, string | number>>
  /** Sources of the libraries of functions. */
  readonly libraries?: Iterable<string>
  /** Whose marks are written beside the keys. */
  readonly marks?: UsageMarks
}

/**
 * The file in pieces. An empty piece is only a chance to stop; the keyspace must be the same when the
 * next one is asked for.
 */
export function* saveKeyspace(
  keyspace: Keyspace,
  options: SaveOptions = {},
): Generator<Uint8Array, void> {
  const file = new RdbFileWriter(options)
  for (const [name, value] of Object.entries(options.facts ?? {})) file.fact(name, value)
  for (const code of options.libraries ?? []) file.library(code)
  const { marks } = options
  for (const db of keyspace.databases) {
    const { size } = db
    if (size === 0) continue
    file.select(db.index, size, db.volatile)
    for (let i = 0; i < size; i++) {
      const usage = marks?.usageOf(db, i) ?? null
      const steps = file.entry(db.keyAt(i), db.valueAt(i), db.deadlineAt(i), usage)
      if (steps !== null) for (const _ of steps) yield piece(file)
      if (file.size >= CHUNK || (i + 1) % KEYS === 0) yield piece(file)
    }
  }
  yield file.end()
}

const NOTHING = new Uint8Array(0)

const piece = (file: RdbFileWriter): Uint8Array => (file.size < CHUNK ? NOTHING : file.take())

/** The file at once. */
export function saveWhole(keyspace: Keyspace, options: SaveOptions = {}): Uint8Array {
  const pieces = [...saveKeyspace(keyspace, options)]
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const each of pieces) {
    bytes.set(each, at)
    at += each.length
  }
  return bytes
}

export interface LoadOptions {
  /** Keys whose deadline lies before this are left out; -Infinity keeps all. */
  readonly now: number
  /** Whether a key of the file takes the place of one that is there. Else that is damage. */
  readonly replace?: boolean
  readonly marks?: UsageMarks
  /** Whatever the checksum. */
  readonly unsealed?: boolean
  /** Leave out what is damaged, and tell it (`lost`). */
  readonly repair?: boolean
  readonly fact?: (name: string, value: string) => void
  readonly library?: (code: string) => void
  /** How many keys the next database is going to have. */
  readonly sizes?: (keys: number) => void
  readonly lost?: (loss: RdbLoss) => void
  /** A key without a value was left out. */
  readonly empty?: (key: string) => void
}

export interface Loaded {
  /** Keys that are there now. */
  keys: number
  /** Keys that had expired. */
  expired: number
  /** Keys without a value. */
  empty: number
}

/**
 * Put the keys of a file into a keyspace, in steps: what is yielded is how many bytes have to be fed to
 * the reader, which is none if all of them are there. Throws `MalformedRdb`; the keys before the damage
 * are there then. Nobody is told of any of it.
 */
export function* loadKeyspace(
  keyspace: Keyspace,
  from: RdbReader | Uint8Array,
  options: LoadOptions,
): Reading<Loaded> {
  const sink = new KeyspaceSink(keyspace, options)
  yield* readRdbFile(from, sink, options)
  return sink.loaded
}

class KeyspaceSink implements RdbSink {
  readonly loaded: Loaded = { keys: 0, expired: 0, empty: 0 }
  private readonly keyspace: Keyspace
  private readonly options: LoadOptions
  private db: Database

  constructor(keyspace: Keyspace, options: LoadOptions) {
    this.keyspace = keyspace
    this.options = options
    this.db = keyspace.at(0)
  }

  select(index: number): Limits {
    if (!this.keyspace.has(index)) throw new MalformedRdb(`there is no database ${index}`)
    this.db = this.keyspace.at(index)
    return this.db
  }

  entry(key: string, value: Value, deadline: number, { idle, frequency }: Usage): void {
    const { db, options } = this
    if (deadline !== NO_EXPIRY && deadline < options.now) {
      this.loaded.expired++
      return
    }
    const place = db.find(key)
    if (place >= 0) {
      if (options.replace !== true) throw new MalformedRdb('a key comes twice')
      db.removeAt(place)
    }
    const index = db.insert(key, value)
    if (deadline !== NO_EXPIRY) db.setDeadlineAt(index, deadline)
    if (idle >= 0 || frequency >= 0) options.marks?.restore(db, index, frequency, idle)
    this.loaded.keys++
  }

  empty(key: string): void {
    this.loaded.empty++
    this.options.empty?.(key)
  }

  sizes(keys: number): void {
    this.options.sizes?.(keys)
  }

  fact(name: string, value: string): void {
    this.options.fact?.(name, value)
  }

  library(code: string): void {
    this.options.library?.(code)
  }

  lost(loss: RdbLoss): void {
    this.options.lost?.(loss)
  }
}
