/**
 * Requests that make the data, as Redis rewrites its append-only file: what a snapshot in the format
 * `resp` is made of, without its records.
 *
 * Vector sets are payloads in there, which say what version of RDB they are of; here that is the one
 * that was asked for.
 */
import { HEADER_SIZE } from '../persistence/record.ts'
import { respFormat, type Steps } from '../persistence/snapshot-format.ts'
import { dumpSteps } from '../rdb/payload.ts'
import type { Value } from '../types/value.ts'
import { VectorSet } from '../types/vector-set.ts'
import { fromBytes, toBytes } from '../util/bytes.ts'
import type { DataWriter } from './export.ts'

export class RespDataWriter implements DataWriter {
  failure: { error: unknown; key: string } | null = null
  private readonly writer = respFormat.writer()
  private readonly version: number | undefined
  private readonly pieces: Uint8Array[] = []
  private held = 0
  /** The database that the writer within has selected. */
  private selected = 0

  constructor(libraries: Iterable<string>, version: number | undefined) {
    this.version = version
    for (const code of libraries) this.request('FUNCTION', 'LOAD', code)
  }

  get size(): number {
    return this.writer.size + this.held
  }

  entry(dbIndex: number, key: string, value: Value, deadline: number): Steps | null {
    if (value instanceof VectorSet) return this.payload(dbIndex, key, value, deadline)
    this.selected = dbIndex
    return this.writer.entry(dbIndex, key, value, deadline)
  }

  private *payload(
    dbIndex: number,
    key: string,
    value: VectorSet,
    deadline: number,
  ): Generator<void, void> {
    const { version } = this
    const options = version === undefined ? {} : { version }
    try {
      const payload = yield* dumpSteps(value, { ...options, compress: false })
      this.request('SELECT', String(dbIndex))
      this.request('RESTORE', key, String(deadline), fromBytes(payload), 'ABSTTL')
      this.request('SELECT', String(this.selected))
    } catch (error) {
      this.failure ??= { error, key }
    }
  }

  take(): Uint8Array {
    return this.drain()
  }

  drain(): Uint8Array {
    this.gather()
    const bytes = new Uint8Array(this.held)
    let at = 0
    for (const piece of this.pieces.splice(0)) {
      bytes.set(piece, at)
      at += piece.length
    }
    this.held = 0
    return bytes
  }

  end(): Uint8Array {
    return this.drain()
  }

  private request(...argv: string[]): void {
    this.gather()
    this.hold(toBytes(`*${argv.length}\r\n${argv.map(bulk).join('')}`))
  }

  /** What the writer within has written comes first. */
  private gather(): void {
    if (this.writer.size > 0) this.hold(this.writer.take(0, 0).subarray(HEADER_SIZE))
  }

  private hold(piece: Uint8Array): void {
    this.pieces.push(piece)
    this.held += piece.length
  }
}

const bulk = (word: string): string => `$${word.length}\r\n${word}\r\n`
