/**
 * Whole RDB files, read key by key as their bytes come.
 *
 * What stands between the values is small: it is read at once, and again when a part of it has not come
 * yet. Values that may be large are read in steps that do the same by themselves.
 *
 * A repair keeps what can be kept. A value that is damaged inside, but whose end can be found, costs
 * one key; where not even lengths make sense, all that follows is lost. Each loss is told.
 */
import type { Value } from '../types/value.ts'
import { type Limits, piece, type Reading } from './codec.ts'
import { EmptyValue, MalformedRdb } from './errors.ts'
import type { Usage } from './file.ts'
import * as format from './format.ts'
import { readTemplate } from './hash.ts'
import { skipKeyMeta, skipModuleValue } from './module.ts'
import { RdbReader, SHORTAGE } from './reader.ts'
import { skipValue } from './skip.ts'
import { decoderOf } from './value.ts'

/** Before this version there was no checksum. */
const SINCE_CHECKSUM = 5
const NO_DEADLINE = 0
/** Keys between two chances to stop. */
const KEYS = 64
const UNKNOWN: Usage = { idle: -1, frequency: -1 }

/** Where what is read goes. */
export interface RdbSink {
  /** The keys that follow are of this database; what the configuration says of its layouts. */
  select(database: number): Limits
  entry(key: string, value: Value, deadline: number, usage: Usage): void
  fact?(name: string, value: string): void
  library?(code: string): void
  /** How many keys the database has, and how many of them have deadlines: a hint. */
  sizes?(keys: number, volatile: number): void
  /** A key without a value, as some old versions wrote by mistake. */
  empty?(key: string): void
  /** Data that a module has stored beside the keys; nobody here can read it. */
  module?(id: number | bigint): void
  /** A repair has given something up. */
  lost?(loss: RdbLoss): void
}

/** What a repair gave up. */
export interface RdbLoss {
  /** The key, or null if it is everything that follows. */
  readonly key: string | null
  readonly offset: number
  readonly reason: string
}

export interface RdbReadOptions {
  /** Whatever the checksum. */
  readonly unsealed?: boolean
  /** Leave out what is damaged, and tell it. */
  readonly repair?: boolean
}

/** What has been read of a key before its value. */
interface Head {
  form: number
  key: string
  deadline: number
  idle: number
  frequency: number
}

/**
 * Read a whole file. What is yielded is how many bytes have to be fed before it goes on; 0 is a chance
 * to stop. Throws `MalformedRdb`; what came before has reached the sink then. Returns where the
 * file ends: there may be something behind it.
 */
export function* readRdbFile(
  source: RdbReader | Uint8Array,
  sink: RdbSink,
  options: RdbReadOptions = {},
): Reading<number> {
  const from = source instanceof RdbReader ? source : new RdbReader(source)
  return yield* new FileReading(from, sink, options).run()
}

class FileReading {
  private readonly from: RdbReader
  private readonly sink: RdbSink
  private readonly options: RdbReadOptions
  private limits: Limits
  private version = 0
  private over = false
  /** Pieces between values change nothing until they are read. */
  private head: Head = { form: 0, key: '', deadline: NO_DEADLINE, idle: -1, frequency: -1 }

  constructor(from: RdbReader, sink: RdbSink, options: RdbReadOptions) {
    this.from = from
    this.sink = sink
    this.options = options
    this.limits = sink.select(0)
  }

  *run(): Reading<number> {
    const { from } = this
    this.version = yield* piece(from, () => readHeader(from))
    let keys = 0
    try {
      while (!this.over) {
        const start = from.at
        try {
          if (this.mark()) continue
        } catch (error) {
          if (error !== SHORTAGE) throw error
          from.at = start
          yield from.missing
          continue
        }
        if (this.over) break
        if (!this.atOnce()) yield* this.value()
        this.fresh()
        if (++keys % KEYS === 0) yield 0
      }
      if (this.version >= SINCE_CHECKSUM) yield* this.seal()
    } catch (error) {
      if (!(error instanceof MalformedRdb)) throw error
      if (error.offset < 0) error.offset = from.offset
      if (this.options.repair !== true) throw error
      this.sink.lost?.({ key: null, offset: error.offset, reason: error.reason })
    }
    return from.offset
  }

  private fresh(): void {
    const { head } = this
    head.deadline = NO_DEADLINE
    head.idle = -1
    head.frequency = -1
  }

  /** Read one thing between values; false if a value comes, or nothing more. */
  private mark(): boolean {
    const { from, sink, head } = this
    const code = from.byte()
    switch (code) {
      case format.OP_EXPIRE_MS:
        head.deadline = deadlineOf(from, Number(from.int64()))
        return true
      case format.OP_EXPIRE_SECONDS:
        head.deadline = deadlineOf(from, from.int32() * 1000)
        return true
      case format.OP_IDLE:
        head.idle = Number(from.integer())
        return true
      case format.OP_FREQUENCY:
        head.frequency = from.byte()
        return true
      case format.OP_SELECT_DB:
        this.limits = sink.select(Number(from.integer()))
        return true
      case format.OP_RESIZE_DB: {
        const keys = Number(from.integer())
        sink.sizes?.(keys, Number(from.integer()))
        return true
      }
      case format.OP_SLOT_INFO:
        from.integer()
        from.integer()
        from.integer()
        return true
      case format.OP_AUX: {
        const name = from.string()
        sink.fact?.(name, from.string())
        return true
      }
      case format.OP_FUNCTION:
        sink.library?.(from.string())
        return true
      case format.OP_FUNCTION_EARLY:
        return from.fail('functions in a form that only release candidates of 7.0 wrote')
      case format.OP_TEMPLATE:
        readTemplate(from)
        return true
      case format.OP_MODULE_AUX: {
        const id = from.integer()
        skipModuleValue(from)
        sink.module?.(id)
        return true
      }
      case format.OP_KEY_META:
        skipKeyMeta(from)
        return true
      case format.OP_END:
        this.over = true
        return false
    }
    head.form = code
    head.key = from.string()
    return false
  }

  /** Read a value that is read at once and is all here, which most are: without a generator. */
  private atOnce(): boolean {
    const { from, head } = this
    if (this.options.repair === true) return false
    const { at } = from
    try {
      const decoder = decoderOf(from, head.form)
      if (!('read' in decoder)) return false
      this.keep(decoder.read(from, this.limits, head.form))
    } catch (error) {
      if (error === SHORTAGE) {
        from.at = at
        return false
      }
      if (error instanceof EmptyValue) this.sink.empty?.(head.key)
      else throw error instanceof MalformedRdb ? this.placed(error) : error
    }
    return true
  }

  private keep(value: Value): void {
    const { key, deadline, idle, frequency } = this.head
    const usage = idle < 0 && frequency < 0 ? UNKNOWN : { idle, frequency }
    this.sink.entry(key, value, deadline, usage)
  }

  /** Damage in the value that is being read. */
  private placed(error: MalformedRdb): MalformedRdb {
    if (error.offset < 0) error.offset = this.from.offset
    error.key = this.head.key
    error.form = this.head.form
    return error
  }

  private *value(): Reading<void> {
    const { from, head, sink } = this
    // To find the end of a damaged value one has to begin at its beginning.
    const start = from.offset
    if (this.options.repair === true) from.held = start
    try {
      const decoder = decoderOf(from, head.form)
      const value =
        'read' in decoder
          ? yield* piece(from, () => decoder.read(from, this.limits, head.form))
          : yield* decoder.steps(from, this.limits, head.form)
      this.keep(value)
    } catch (error) {
      if (error instanceof EmptyValue) sink.empty?.(head.key)
      else if (error instanceof MalformedRdb) yield* this.damaged(error, start)
      else throw error
    } finally {
      from.held = -1
    }
  }

  private *damaged(error: MalformedRdb, start: number): Reading<void> {
    const { from, head } = this
    this.placed(error)
    if (this.options.repair !== true) throw error
    from.at = start - from.base
    yield* skipValue(from, head.form)
    this.sink.lost?.({ key: head.key, offset: error.offset, reason: error.reason })
  }

  private *seal(): Reading<void> {
    const { from } = this
    yield* piece(from, () => {
      const sum = from.checksum()
      const low = from.int32() >>> 0
      const high = from.int32() >>> 0
      if (this.options.unsealed === true || (low === 0 && high === 0)) return
      if (sum.low !== low || sum.high !== high) from.fail('the checksum does not match')
    })
  }
}

function readHeader(from: RdbReader): number {
  const { MAGIC, RDB_VERSION } = format
  const length = MAGIC.length + 4
  // What is shorter is no RDB either, and says so in the same words.
  const whole = from.left + from.beyond >= length
  const text = String.fromCharCode(...from.raw(whole ? length : from.left))
  const digits = text.slice(MAGIC.length)
  if (!text.startsWith(MAGIC) || !/^\d{4}$/.test(digits))
    throw new MalformedRdb('this is no RDB', 0)
  const version = Number(digits)
  if (version < 1 || version > RDB_VERSION) {
    throw new MalformedRdb(`RDB of the version ${version}, which is not known`, MAGIC.length)
  }
  return version
}

function deadlineOf(from: RdbReader, at: number): number {
  // Zero would mean none; such a key has expired in any case.
  return Number.isNaN(at) ? from.fail('a deadline that is none') : at === NO_DEADLINE ? -1 : at
}
