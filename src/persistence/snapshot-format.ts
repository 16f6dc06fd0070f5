/**
 * How a snapshot spells keys and values. RDB is a second format behind the same interface
 * (`snapshot-rdb.ts`).
 *
 * The first one is RESP: the commands that make the keys, so that a snapshot file is an append-only
 * file too. It is read without running the commands: only those written here are known, and each goes
 * straight into the keyspace.
 */
import type { Database } from '../keyspace/database.ts'
import { NO_EXPIRY } from '../keyspace/database.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { MalformedRdb } from '../rdb/errors.ts'
import { dumpSteps, restoreValue } from '../rdb/payload.ts'
import { ArrayValue, MAX_INDEX } from '../types/array.ts'
import { Hash } from '../types/hash.ts'
import { List } from '../types/list.ts'
import { SetValue } from '../types/set.ts'
import { Bytes, lengthOf, type StringValue, sliceOf, textOf } from '../types/string.ts'
import {
  ARRAY,
  HASH,
  LIST,
  SET,
  STREAM,
  STRING,
  type Type,
  typeOf,
  type Value,
  type ValueOf,
  VECTOR_SET,
  ZSET,
} from '../types/value.ts'
import type { VectorSet } from '../types/vector-set.ts'
import { ZSet } from '../types/zset.ts'
import { fromBytes, writeBytes } from '../util/bytes.ts'
import { formatDouble, parseDouble } from '../util/float.ts'
import { type Integer, parseUnsigned } from '../util/integer.ts'
import { EffectReader, EffectWriter, MalformedPayload } from './effects.ts'
import { encodeStream, STREAM_DECODERS } from './snapshot-stream.ts'

/** Writes keys, for a snapshot or for an export. */
export interface KeyWriter {
  /** Bytes that were written and not taken yet. */
  readonly size: number
  /**
   * Write a key. A value that takes long is written in steps: what is returned must be run to its
   * end before the value changes; other keys may come in between.
   */
  entry(dbIndex: number, key: string, value: Value, deadline: number): Steps | null
  /** What has collected, as a record. */
  take(sequence: number, epoch: number): Uint8Array
}

export interface Steps {
  next(): IteratorResult<void>
  /** Go on with a copy, as the value is about to change. Not for every type. */
  keep?(copy: Value): void
}

/** What a snapshot says about itself. */
export interface SnapshotFacts {
  /** The last journal record that it contains. */
  readonly upTo: number
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly epoch: number
}

export interface SnapshotWriter extends KeyWriter {
  /** Write a library of functions: before the first key. */
  library(code: string): void
  /** What comes before everything that is taken, or null. */
  head(facts: SnapshotFacts): Uint8Array | null
  /** What comes last, after everything was taken. */
  end(sequence: number, keys: number, epoch: number): Uint8Array
  /** Why it cannot go on. */
  readonly failure?: { readonly error: unknown; readonly key: string } | null
}

export interface SnapshotReader {
  /** Load one payload, in steps. Throws `MalformedPayload`. */
  load(payload: Uint8Array): Generator<void>
  /** Keys so far. */
  readonly keys: number
}

/** Loads a library of functions. Throws `MalformedRdb`. */
export type LibraryLoader = (code: string) => void

const noLibraries: LibraryLoader = () => {
  throw new MalformedRdb('there is nobody who takes libraries')
}

export interface SnapshotFormat {
  readonly name: string
  /** How the names of such files end. */
  readonly suffix: 'aof' | 'rdb'
  /** `upTo`: the last journal record that the snapshot contains. */
  writer(upTo?: number): SnapshotWriter
}

/** One that consists of records. */
export interface RecordFormat extends SnapshotFormat {
  /** `library` is handed each library of functions. */
  reader(keyspace: Keyspace, library?: LibraryLoader): SnapshotReader
}

/** Elements a command; Redis uses the same number, so that no reply or buffer becomes huge. */
const ELEMENTS = 64
/** Elements between two chances to stop. */
const STEP = 256
/** Bytes of a payload that go into one command. */
const PART = 1 << 28
/** Longer strings are written in parts of this length. */
const LONG = 1 << 18
/** Commands between two chances to stop. */
const COMMANDS = 128

// ---- Writing ----------------------------------------------------------------------------------

/** How each type is written; the deadline follows. A generator where a value can be large. */
const ENCODERS: {
  readonly [T in Type]: (
    to: EffectWriter,
    key: string,
    value: ValueOf[T],
    deadline: number,
  ) => Steps | null
} = {
  [STRING]: (to, key, value, deadline) => {
    if (lengthOf(value) > LONG) {
      const source = { value }
      const steps = encodeLong(to, key, source, deadline)
      return {
        next: () => steps.next(),
        keep: (copy) => {
          source.value = copy as StringValue
        },
      }
    }
    to.begin(deadline === NO_EXPIRY ? 3 : 5)
    to.word('SET')
    to.word(key)
    to.word(textOf(value))
    if (deadline !== NO_EXPIRY) {
      to.word('PXAT')
      to.word(String(deadline))
    }
    return null
  },
  [LIST]: (to, key, value, deadline) => encodeList(to, key, value, deadline),
  [SET]: (to, key, value, deadline) => encodeSet(to, key, value, deadline),
  [HASH]: (to, key, value, deadline) => encodeHash(to, key, value, deadline),
  [ZSET]: (to, key, value, deadline) => encodeZSet(to, key, value, deadline),
  [ARRAY]: (to, key, value, deadline) => encodeArray(to, key, value, deadline),
  [STREAM]: (to, key, value, deadline) => encodeStream(to, key, value, deadline),
  [VECTOR_SET]: (to, key, value, deadline) => encodeVectorSet(to, key, value, deadline),
}

/** A long string in parts: the first one makes the key, the others are added to it. */
function* encodeLong(
  to: EffectWriter,
  key: string,
  source: { readonly value: StringValue },
  deadline: number,
): Generator<void> {
  const length = lengthOf(source.value)
  for (let at = 0; at < length; at += LONG) {
    const part = sliceOf(source.value, at, Math.min(at + LONG, length))
    to.command([at === 0 ? 'SET' : 'APPEND', key, part])
    yield
  }
  if (deadline !== NO_EXPIRY) to.command(['PEXPIREAT', key, String(deadline)])
}

function* encodeList(to: EffectWriter, key: string, list: List, deadline: number): Generator<void> {
  for (let start = 0; start < list.length; start += ELEMENTS) {
    const elements = list.items.range(start, start + ELEMENTS)
    to.begin(2 + elements.length)
    to.word('RPUSH')
    to.word(key)
    for (const element of elements) to.word(element)
    if (start % STEP === 0 && start > 0) yield
  }
  if (deadline !== NO_EXPIRY) to.command(['PEXPIREAT', key, String(deadline)])
}

function* encodeSet(
  to: EffectWriter,
  key: string,
  set: SetValue,
  deadline: number,
): Generator<void> {
  const { size } = set
  for (let start = 0; start < size; start += ELEMENTS) {
    const end = Math.min(start + ELEMENTS, size)
    to.begin(2 + end - start)
    to.word('SADD')
    to.word(key)
    for (let i = start; i < end; i++) to.word(set.at(i))
    if (start % STEP === 0 && start > 0) yield
  }
  if (deadline !== NO_EXPIRY) to.command(['PEXPIREAT', key, String(deadline)])
}

function* encodeHash(to: EffectWriter, key: string, hash: Hash, deadline: number): Generator<void> {
  for (let start = 0; start < hash.size; start += ELEMENTS) {
    const end = Math.min(start + ELEMENTS, hash.size)
    to.begin(2 + 2 * (end - start))
    to.word('HSET')
    to.word(key)
    for (let i = start; i < end; i++) {
      to.word(hash.keyAt(i))
      to.word(hash.valueAt(i))
    }
    for (let i = start; hash.expiry !== null && i < end; i++) {
      const at = hash.timeAt(i)
      if (at !== 0) to.command(['HPEXPIREAT', key, String(at), 'FIELDS', '1', hash.keyAt(i)])
    }
    if (start % STEP === 0 && start > 0) yield
  }
  if (deadline !== NO_EXPIRY) to.command(['PEXPIREAT', key, String(deadline)])
}

function* encodeZSet(to: EffectWriter, key: string, zset: ZSet, deadline: number): Generator<void> {
  for (let start = 0; start < zset.size; start += ELEMENTS) {
    const end = Math.min(zset.size, start + ELEMENTS)
    to.begin(2 + 2 * (end - start))
    to.word('ZADD')
    to.word(key)
    zset.walk(start, end, (member, score) => {
      to.word(formatDouble(score))
      to.word(member)
    })
    if (start % STEP === 0 && start > 0) yield
  }
  if (deadline !== NO_EXPIRY) to.command(['PEXPIREAT', key, String(deadline)])
}

function* encodeArray(
  to: EffectWriter,
  key: string,
  array: ArrayValue,
  deadline: number,
): Generator<void> {
  let from: Integer | null = 0
  for (let written = 0; from !== null; ) {
    const words: string[] = []
    let next: Integer | null = null
    array.scan(from, MAX_INDEX, (text, index) => {
      if (words.length === 2 * ELEMENTS) next = index
      else words.push(`${index}`, text)
      return next === null
    })
    to.command(['ARMSET', key, ...words])
    from = next
    written += ELEMENTS
    if (written % STEP === 0) yield
  }
  const { next } = array
  if (next !== 0) to.command(['ARSEEK', key, `${next ?? MAX_INDEX + 1n}`])
  if (deadline !== NO_EXPIRY) to.command(['PEXPIREAT', key, String(deadline)])
}

/** As DUMP has it: VADD would have to make the graph anew, which takes a thousand times as long. */
function* encodeVectorSet(
  to: EffectWriter,
  key: string,
  set: VectorSet,
  deadline: number,
): Generator<void> {
  const payload = yield* dumpSteps(set, { compress: false })
  // No string is as long as the largest sets: all parts but the last one have a command of their own.
  let at = 0
  for (; payload.length - at > PART; at += PART) {
    to.command(['RESTORE-PART', key, fromBytes(payload, at, at + PART)])
    yield
  }
  to.command(['RESTORE', key, String(deadline), fromBytes(payload, at), 'ABSTTL'])
}

class RespSnapshotWriter implements SnapshotWriter {
  private readonly to = new EffectWriter(64 * 1024)
  private dbIndex = -1

  get size(): number {
    return this.to.size
  }

  entry(dbIndex: number, key: string, value: Value, deadline: number): Steps | null {
    this.select(dbIndex)
    // The table is complete by its type; the compiler cannot match key and argument.
    const encode = ENCODERS[typeOf(value)] as (
      to: EffectWriter,
      key: string,
      value: Value,
      deadline: number,
    ) => Steps | null
    const steps = encode(this.to, key, value, deadline)
    if (steps === null) return null
    return {
      next: () => {
        // Keys of other databases may have been written since the last step.
        this.select(dbIndex)
        return steps.next()
      },
      ...(steps.keep === undefined ? {} : { keep: (copy: Value) => steps.keep?.(copy) }),
    }
  }

  library(code: string): void {
    this.to.command(['FUNCTION', 'LOAD', code])
  }

  private select(dbIndex: number): void {
    if (dbIndex === this.dbIndex) return
    this.dbIndex = dbIndex
    this.to.command(['SELECT', String(dbIndex)])
  }

  take(sequence: number, epoch: number): Uint8Array {
    return this.to.take('S', sequence, epoch)
  }

  head({ upTo, time, epoch }: SnapshotFacts): Uint8Array {
    const notes = new EffectWriter(64)
    notes.note('format:resp')
    notes.note(`upto:${upTo}`)
    notes.note(`time:${time}`)
    return notes.take('H', 0, epoch)
  }

  end(sequence: number, keys: number, epoch: number): Uint8Array {
    const notes = new EffectWriter(64)
    notes.note(`chunks:${sequence - 1}`)
    notes.note(`keys:${keys}`)
    return notes.take('E', sequence, epoch)
  }
}

// ---- Reading ----------------------------------------------------------------------------------

type Decoder = (db: Database, argv: readonly string[]) => boolean

/** Parts of a payload whose last one is still to come, by the database that is being loaded. */
const parts = new WeakMap<Database, Map<string, string[]>>()

/** True if a key was added. */
const DECODERS: Readonly<Record<string, Decoder>> = {
  SET: (db, argv) => {
    const [, key, value, option, deadline] = argv
    if (key === undefined || value === undefined) return bad(argv)
    if (db.find(key) >= 0) return bad(argv)
    const index = db.insert(key, value)
    if (option === 'PXAT') db.setDeadlineAt(index, deadlineOf(argv, deadline))
    else if (option !== undefined) return bad(argv)
    return true
  },
  APPEND: (db, argv) => {
    const [, key = '', part] = argv
    const index = db.find(key)
    const value = index < 0 ? undefined : db.valueAt(index)
    if (part === undefined || (typeof value !== 'string' && !(value instanceof Bytes))) {
      return bad(argv)
    }
    const bytes = Bytes.from(value)
    bytes.write(part, bytes.length)
    if (bytes !== value) db.replaceAt(index, bytes)
    return false
  },
  RPUSH: (db, argv) => {
    const key = argv[1]
    if (key === undefined) return bad(argv)
    const index = db.find(key)
    const list = index < 0 ? List.loaded() : db.valueAt(index)
    if (!(list instanceof List)) return bad(argv)
    for (let i = 2; i < argv.length; i++) list.pushTail(argv[i] as string)
    if (index < 0) db.insert(key, list)
    return index < 0
  },
  SADD: (db, argv) => {
    const [, key, first] = argv
    if (key === undefined || first === undefined) return bad(argv)
    const index = db.find(key)
    const set = index < 0 ? SetValue.for(db.setLimits, first, argv.length - 2) : db.valueAt(index)
    if (!(set instanceof SetValue)) return bad(argv)
    for (let i = 2; i < argv.length; i++) set.add(argv[i] as string)
    if (index < 0) db.insert(key, set)
    return index < 0
  },
  HSET: (db, argv) => {
    const key = argv[1]
    if (key === undefined || argv.length < 4 || argv.length % 2 !== 0) return bad(argv)
    const index = db.find(key)
    const hash = index < 0 ? new Hash(db.seed) : db.valueAt(index)
    if (!(hash instanceof Hash)) return bad(argv)
    for (let i = 2; i < argv.length; i += 2) {
      const [field, value] = [argv[i] as string, argv[i + 1] as string]
      hash.set(field, value)
      hash.fit(db.hashLimits, field, value)
    }
    if (index < 0) db.insert(key, hash)
    return index < 0
  },
  HPEXPIREAT: (db, argv) => {
    const key = argv[1] ?? ''
    const index = db.find(key)
    const hash = index < 0 ? undefined : db.valueAt(index)
    if (!(hash instanceof Hash) || argv.length !== 6) return bad(argv)
    const place = hash.find(argv[5] as string)
    if (place < 0) return bad(argv)
    hash.setExpiryAt(place, deadlineOf(argv, argv[2]))
    hash.makeVolatile(db.hashLimits)
    db.noteFields(key, hash)
    return false
  },
  ZADD: (db, argv) => {
    const key = argv[1]
    if (key === undefined || argv.length % 2 !== 0) return bad(argv)
    const index = db.find(key)
    const zset = index < 0 ? new ZSet(db.zsetLimits) : db.valueAt(index)
    if (!(zset instanceof ZSet)) return bad(argv)
    for (let i = 2; i < argv.length; i += 2) {
      const score = parseDouble(argv[i] as string)
      const member = argv[i + 1] as string
      if (score === undefined || zset.scoreOf(member) !== undefined) return bad(argv)
      zset.add(member, score)
    }
    if (zset.size === 0) return bad(argv)
    if (index < 0) db.insert(key, zset)
    return index < 0
  },
  ARMSET: (db, argv) => {
    const key = argv[1]
    if (key === undefined || argv.length < 4 || argv.length % 2 !== 0) return bad(argv)
    const index = db.find(key)
    const array = index < 0 ? new ArrayValue(db.arrayLimits) : db.valueAt(index)
    if (!(array instanceof ArrayValue)) return bad(argv)
    for (let i = 2; i < argv.length; i += 2) {
      const place = parseUnsigned(argv[i] as string)
      if (place === undefined || place > MAX_INDEX) return bad(argv)
      if (!array.set(place, argv[i + 1] as string)) return bad(argv)
    }
    if (index < 0) db.insert(key, array)
    return index < 0
  },
  ARSEEK: (db, argv) => {
    const index = db.find(argv[1] ?? '')
    const array = index < 0 ? undefined : db.valueAt(index)
    const place = parseUnsigned(argv[2] ?? '')
    if (!(array instanceof ArrayValue) || place === undefined) return bad(argv)
    array.seek(place)
    return false
  },
  ...STREAM_DECODERS,
  'RESTORE-PART': (db, argv) => {
    const [, key, part] = argv
    if (key === undefined || part === undefined) return bad(argv)
    const open = parts.get(db) ?? new Map<string, string[]>()
    parts.set(db, open)
    open.set(key, [...(open.get(key) ?? []), part])
    return false
  },
  RESTORE: (db, argv) => {
    const [, key, deadline, payload, option] = argv
    if (key === undefined || payload === undefined || option !== 'ABSTTL') return bad(argv)
    if (db.find(key) >= 0) return bad(argv)
    const before = parts.get(db)?.get(key) ?? []
    const index = db.insert(key, restored([...before, payload], db, argv))
    parts.get(db)?.delete(key)
    if (deadline !== String(NO_EXPIRY)) db.setDeadlineAt(index, deadlineOf(argv, deadline))
    return true
  },
  PEXPIREAT: (db, argv) => {
    const index = db.find(argv[1] ?? '')
    if (index < 0) return bad(argv)
    db.setDeadlineAt(index, deadlineOf(argv, argv[2]))
    return false
  },
}

function restored(payload: readonly string[], db: Database, argv: readonly string[]): Value {
  const bytes = new Uint8Array(payload.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of payload) at = writeBytes(part, bytes, at)
  try {
    return restoreValue(bytes, db)
  } catch (error) {
    if (error instanceof MalformedRdb) return bad(argv)
    throw error
  }
}

function deadlineOf(argv: readonly string[], text: string | undefined): number {
  const deadline = Number(text)
  return Number.isSafeInteger(deadline) && deadline !== NO_EXPIRY ? deadline : bad(argv)
}

function bad(argv: readonly string[]): never {
  throw new MalformedPayload(`a snapshot cannot contain this ${argv[0]}`)
}

class RespSnapshotReader implements SnapshotReader {
  keys = 0
  private readonly keyspace: Keyspace
  private readonly library: LibraryLoader
  private db: Database | null = null

  constructor(keyspace: Keyspace, library: LibraryLoader) {
    this.keyspace = keyspace
    this.library = library
  }

  private takeLibrary(code: string): void {
    try {
      this.library(code)
    } catch (error) {
      if (error instanceof MalformedRdb) throw new MalformedPayload(error.message)
      throw error
    }
  }

  *load(payload: Uint8Array): Generator<void> {
    const reader = new EffectReader(payload)
    for (let commands = 1; ; commands++) {
      const argv = reader.next()
      if (argv === null) return
      const name = argv[0] as string
      if (name === 'SELECT') {
        const index = Number(argv[1])
        if (!this.keyspace.has(index)) throw new MalformedPayload(`there is no database ${argv[1]}`)
        this.db = this.keyspace.at(index)
      } else if (name === 'FUNCTION') {
        if (argv[1] !== 'LOAD' || argv.length !== 3) return bad(argv)
        this.takeLibrary(argv[2] as string)
      } else {
        const decode = DECODERS[name]
        if (decode === undefined || this.db === null) return bad(argv)
        if (decode(this.db, argv)) this.keys++
      }
      if (commands % COMMANDS === 0) yield
    }
  }
}

export const respFormat: RecordFormat = {
  name: 'resp',
  suffix: 'aof',
  writer: () => new RespSnapshotWriter(),
  reader: (keyspace, library = noLibraries) => new RespSnapshotReader(keyspace, library),
}
