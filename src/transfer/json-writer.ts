/** JSON, an entry a line; `README.md` has the format. */
import type { Steps } from '../persistence/snapshot-format.ts'
import { dumpSteps } from '../rdb/payload.ts'
import { ArrayValue } from '../types/array.ts'
import { Hash } from '../types/hash.ts'
import { List } from '../types/list.ts'
import { SetValue } from '../types/set.ts'
import { type StringValue, textOf } from '../types/string.ts'
import { typeOf, type Value } from '../types/value.ts'
import { ZSet } from '../types/zset.ts'
import { encodeBase64 } from '../util/base64.ts'
import { decodeUtf8, encodeUtf8, fromBytes, isAscii, toBytes } from '../util/bytes.ts'
import type { DataWriter } from './export.ts'
import { JSON_FORMAT, JSON_VERSION } from './json-reader.ts'

/** Elements an entry; what a value has more follows in further entries. */
const ELEMENTS = 1024
const NO_DEADLINE = 0
/** Types whose whole state only a payload has. */
const DUMPED: Readonly<Record<number, string>> = { 6: 'stream' }

type Json = string | number | { base64: string } | readonly Json[]

export class JsonDataWriter implements DataWriter {
  failure: { error: unknown; key: string } | null = null
  private text: string[] = []
  private bytes = 0
  private first = true

  constructor(facts: Readonly<Record<string, string | number>>) {
    const { 'redis-ver': redis, ctime } = facts
    const head = { format: JSON_FORMAT, version: JSON_VERSION, redis, time: Number(ctime) * 1000 }
    this.put(`${JSON.stringify(head).slice(0, -1)},"entries":[`)
  }

  get size(): number {
    return this.bytes
  }

  drain(): Uint8Array {
    const bytes = toBytes(this.text.join(''))
    this.text = []
    this.bytes = 0
    return bytes
  }

  take(): Uint8Array {
    return this.drain()
  }

  end(): Uint8Array {
    this.put('\n]}\n')
    return this.drain()
  }

  library(code: string): void {
    this.line({ library: stringOf(code) })
  }

  entry(dbIndex: number, key: string, value: Value, deadline: number): Steps | null {
    const head = {
      db: dbIndex,
      key: stringOf(key),
      ...(deadline === NO_DEADLINE ? {} : { expireAt: deadline }),
    }
    if (typeof value !== 'object' || !isCollection(value)) {
      const type = DUMPED[typeOf(value)] ?? null
      if (typeof value !== 'object' || isBytes(value)) {
        this.line({ ...head, type: 'string', value: stringOf(textOf(value as StringValue)) })
        return null
      }
      return this.dumped({ ...head, type: type ?? 'vectorset' }, value)
    }
    return this.collection(head, value)
  }

  private *dumped(head: object, value: Value): Generator<void, void> {
    const payload = yield* dumpSteps(value)
    this.line({ ...head, dump: encodeBase64(fromBytes(payload)) })
  }

  private *collection(head: object, value: Collection): Generator<void, void> {
    const type = typeName(value)
    const extra =
      value instanceof ArrayValue && value.lastInserted !== null
        ? { lastInserted: String(value.lastInserted) }
        : {}
    let more = {}
    for (const items of slices(value)) {
      this.line({ ...head, type, ...more, value: items, ...extra })
      more = { more: true }
      yield
    }
  }

  private line(entry: object): void {
    this.put(`${this.first ? '' : ','}\n${JSON.stringify(entry)}`)
    this.first = false
  }

  private put(text: string): void {
    const bytes = encodeUtf8(text)
    this.text.push(bytes)
    this.bytes += bytes.length
  }
}

type Collection = List | SetValue | Hash | ZSet | ArrayValue

const isCollection = (value: object): value is Collection =>
  value instanceof List ||
  value instanceof SetValue ||
  value instanceof Hash ||
  value instanceof ZSet ||
  value instanceof ArrayValue

const isBytes = (value: object): boolean => 'data' in value && 'extend' in value

function typeName(value: Collection): string {
  if (value instanceof List) return 'list'
  if (value instanceof SetValue) return 'set'
  if (value instanceof Hash) return 'hash'
  return value instanceof ZSet ? 'zset' : 'array'
}

/** The elements, some at a time. */
function* slices(value: Collection): Generator<Json[], void> {
  if (value instanceof ArrayValue) return yield* arraySlices(value)
  const size = value instanceof List ? value.length : value.size
  for (let start = 0; start < size; start += ELEMENTS) {
    yield slice(value, start, Math.min(size, start + ELEMENTS))
  }
}

function slice(value: Exclude<Collection, ArrayValue>, start: number, end: number): Json[] {
  const items: Json[] = []
  if (value instanceof List) return value.items.range(start, end).map(stringOf)
  if (value instanceof ZSet) {
    value.walk(start, end, (member, score) => {
      items.push([stringOf(member), scoreOf(score)])
    })
    return items
  }
  for (let i = start; i < end; i++) {
    if (value instanceof SetValue) items.push(stringOf(value.at(i)))
    else {
      const at = value.timeAt(i)
      const pair = [stringOf(value.keyAt(i)), stringOf(value.valueAt(i))]
      items.push(at === 0 ? pair : [...pair, at])
    }
  }
  return items
}

function* arraySlices(value: ArrayValue): Generator<Json[], void> {
  let items: Json[] = []
  const all: Json[][] = []
  value.scan(0, MOST_INDEX, (text, index) => {
    items.push([String(index), stringOf(text)])
    if (items.length === ELEMENTS) {
      all.push(items)
      items = []
    }
    return true
  })
  yield* all
  if (items.length > 0) yield items
}

const MOST_INDEX = 2n ** 64n - 2n

/** Text, or bytes that are none. */
function stringOf(bytes: string): string | { base64: string } {
  if (isAscii(bytes)) return bytes
  const text = decodeUtf8(bytes)
  return encodeUtf8(text) === bytes ? text : { base64: encodeBase64(bytes) }
}

/** JSON has no numbers for these. */
function scoreOf(score: number): string | number {
  if (Object.is(score, -0)) return '-0'
  return Number.isFinite(score) ? score : score > 0 ? 'inf' : '-inf'
}
