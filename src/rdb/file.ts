/**
 * Whole RDB files: a header, facts about the writer, libraries of functions, then each database with its
 * keys, and a checksum.
 *
 *     REDIS0015 | facts … | libraries … | (database | sizes | key …) … | end | CRC-64 (8)
 *
 * What stands between the keys begins with a byte that no form of an object has. A key is its deadline,
 * if it has one, how long ago or how often it was used, if that is wanted, the form of its value, its
 * name and the value.
 *
 * Neither side knows a keyspace: the writer is handed keys, and the reader hands them to a sink. Both go
 * in steps.
 */
import type { Value } from '../types/value.ts'
import { type Crc64, crc64 } from '../util/crc.ts'
import type { Limits, Steps } from './codec.ts'
import { EmptyValue, MalformedRdb } from './errors.ts'
import * as format from './format.ts'
import { readTemplate } from './hash.ts'
import { skipModuleValue } from './module.ts'
import { RdbReader } from './reader.ts'
import { decoderOf, formOf, writeValue } from './value.ts'
import { type RdbOptions, RdbWriter } from './writer.ts'

const MAGIC = 'REDIS'
/** Before this version there was no checksum. */
const SINCE_CHECKSUM = 5
const NO_DEADLINE = 0
/** Keys between two chances to stop. */
const KEYS = 64
const NO_CHECKSUM: Crc64 = { high: 0, low: 0 }

// ---- Writing ----------------------------------------------------------------------------------

/** How long ago, in seconds, or how often a key was used; -1 for what is not to be written. */
export interface Usage {
  readonly idle: number
  readonly frequency: number
}

const UNKNOWN: Usage = { idle: -1, frequency: -1 }

export interface RdbFileOptions extends RdbOptions {
  /** Whether there is a checksum: `rdbchecksum`. */
  readonly checksum?: boolean
}

export class RdbFileWriter {
  private readonly to: RdbWriter
  private readonly checksum: boolean
  private sum: Crc64 = NO_CHECKSUM

  constructor(options: RdbFileOptions = {}) {
    this.to = new RdbWriter(options, 64 * 1024)
    this.checksum = options.checksum ?? true
    this.to.text(`${MAGIC}${String(this.to.version).padStart(4, '0')}`)
  }

  /** Bytes that were written and not taken yet. */
  get size(): number {
    return this.to.size
  }

  /** What was written since the last time. */
  take(): Uint8Array {
    const { to } = this
    if (this.checksum) this.sum = crc64(to.bytes, 0, to.size, this.sum)
    return to.take()
  }

  /** A fact about the writer. Readers pass over what they do not know. */
  fact(name: string, value: string | number): void {
    this.to.byte(format.OP_AUX)
    this.to.string(name)
    this.to.string(String(value))
  }

  /** The source of a library of functions. */
  library(code: string): void {
    this.to.byte(format.OP_FUNCTION)
    this.to.string(code)
  }

  /** The keys that follow are of this database, which has so many, of which so many have deadlines. */
  select(database: number, keys: number, volatile: number): void {
    this.to.byte(format.OP_SELECT_DB)
    this.to.length(database)
    this.to.byte(format.OP_RESIZE_DB)
    this.to.length(keys)
    this.to.length(volatile)
  }

  /**
   * A key. What is returned must be run to its end before anything else is written, and the value
   * must not change meanwhile; `take` may be called in between.
   */
  entry(key: string, value: Value, deadline: number, usage: Usage | null = null): Steps | null {
    const { to } = this
    if (deadline !== NO_DEADLINE) {
      to.byte(format.OP_EXPIRE_MS)
      to.millis(deadline)
    }
    if (usage !== null && usage.idle >= 0) {
      to.byte(format.OP_IDLE)
      to.length(usage.idle)
    }
    if (usage !== null && usage.frequency >= 0) {
      to.byte(format.OP_FREQUENCY)
      to.byte(usage.frequency)
    }
    const form = formOf(value, to)
    to.byte(form)
    to.string(key)
    return writeValue(to, value, form)
  }

  /** The end of the file; what is taken after it is the last. */
  end(): Uint8Array {
    this.to.byte(format.OP_END)
    const last = this.take()
    const { low, high } = this.sum
    this.to.uint32(low)
    this.to.uint32(high)
    const bytes = new Uint8Array(last.length + 8)
    bytes.set(last)
    bytes.set(this.to.take(), last.length)
    return bytes
  }
}

// ---- Reading ----------------------------------------------------------------------------------

/** Where what is read goes. */
export interface RdbSink {
  /** The keys that follow are of this database; what the configuration says of its layouts. */
  select(database: number): Limits
  entry(key: string, value: Value, deadline: number, usage: Usage): void
  fact?(name: string, value: string): void
  library?(code: string): void
  /** A key without a value, as some old versions wrote by mistake. */
  empty?(key: string): void
}

/**
 * Read a whole file, key by key. Throws `MalformedRdb`; what came before has reached the sink then. Where
 * the file ends: there may be something behind it. `unsealed`: whatever the checksum.
 */
export function* readRdbFile(
  bytes: Uint8Array,
  sink: RdbSink,
  unsealed = false,
): Generator<void, number> {
  const from = new RdbReader(bytes)
  const version = readHeader(from)
  let limits = sink.select(0)
  let deadline = NO_DEADLINE
  let idle = -1
  let frequency = -1
  let keys = 0
  for (;;) {
    const code = from.byte()
    switch (code) {
      case format.OP_EXPIRE_MS:
        deadline = deadlineOf(from, Number(from.int64()))
        continue
      case format.OP_EXPIRE_SECONDS:
        deadline = deadlineOf(from, from.int32() * 1000)
        continue
      case format.OP_IDLE:
        idle = Number(from.integer())
        continue
      case format.OP_FREQUENCY:
        frequency = from.byte()
        continue
      case format.OP_SELECT_DB:
        limits = sink.select(Number(from.integer()))
        continue
      case format.OP_RESIZE_DB:
        from.integer()
        from.integer()
        continue
      case format.OP_SLOT_INFO:
        from.integer()
        from.integer()
        from.integer()
        continue
      case format.OP_AUX: {
        const name = from.string()
        sink.fact?.(name, from.string())
        continue
      }
      case format.OP_FUNCTION:
        sink.library?.(from.string())
        continue
      case format.OP_TEMPLATE:
        readTemplate(from)
        continue
      case format.OP_MODULE_AUX:
        from.integer()
        skipModuleValue(from)
        continue
      case format.OP_END:
        if (version >= SINCE_CHECKSUM) checkSum(from, unsealed)
        return from.at
    }
    const key = from.string()
    try {
      const decoder = decoderOf(from, code)
      const value =
        'read' in decoder
          ? decoder.read(from, limits, code)
          : yield* decoder.steps(from, limits, code)
      const usage = idle < 0 && frequency < 0 ? UNKNOWN : { idle, frequency }
      sink.entry(key, value, deadline, usage)
    } catch (error) {
      if (!(error instanceof EmptyValue)) throw error
      sink.empty?.(key)
    }
    deadline = NO_DEADLINE
    idle = -1
    frequency = -1
    if (++keys % KEYS === 0) yield
  }
}

function readHeader(from: RdbReader): number {
  const text = String.fromCharCode(...from.raw(Math.min(9, from.left)))
  const digits = text.slice(MAGIC.length)
  if (!text.startsWith(MAGIC) || !/^\d{4}$/.test(digits)) throw new MalformedRdb('this is no RDB')
  const version = Number(digits)
  if (version < 1 || version > format.RDB_VERSION) {
    throw new MalformedRdb(`RDB of the version ${version}, which is not known`)
  }
  return version
}

function deadlineOf(from: RdbReader, at: number): number {
  // Zero would mean none; such a key has expired in any case.
  return Number.isNaN(at) ? from.fail('a deadline that is none') : at === NO_DEADLINE ? -1 : at
}

function checkSum(from: RdbReader, unsealed: boolean): void {
  const { at } = from
  const low = from.int32() >>> 0
  const high = from.int32() >>> 0
  if (unsealed || (low === 0 && high === 0)) return
  const sum = crc64(from.bytes, 0, at)
  if (sum.low !== low || sum.high !== high) throw new MalformedRdb('the checksum does not match')
}
