/**
 * Commands as RESP arrays of bulk strings: what journal and snapshot are made of.
 *
 * The parser of connections works on any chunking and on hostile input. This one reads payloads that are
 * complete and whose checksum was right, so it is short, and anything it does not like means damage.
 */

import { ARRAY, BULK, CR, LF } from '../protocol/signs.ts'
import { fromBytes, writeBytes } from '../util/bytes.ts'
import { HEADER_SIZE, type RecordKind, seal } from './record.ts'

const HASH = 0x23

/** Collects commands behind room for a record's header. */
export class EffectWriter {
  private bytes: Uint8Array
  private at = HEADER_SIZE
  private readonly initial: number

  constructor(capacity = 4096) {
    this.initial = HEADER_SIZE + capacity
    this.bytes = new Uint8Array(this.initial)
  }

  /** Bytes of commands so far. */
  get size(): number {
    return this.at - HEADER_SIZE
  }

  command(argv: readonly string[]): void {
    let size = 16
    for (let i = 0; i < argv.length; i++) size += (argv[i] as string).length + 16
    this.reserve(size)
    this.count(ARRAY, argv.length)
    for (let i = 0; i < argv.length; i++) this.bulk(argv[i] as string)
  }

  /** The parts of a command, for those that make no array of it. The caller writes all of them. */
  begin(words: number): void {
    this.reserve(16)
    this.count(ARRAY, words)
  }

  word(word: string): void {
    this.reserve(word.length + 16)
    this.bulk(word)
  }

  /** A line that Redis skips. */
  note(text: string): void {
    this.reserve(text.length + 3)
    this.bytes[this.at++] = HASH
    this.at = writeBytes(text, this.bytes, this.at)
    this.bytes[this.at++] = CR
    this.bytes[this.at++] = LF
  }

  /** Everything so far as one record, in an array of exactly its size; the writer is empty then. */
  take(kind: RecordKind, sequence: number, epoch: number): Uint8Array {
    const record = this.bytes.slice(0, this.at)
    seal(record, kind, sequence, epoch)
    this.clear()
    return record
  }

  clear(): void {
    this.at = HEADER_SIZE
    // One huge value should not keep a huge buffer.
    if (this.bytes.length > 4 * this.initial) this.bytes = new Uint8Array(this.initial)
  }

  private bulk(word: string): void {
    this.count(BULK, word.length)
    this.at = writeBytes(word, this.bytes, this.at)
    this.bytes[this.at++] = CR
    this.bytes[this.at++] = LF
  }

  private count(mark: number, n: number): void {
    const { bytes } = this
    bytes[this.at++] = mark
    if (n < 10) bytes[this.at++] = 48 + n
    else this.at = writeBytes(String(n), bytes, this.at)
    bytes[this.at++] = CR
    bytes[this.at++] = LF
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return
    const bytes = new Uint8Array(Math.max(this.at + more, this.bytes.length * 2))
    bytes.set(this.bytes.subarray(0, this.at))
    this.bytes = bytes
  }
}

/** A payload that passed its checksum and still is not what it should be. */
export class MalformedPayload extends Error {
  override readonly name: string = 'MalformedPayload'
}

/** The commands of one payload, in order. */
export class EffectReader {
  private readonly bytes: Uint8Array
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** The next command as byte strings that keep nothing else alive, or null at the end. */
  next(): string[] | null {
    const { bytes } = this
    while (bytes[this.at] === HASH) this.skipLine()
    if (this.at >= bytes.length) return null
    const count = this.number(ARRAY)
    if (count === 0) throw new MalformedPayload(`an empty command at byte ${this.at}`)
    const argv: string[] = []
    for (let i = 0; i < count; i++) {
      const length = this.number(BULK)
      const end = this.at + length
      if (bytes[end] !== CR || bytes[end + 1] !== LF) {
        throw new MalformedPayload(`a word without an end at byte ${this.at}`)
      }
      argv.push(fromBytes(bytes, this.at, end))
      this.at = end + 2
    }
    return argv
  }

  private number(mark: number): number {
    const { bytes } = this
    const start = this.at
    if (bytes[this.at++] === mark) {
      let n = 0
      for (let digits = 0; digits < 11; digits++) {
        const code = bytes[this.at++] as number
        if (code === CR && digits > 0 && bytes[this.at++] === LF) return n
        if (!(code >= 48 && code <= 57)) break
        n = n * 10 + code - 48
      }
    }
    throw new MalformedPayload(`not a command at byte ${start}`)
  }

  private skipLine(): void {
    const end = this.bytes.indexOf(LF, this.at)
    if (end < 0) throw new MalformedPayload(`a note without an end at byte ${this.at}`)
    this.at = end + 1
  }
}

/** The notes `#name:value` of a payload. */
export function readNotes(payload: Uint8Array): Map<string, string> {
  const notes = new Map<string, string>()
  for (const line of fromBytes(payload).split('\r\n')) {
    const colon = line.indexOf(':')
    if (line.startsWith('#') && colon > 0) notes.set(line.slice(1, colon), line.slice(colon + 1))
  }
  return notes
}
