/**
 * Hashes in an RDB: fields and values, in a listpack while they are few and short, else in a row.
 *
 * Where fields have deadlines, a listpack has three elements a field and is ordered by deadline, those
 * that have none (0) last; a row has each deadline before its field, as its distance from the earliest
 * one, plus one because 0 means none. Both say the earliest one first.
 */
import {
  HASHTABLE,
  Hash,
  inTemplate,
  LISTPACK,
  LISTPACK_EX,
  TEMPLATE,
  TEMPLATE_ARRAY,
} from '../types/hash.ts'
import { parseInteger } from '../util/integer.ts'
import {
  type Decoder,
  type Encoder,
  type Limits,
  piece,
  pieces,
  STEP,
  type Steps,
} from './codec.ts'
import { EmptyValue, MalformedRdb, NotRepresentable } from './errors.ts'
import {
  HASH_LISTPACK,
  HASH_LISTPACK_EX,
  HASH_PLAIN,
  HASH_TEMPLATE,
  HASH_TEMPLATE_ARRAY,
  HASH_TEMPLATE_REF,
  HASH_TIMED,
  HASH_ZIPLIST,
  SINCE_FIELD_TIMES,
  SINCE_TEMPLATES,
} from './format.ts'
import { ListpackWriter, readListpack } from './listpack.ts'
import type { RdbReader } from './reader.ts'
import type { RdbWriter } from './writer.ts'
import { readZiplist, readZipmap } from './ziplist.ts'

/** How the names of a template are spelled: in a listpack, or in a row. */
const PACKED_NAMES = 0
const PLAIN_NAMES = 1

/** Deadlines have 48 bits, and one value of these says that there is none. */
const MOST_TIME = 2 ** 48 - 2

// ---- Writing ----------------------------------------------------------------------------------

export const hashEncoder: Encoder<Hash> = {
  form(hash, to) {
    if (to.version < SINCE_FIELD_TIMES) {
      if (hash.volatile > 0) {
        if (to.newer) return hash.encoding === LISTPACK_EX ? HASH_LISTPACK_EX : HASH_TIMED
        throw new NotRepresentable(`RDB ${to.version} has no form for fields with deadlines`)
      }
    } else if (hash.encoding === LISTPACK_EX) return HASH_LISTPACK_EX
    else if (hash.volatile > 0) return HASH_TIMED
    if (hash.compact && to.version >= SINCE_TEMPLATES) {
      return hash.encoding === TEMPLATE_ARRAY ? HASH_TEMPLATE_ARRAY : HASH_TEMPLATE
    }
    return hash.encoding === HASHTABLE || hash.encoding === TEMPLATE_ARRAY
      ? HASH_PLAIN
      : HASH_LISTPACK
  },
  write(to, hash, form) {
    if (form === HASH_PLAIN || form === HASH_TIMED) return writeFields(to, hash, form)
    if (form === HASH_TEMPLATE || form === HASH_TEMPLATE_ARRAY) return writeCompact(to, hash, form)
    const items = new ListpackWriter()
    if (form === HASH_LISTPACK) {
      for (let i = 0; i < hash.size; i++) {
        items.add(hash.keyAt(i))
        items.add(hash.valueAt(i))
      }
    } else {
      to.millis(earliest(hash))
      for (const i of byDeadline(hash)) {
        items.add(hash.keyAt(i))
        items.add(hash.valueAt(i))
        items.addInteger(hash.timeAt(i))
      }
    }
    to.blob(items.bytes, 0, items.finish())
    return null
  },
}

function* writeFields(to: RdbWriter, hash: Hash, form: number): Steps {
  const timed = form === HASH_TIMED
  const base = timed ? earliest(hash) : 0
  if (timed) to.millis(base)
  const { size } = hash
  to.length(size)
  for (let i = 0; i < size; i++) {
    if (timed) {
      const at = hash.timeAt(i)
      to.length(at === 0 ? 0 : at - base + 1)
    }
    to.string(hash.keyAt(i))
    to.string(hash.valueAt(i))
    if ((i + 1) % STEP === 0) yield
  }
}

/** Names first, all values then; a listpack of values has the number of the template in front. */
function* writeCompact(to: RdbWriter, hash: Hash, form: number): Steps {
  const { size } = hash
  if (form === HASH_TEMPLATE) {
    const names = new ListpackWriter()
    const values = new ListpackWriter()
    values.addInteger(0)
    for (let i = 0; i < size; i++) {
      names.add(hash.keyAt(i))
      values.add(hash.valueAt(i))
    }
    to.length(PACKED_NAMES)
    to.blob(names.bytes, 0, names.finish())
    to.blob(values.bytes, 0, values.finish())
    return
  }
  to.length(PLAIN_NAMES)
  to.length(size)
  for (let i = 0; i < size; i++) to.string(hash.keyAt(i))
  yield
  for (let i = 0; i < size; i++) to.string(hash.valueAt(i))
}

/** The earliest deadline of a field, or 0. */
function earliest(hash: Hash): number {
  let least = 0
  for (let i = 0; i < hash.size; i++) {
    const at = hash.timeAt(i)
    if (at !== 0 && (least === 0 || at < least)) least = at
  }
  return least
}

/** Places of the fields, those without a deadline last. */
function byDeadline(hash: Hash): number[] {
  const rank = (place: number): number => hash.timeAt(place) || Number.POSITIVE_INFINITY
  return Array.from({ length: hash.size }, (_, place) => place).sort((a, b) => {
    const [left, right] = [rank(a), rank(b)]
    return left === right ? a - b : left - right
  })
}

// ---- Reading ----------------------------------------------------------------------------------

export const plainHashDecoder: Decoder = {
  *steps(from, limits) {
    const count = yield* piece(from, () => from.length(2))
    const hash = empty(limits, count, LISTPACK)
    yield* pieces(from, count, () => {
      const field = from.string()
      const value = from.string()
      add(hash, field, value)
      hash.fit(limits.hashLimits, field, value)
    })
    return filled(hash)
  },
}

/** With deadlines; the early form has them as they are. */
export const timedHashDecoder: Decoder = {
  *steps(from, limits, form) {
    const base = form === HASH_TIMED ? yield* piece(from, () => earliestTime(from)) : 1
    const count = yield* piece(from, () => from.length(3))
    const hash = empty(limits, count, LISTPACK_EX)
    yield* pieces(from, count, () => {
      const distance = from.integer()
      const field = from.string()
      const value = from.string()
      const place = add(hash, field, value)
      if (distance !== 0) {
        const at = typeof distance === 'number' ? base + distance - 1 : Number.NaN
        hash.setExpiryAt(place, deadline(at))
      }
      hash.fit(limits.hashLimits, field, value)
    })
    return filled(hash)
  },
}

export const zipmapDecoder: Decoder = {
  read: (from, limits) => ofPairs(readZipmap(from.blob()), limits, true),
}

export const packedHashDecoder: Decoder = {
  read(from, limits, form) {
    const blob = from.blob()
    return ofPairs(form === HASH_ZIPLIST ? readZiplist(blob) : readListpack(blob), limits, false)
  },
}

/** Three elements a field; the early form does not tell the earliest deadline. */
export const timedListpackDecoder: Decoder = {
  read(from, limits, form) {
    if (form === HASH_LISTPACK_EX) from.int64()
    const items = readListpack(from.blob())
    if (items.length % 3 !== 0) from.fail('a field has no deadline')
    const count = items.length / 3
    const hash = empty(limits, count, LISTPACK_EX)
    let before = 0
    for (let i = 0; i < items.length; i += 3) {
      const place = add(hash, items[i] as string, items[i + 1] as string)
      const at = deadline(parseInteger(items[i + 2] as string))
      // In order, so that what is due stands in front.
      if (at !== 0 && (at < before || (before === 0 && i > 0))) from.fail('deadlines out of order')
      if (at !== 0) hash.setExpiryAt(place, at)
      before = at
    }
    return filled(hash)
  },
}

/** A template of a file: its number, and names. */
export function readTemplate(from: RdbReader): void {
  const id = from.integer()
  if (from.templates.has(id)) from.fail('a template comes twice')
  const names = readNames(from)
  from.templates.set(id, names)
}

function readNames(from: RdbReader): string[] {
  const names: string[] = []
  for (let left = from.length(); left > 0; left--) names.push(from.string())
  return inOrder(names)
}

/** Names of a template, which has some, and has them in order. */
function inOrder(names: string[]): string[] {
  if (names.length === 0) throw new MalformedRdb('a template without fields')
  for (let i = 1; i < names.length; i++) {
    if (inTemplate(names[i - 1] as string, names[i] as string) >= 0) {
      throw new MalformedRdb('the fields of a template are not in order')
    }
  }
  return names
}

/** A compact one, with its names or the number of a template, its values in a listpack or a row. */
export const templateDecoder: Decoder = {
  *steps(from, limits, form) {
    const packed = form === HASH_TEMPLATE || form === HASH_TEMPLATE_REF
    const { names, values } = yield* piece(from, () => readHead(from, form))
    const hash = new Hash(limits.seed)
    yield* pieces(from, names.length, (i) => {
      hash.insert(names[i] as string, packed ? (values[i] as string) : from.string())
    })
    const large = !packed || names.length > limits.hashLimits.entries
    hash.encoding = large ? TEMPLATE_ARRAY : TEMPLATE
    return hash
  },
}

/** Everything of a compact one but a row of values. */
export function readHead(
  from: RdbReader,
  form: number,
): { names: readonly string[]; values: readonly string[] } {
  const packed = form === HASH_TEMPLATE || form === HASH_TEMPLATE_REF
  let names: readonly string[] | undefined
  if (form === HASH_TEMPLATE || form === HASH_TEMPLATE_ARRAY) {
    const kind = from.integer()
    if (kind === PACKED_NAMES) names = inOrder(readListpack(from.blob()))
    else if (kind === PLAIN_NAMES) names = readNames(from)
    else from.fail('names of fields in an unknown form')
  } else if (!packed) names = from.templates.get(from.integer())
  const values = packed ? readListpack(from.blob()) : []
  if (packed) {
    const id = parseInteger(values.shift() ?? '')
    if (id === undefined) from.fail('the number of a template is none')
    else names ??= from.templates.get(id)
  }
  if (names === undefined) return from.fail('a template that is not there')
  if (packed && values.length !== names.length) from.fail('a field has no value')
  return { names, values }
}

function ofPairs(items: readonly string[], limits: Limits, measured: boolean): Hash {
  if (items.length % 2 !== 0) throw new MalformedRdb('a field has no value')
  const hash = empty(limits, items.length / 2, LISTPACK)
  for (let i = 0; i < items.length; i += 2) {
    const [field, value] = [items[i] as string, items[i + 1] as string]
    add(hash, field, value)
    if (measured) hash.fit(limits.hashLimits, field, value)
  }
  return filled(hash)
}

/** An empty hash in the layout that so many fields ask for. */
function empty(limits: Limits, count: number, encoding: number): Hash {
  const hash = new Hash(limits.seed)
  hash.encoding = count > limits.hashLimits.entries ? HASHTABLE : encoding
  return hash
}

function add(hash: Hash, field: string, value: string): number {
  if (hash.find(field) >= 0) throw new MalformedRdb('a hash has a field twice')
  return hash.insert(field, value)
}

function filled(hash: Hash): Hash {
  if (hash.size === 0) throw new EmptyValue('a hash without fields')
  return hash
}

function earliestTime(from: RdbReader): number {
  const at = from.int64()
  return typeof at === 'number' && at >= 0 ? at : from.fail('a deadline that is none')
}

function deadline(at: number | bigint | undefined): number {
  if (typeof at !== 'number' || !(at >= 0) || at > MOST_TIME) {
    throw new MalformedRdb('a deadline that is none')
  }
  return at
}
