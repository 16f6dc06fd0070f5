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
 * Neither side knows a keyspace: the writer is handed keys, and the reader (`file-reader.ts`) hands them
 * to a sink. Both go in steps.
 */
import type { Value } from '../types/value.ts'
import { type Crc64, crc64 } from '../util/crc.ts'
import type { Steps } from './codec.ts'
import * as format from './format.ts'
import { formOf, writeValue } from './value.ts'
import { type RdbOptions, RdbWriter } from './writer.ts'

const NO_DEADLINE = 0
const NO_CHECKSUM: Crc64 = { high: 0, low: 0 }

/** How long ago, in seconds, or how often a key was used; -1 for what is not to be written. */
export interface Usage {
  readonly idle: number
  readonly frequency: number
}

export interface RdbFileOptions extends RdbOptions {
  /** Whether there is a checksum: `rdbchecksum`. */
  readonly checksum?: boolean
}

export class RdbFileWriter {
  private readonly to: RdbWriter
  private readonly checksum: boolean
  private sum: Crc64 = NO_CHECKSUM

  /** `headless`: a part of a file. */
  constructor(options: RdbFileOptions = {}, headless = false) {
    this.to = new RdbWriter(options, headless ? 256 : 64 * 1024)
    this.checksum = !headless && (options.checksum ?? true)
    if (!headless) this.to.text(`${format.MAGIC}${String(this.to.version).padStart(4, '0')}`)
  }

  /** Bytes of another writer, which are a part of the file as they are. */
  append(bytes: Uint8Array): void {
    this.to.raw(bytes)
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

  /** The keys that follow are of this database. */
  database(database: number): void {
    this.to.byte(format.OP_SELECT_DB)
    this.to.length(database)
  }

  /** The keys that follow are of this database, which has so many, of which so many have deadlines. */
  select(database: number, keys: number, volatile: number): void {
    this.database(database)
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
