/**
 * How much of the heap a value takes: an estimate from what V8 spends on each kind of object.
 *
 * A one-byte string has a header of 16 bytes and is rounded up to 8; an object has three words before
 * its fields; a typed array costs about 200 bytes beside its data (measured, PERF.md).
 */
import { ArrayValue } from './array.ts'
import { Hash } from './hash.ts'
import type { List } from './list.ts'
import { SetValue } from './set.ts'
import { Stream } from './stream.ts'
import { Bytes } from './string.ts'
import type { Value } from './value.ts'
import { VectorSet } from './vector-set.ts'
import { ZSet } from './zset.ts'

const WORD = 8
const OBJECT = 3 * WORD
const TYPED_ARRAY = 200

/** An engine without keys: tables, commands, options. */
export const EMPTY_BYTES = 1 << 20

/** What the dictionary spends on an entry: three words of columns, two slots and a share of air. */
export const ENTRY_BYTES = 40

/** An entry among the deadlines, and a key that is nowhere else any more, of a length that is usual. */
export const DEADLINE_BYTES = 24
export const STALE_KEY_BYTES = 32

const rounded = (bytes: number): number => (bytes + 7) & ~7

/** A byte string on the heap. */
export const stringBytes = (length: number): number => rounded(16 + length)

/** Everything that hangs on a value; the entry that leads to it is not counted. */
export function valueBytes(value: Value): number {
  if (typeof value === 'string') return stringBytes(value.length)
  // A small integer needs no object of its own.
  if (typeof value === 'number') return (value | 0) === value ? 0 : 16
  if (value instanceof Bytes) return OBJECT + 2 * WORD + TYPED_ARRAY + value.data.length
  if (value instanceof Hash) return hashBytes(value)
  if (value instanceof ZSet) return zsetBytes(value)
  if (value instanceof ArrayValue) return arrayBytes(value)
  if (value instanceof Stream) return streamBytes(value)
  if (value instanceof VectorSet) return vectorSetBytes(value)
  return value instanceof SetValue ? setBytes(value) : listBytes(value)
}

function listBytes({ items }: List): number {
  const perItem = WORD + 16 + 4
  return 4 * OBJECT + items.bytes + items.length * perItem
}

/** Up to so many members, all are looked at; of more, some that stand apart from each other. */
const SET_SAMPLES = 128

function setBytes(set: SetValue): number {
  const { size, encoding } = set
  if (encoding === 'intset') return 3 * OBJECT + WORD * size
  const step = Math.max(1, Math.floor(size / SET_SAMPLES))
  let sum = 0
  let count = 0
  for (let i = 0; i < size; i += step, count++) sum += stringBytes(set.at(i).length)
  const members = count === 0 ? 0 : Math.round((sum / count) * size)
  return 3 * OBJECT + members + (encoding === 'listpack' ? WORD : ENTRY_BYTES) * size
}

/** Fields looked at to estimate the others: a large hash must not be walked through for INFO. */
const FIELDS = 64

function hashBytes(hash: Hash): number {
  const { size } = hash
  const step = Math.max(1, Math.floor(size / FIELDS))
  let sum = 0
  let count = 0
  for (let i = 0; i < size; i += step) {
    sum += stringBytes(hash.keyAt(i).length) + stringBytes(hash.valueAt(i).length)
    count++
  }
  // Two words a pair while it is small; columns and slots as in the dictionary of keys otherwise.
  const perField = sum / count + (size > 16 ? ENTRY_BYTES : 2 * WORD)
  const times = hash.expiry === null ? 0 : WORD * size + OBJECT
  return 3 * OBJECT + 6 * WORD + Math.round(perField * size) + times
}

/** Members, their places in the tree and, where there is one, in the dictionary. */
function zsetBytes(zset: ZSet): number {
  const { size } = zset
  const step = Math.max(1, Math.floor(size / SET_SAMPLES))
  let sum = 0
  let count = 0
  for (let rank = 0; rank < size; rank += step, count++) {
    sum += stringBytes(zset.memberAt(rank).length)
  }
  const perMember = 3 * WORD + (zset.places === null ? 0 : ENTRY_BYTES)
  return 4 * OBJECT + Math.round((sum / count) * size) + size * perMember
}

/** Windows and places, and those values that are not plain numbers. */
function arrayBytes(array: ArrayValue): number {
  let sum = 0
  let count = 0
  array.sampleLengths(SET_SAMPLES, (length) => {
    sum += length === 0 ? 0 : stringBytes(length)
    count++
  })
  const values = count === 0 ? 0 : Math.round((sum / count) * array.count)
  return 3 * OBJECT + WORD * array.words + values
}

/** Of so many chunks all are looked at; of more, some that stand apart from each other. */
const CHUNK_SAMPLES = 64
/** An entry that is pending: an object of eleven words, and its places in group and consumer. */
const PENDING_BYTES = OBJECT + 8 * WORD + 2 * WORD

/** The log in chunks, and what every group has pending. */
function streamBytes(stream: Stream): number {
  const { log } = stream
  const step = Math.max(1, Math.floor(log.size / CHUNK_SAMPLES))
  let sum = 0
  let count = 0
  for (let i = 0; i < log.size; i += step, count++) sum += log.chunkAt(i).bytes.length
  const perChunk = OBJECT + 10 * WORD + TYPED_ARRAY
  let bytes = 4 * OBJECT + 12 * WORD
  if (count > 0) bytes += Math.round((sum / count + perChunk) * log.size)
  for (const group of stream.groups.values()) {
    bytes += 4 * OBJECT + 10 * WORD + group.pending.size * PENDING_BYTES
    for (const name of group.consumers.keys()) {
      bytes += 3 * OBJECT + 4 * WORD + stringBytes(name.length) + ENTRY_BYTES
    }
  }
  for (const messages of stream.producers?.all.values() ?? []) {
    bytes += 2 * OBJECT + messages.size * (ENTRY_BYTES + OBJECT + 8 * WORD)
  }
  return bytes
}

/** Columns and graph are counted; of names and attributes, some are looked at. */
function vectorSetBytes(set: VectorSet): number {
  const { size } = set
  const step = Math.max(1, Math.floor(size / SET_SAMPLES))
  let sum = 0
  let count = 0
  for (let i = 0; i < size; i += step, count++) {
    const element = set.elementAt(i)
    const attribute = set.attributeOf(set.find(element))
    sum += stringBytes(element.length) + (attribute === null ? 0 : stringBytes(attribute.length))
  }
  return 4 * OBJECT + set.bytes + Math.round((sum / count) * size) + size * ENTRY_BYTES
}

/** A key with its value. */
export const entryBytes = (key: string, value: Value): number =>
  ENTRY_BYTES + stringBytes(key.length) + valueBytes(value)
