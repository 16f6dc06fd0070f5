/**
 * DEBUG DIGEST: one number for a whole data set, equal to Redis's for the same data.
 *
 * Keys are mixed by XOR, so that their order does not matter; what has an order (a list, the bytes of
 * one value) is mixed by hashing what was mixed before.
 */
import { type Database, NO_EXPIRY } from '../keyspace/database.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { ArrayValue, MAX_INDEX } from '../types/array.ts'
import { Hash } from '../types/hash.ts'
import { Stream } from '../types/stream.ts'
import { textOf } from '../types/string.ts'
import { LIST, SET, typeOf, type Value, type ValueOf } from '../types/value.ts'
import { VectorSet } from '../types/vector-set.ts'
import { ZSet } from '../types/zset.ts'
import { fromBytes } from '../util/bytes.ts'
import { formatG17 } from '../util/float.ts'
import { sha1 } from '../util/sha1.ts'

const SIZE = 20

/** Twenty bytes under construction. */
class Digest {
  readonly bytes: number[] = new Array(SIZE).fill(0)

  /** Add something whose place does not matter. */
  xor(data: string): void {
    const hash = sha1(data)
    for (let i = 0; i < SIZE; i++) {
      this.bytes[i] = (this.bytes[i] as number) ^ Number.parseInt(hash.slice(2 * i, 2 * i + 2), 16)
    }
  }

  /** Add something that comes after what was added before. */
  mix(data: string): void {
    this.xor(data)
    const hash = sha1(String.fromCharCode(...this.bytes))
    for (let i = 0; i < SIZE; i++) {
      this.bytes[i] = Number.parseInt(hash.slice(2 * i, 2 * i + 2), 16)
    }
  }

  get raw(): string {
    return String.fromCharCode(...this.bytes)
  }

  toString(): string {
    return this.bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  }
}

/** A 32-bit number as four bytes, the highest first. */
const word = (n: number): string =>
  String.fromCharCode(n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255)

/** Each element is mixed by itself, so that their order does not matter. */
function addVectorSet(digest: Digest, set: VectorSet): void {
  const whole = new Digest()
  const head = new Digest()
  head.mix(String(set.size))
  head.mix(String(set.shape.dimension))
  whole.xor(head.raw)
  for (let i = 0; i < set.size; i++) {
    const element = set.elementAt(i)
    const slot = set.find(element)
    const attribute = set.attributeOf(slot)
    const one = new Digest()
    one.mix(fromBytes(set.stored(slot)))
    one.mix(element)
    if (attribute !== null) one.mix(attribute)
    whole.xor(one.raw)
  }
  digest.xor(whole.raw)
}

function addValue(digest: Digest, value: Value, expires: boolean): void {
  const type = typeOf(value)
  digest.mix(word(type))
  if (value instanceof Hash) {
    for (let i = 0; i < value.size; i++) {
      const pair = new Digest()
      pair.mix(value.keyAt(i))
      pair.mix(value.valueAt(i))
      if (value.timeAt(i) !== 0) pair.xor('!!hexpire!!')
      digest.xor(pair.raw)
    }
  } else if (type === LIST) {
    const { items } = value as ValueOf[typeof LIST]
    items.forEach((item) => {
      digest.mix(item)
    })
  } else if (type === SET) {
    const set = value as ValueOf[typeof SET]
    set.forEach((member) => {
      digest.xor(member)
    })
  } else if (value instanceof ZSet) {
    value.forEach((member, score) => {
      const pair = new Digest()
      pair.mix(member)
      pair.mix(formatG17(score))
      digest.xor(pair.raw)
    })
  } else if (value instanceof ArrayValue) {
    value.scan(0, MAX_INDEX, (text, index) => {
      digest.mix(`${index}`)
      digest.mix(text)
      return true
    })
  } else if (value instanceof Stream) {
    const cursor = value.range()
    while (cursor.next()) {
      digest.mix(`${cursor.ms}.${cursor.seq}`)
      for (const word of cursor.words()) digest.mix(word)
    }
  } else if (value instanceof VectorSet) addVectorSet(digest, value)
  else digest.mix(textOf(value as ValueOf[0]))
  if (expires) digest.xor('!!expire!!')
}

const expiresAt = (db: Database, index: number): boolean => db.deadlineAt(index) !== NO_EXPIRY

/** Of the value at this place, whatever its key. */
export function digestOfValue(db: Database, index: number): string {
  const digest = new Digest()
  addValue(digest, db.valueAt(index), expiresAt(db, index))
  return digest.toString()
}

/** Of no value at all. */
export const NO_DIGEST: string = new Digest().toString()

/** Of everything. */
export function digestOfAll(keyspace: Keyspace): string {
  const whole = new Digest()
  for (const db of keyspace.databases) {
    if (db.size === 0) continue
    whole.mix(word(db.index))
    for (let i = 0; i < db.size; i++) {
      const entry = new Digest()
      entry.mix(db.keyAt(i))
      addValue(entry, db.valueAt(i), expiresAt(db, i))
      whole.xor(entry.raw)
    }
  }
  return whole.toString()
}
