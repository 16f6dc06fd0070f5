/**
 * JSON into a scratch engine; `README.md` has the format.
 *
 * The document is taken apart as it comes: what stands outside of `entries` is small, and each entry is
 * parsed by itself. An entry becomes the commands that make it, so a value is checked as one that a
 * client sends.
 */
import { CommandError } from '../core/errors.ts'
import type { Client } from '../engine/client.ts'
import type { Engine } from '../engine/engine.ts'
import type { Reading } from '../rdb/codec.ts'
import { EndsEarly, MalformedRdb } from '../rdb/errors.ts'
import type { RdbReader } from '../rdb/reader.ts'
import { decodeBase64 } from '../util/base64.ts'
import { decodeUtf8, encodeUtf8, fromBytes } from '../util/bytes.ts'
import { formatDouble } from '../util/float.ts'
import type { Intake } from './intake.ts'
import { NOWHERE } from './scratch.ts'
import { type ImportOptions, type ImportReport, TransferError } from './types.ts'

export const JSON_FORMAT = 'respite'
export const JSON_VERSION = 1

const ENTRIES = 32
/** Elements a command. */
const ELEMENTS = 512
const SURROGATE = /\p{Surrogate}/u

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const COLON = 58

type Fields = Readonly<Record<string, unknown>>

export function* readJson(
  scratch: Engine,
  intake: Intake,
  options: ImportOptions,
  report: ImportReport,
): Reading<void> {
  yield* new JsonReading(scratch, intake, options, report).run()
}

class JsonReading {
  private readonly from: RdbReader
  private readonly file: string
  private readonly engine: Engine
  private readonly client: Client
  private readonly repair: boolean
  private readonly report: ImportReport
  private readonly now: number

  constructor(engine: Engine, intake: Intake, options: ImportOptions, report: ImportReport) {
    this.engine = engine
    this.from = intake.reader
    this.file = intake.file
    this.repair = options.repair === true
    this.report = report
    this.now = engine.now()
    this.client = engine.connect(NOWHERE, { address: 'import', local: '' })
    this.client.internal = true
    this.client.authenticated = true
  }

  *run(): Reading<void> {
    const { from } = this
    yield* this.expect('{')
    let known = false
    for (let first = true; ; first = false) {
      const next = yield* this.sign()
      if (next === '}') break
      if (!first) {
        if (next !== ',') this.fail('a comma is missing')
        yield* this.sign()
      }
      from.at--
      const name = this.parse(yield* this.extent())
      yield* this.expect(':')
      if (name === 'entries') {
        if (!known) this.fail('what this is has to stand before the entries')
        yield* this.entries()
        continue
      }
      yield* this.sign()
      from.at--
      const value = this.parse(yield* this.extent())
      if (name === 'format') {
        if (value !== JSON_FORMAT) this.fail('JSON of another kind')
      } else if (name === 'version') {
        if (typeof value !== 'number' || !(value >= 1)) this.fail('a version that is none')
        if ((value as number) > JSON_VERSION) this.newer(`version ${value}, which is not known`)
        known = true
      } else if (typeof value === 'string' || typeof value === 'number') {
        this.report.facts[String(name)] = String(value)
      }
    }
    if (!known) this.fail('JSON of another kind')
    for (;;) {
      while (from.at < from.end) {
        if ((from.bytes[from.at++] as number) > 32) this.fail('something follows the end')
      }
      if (from.beyond === 0) return
      yield 1
    }
  }

  private *entries(): Reading<void> {
    const { from } = this
    yield* this.expect('[')
    for (let count = 1; ; count++) {
      let next = yield* this.sign()
      if (next === ']') return
      if (count > 1) {
        if (next !== ',') this.fail('a comma is missing')
        next = yield* this.sign()
      }
      from.at--
      const { offset } = from
      const bytes = yield* this.extent()
      let key: string | null = null
      try {
        const entry = this.parse(bytes)
        if (!isFields(entry)) throw new MalformedRdb('an entry that is no object', offset)
        if (entry.library !== undefined) {
          this.engine.rdb.libraries.load(this.string(entry.library), true)
          continue
        }
        key = this.string(entry.key)
        this.take(key, entry)
      } catch (error) {
        if (!(error instanceof MalformedRdb)) throw error
        error.key = key
        error.offset = offset
        if (!this.repair) throw error
        if (key !== null) this.engine.execute(this.client, ['DEL', key])
        this.report.losses.push({ file: this.file, offset, key, reason: error.reason })
      }
      if (count % ENTRIES === 0) yield 0
    }
  }

  // ---- Entries ----------------------------------------------------------------------------------

  private take(key: string, entry: Fields): void {
    const { engine, client } = this
    const db = entry.db ?? 0
    if (typeof db !== 'number' || !engine.keyspace.has(db)) this.fail(`there is no database ${db}`)
    client.dbIndex = db as number
    const { expireAt } = entry
    if (expireAt !== undefined && !isTime(expireAt)) this.fail('a deadline that is none')
    const deadline = expireAt as number | undefined
    const there = engine.keyspace.at(client.dbIndex).find(key) >= 0
    if (there && entry.more !== true) this.fail('a key comes twice')
    if (deadline !== undefined && deadline < this.now) {
      if (entry.more !== true) this.report.expired++
      return
    }
    if (entry.more === true && !there) this.fail('more of a key that is not there')
    this.value(key, entry)
    if (deadline !== undefined) this.request(['PEXPIREAT', key, String(deadline)])
    if (engine.keyspace.at(client.dbIndex).find(key) < 0) this.fail('a key without a value')
  }

  private value(key: string, entry: Fields): void {
    const { type, value, dump } = entry
    if (dump !== undefined) {
      const payload = typeof dump === 'string' ? decodeBase64(dump) : undefined
      this.request(['RESTORE', key, '0', payload ?? this.fail('a payload that is not base64')])
      return
    }
    switch (type) {
      case 'string':
        this.request(['SET', key, this.string(value)])
        return
      case 'list':
        this.add('RPUSH', key, value, (item) => [this.string(item)])
        return
      case 'set':
        this.add('SADD', key, value, (item) => [this.string(item)])
        return
      case 'zset':
        this.add('ZADD', key, value, (item) => {
          const [member, score] = this.row(item, 2)
          return [this.score(score), this.string(member)]
        })
        return
      case 'hash':
        this.hash(key, value)
        return
      case 'array':
        this.add('ARMSET', key, value, (item) => {
          const [index, text] = this.row(item, 2)
          return [String(index), this.string(text)]
        })
        if (entry.lastInserted !== undefined) {
          this.request(['ARSEEK', key, String(BigInt(String(entry.lastInserted)) + 1n)])
        }
        return
      default:
        this.fail('a value of an unknown type')
    }
  }

  private hash(key: string, value: unknown): void {
    const times: [field: string, at: number][] = []
    this.add('HSET', key, value, (item) => {
      const [field, text, at] = this.row(item, 2, 3)
      const name = this.string(field)
      if (at !== undefined) {
        if (!isTime(at)) this.fail('a deadline that is none')
        times.push([name, at as number])
      }
      return [name, this.string(text)]
    })
    for (const [field, at] of times) {
      this.request(['HPEXPIREAT', key, String(at), 'FIELDS', '1', field])
    }
  }

  /** Add elements, some at a time. */
  private add(name: string, key: string, value: unknown, words: (item: unknown) => string[]): void {
    if (!Array.isArray(value)) this.fail('a value that is no array')
    const items = value as unknown[]
    for (let start = 0; start < items.length; start += ELEMENTS) {
      this.request([name, key, ...items.slice(start, start + ELEMENTS).flatMap(words)])
    }
  }

  private request(argv: readonly string[]): void {
    const reply = this.engine.execute(this.client, argv)
    if (reply instanceof CommandError) this.fail(`${argv[0]}: ${reply.toString()}`)
  }

  /** A string: text, or bytes in base64. */
  private string(value: unknown): string {
    if (typeof value === 'string') {
      if (SURROGATE.test(value)) this.fail('half a character')
      return encodeUtf8(value)
    }
    const text = isFields(value) ? value.base64 : undefined
    const bytes = typeof text === 'string' ? decodeBase64(text) : undefined
    return bytes ?? this.fail('a string that is none')
  }

  private row(item: unknown, least: number, most = least): unknown[] {
    if (!Array.isArray(item) || item.length < least || item.length > most) {
      return this.fail('an element of another shape')
    }
    return item
  }

  private score(value: unknown): string {
    if (typeof value === 'number') return formatDouble(value)
    return value === 'inf' || value === '-inf' || value === '-0'
      ? value
      : this.fail('a score is no number')
  }

  private fail(reason: string): never {
    throw new MalformedRdb(reason, this.from.offset)
  }

  private newer(reason: string): never {
    const place = { file: this.file, offset: this.from.offset }
    throw new TransferError('unsupported', `JSON of the ${reason}`, place)
  }

  // ---- Bytes ------------------------------------------------------------------------------------

  /** The next byte that is no white space; it is read. */
  private *sign(): Reading<string> {
    const { from } = this
    for (;;) {
      while (from.at < from.end) {
        const code = from.bytes[from.at++] as number
        if (code > 32) return String.fromCharCode(code)
      }
      yield* this.more(1)
    }
  }

  private *expect(sign: string): Reading<void> {
    const found = yield* this.sign()
    if (found !== sign) {
      this.from.at--
      this.fail(`a ${sign} is missing`)
    }
  }

  private *more(count: number): Reading<void> {
    if (this.from.beyond === 0) throw new EndsEarly(this.from.offset)
    yield count
  }

  /** The bytes of the value that begins here; they are read. */
  private *extent(): Reading<Uint8Array> {
    const { from } = this
    let length = 0
    let depth = 0
    let quoted = false
    let escaped = false
    for (;;) {
      const { bytes, at, end } = from
      for (; at + length < end; length++) {
        const code = bytes[at + length] as number
        if (quoted) {
          if (escaped) escaped = false
          else if (code === BACKSLASH) escaped = true
          else if (code === QUOTE) quoted = false
          else continue
          if (quoted || depth > 0 || escaped) continue
          length++
          return from.raw(length)
        }
        if (code === QUOTE) quoted = true
        else if (code === 0x7b || code === 0x5b) depth++
        else if (code === 0x7d || code === 0x5d) {
          if (depth === 0) return from.raw(length)
          if (--depth === 0) return from.raw(length + 1)
        } else if (depth === 0 && length > 0 && (code === COMMA || code === COLON || code <= 32)) {
          return from.raw(length)
        }
      }
      // Twice as much each time, so that a long value is not copied for every piece of it.
      yield* this.more(Math.max(1, length))
    }
  }

  private parse(bytes: Uint8Array): unknown {
    const raw = fromBytes(bytes)
    const text = decodeUtf8(raw)
    if (encodeUtf8(text) !== raw) this.fail('this is not UTF-8')
    try {
      return JSON.parse(text)
    } catch {
      return this.fail('this is no JSON')
    }
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTime = (at: unknown): boolean => Number.isSafeInteger(at) && (at as number) > 0
