/**
 * How much of the heap a value takes: an estimate from what V8 spends on each kind of object.
 *
 * A one-byte string has a header of 16 bytes and is rounded up to 8; an object has three words before
 * its fields; a typed array costs about 200 bytes beside its data (measured, PERF.md).
 */
import type { List } from './list.ts'
import { Bytes } from './string.ts'
import type { Value } from './value.ts'

const WORD = 8
const OBJECT = 3 * WORD
const TYPED_ARRAY = 200

/** What the dictionary spends on an entry: three words of columns, two slots and a share of air. */
export const ENTRY_BYTES = 40

const rounded = (bytes: number): number => (bytes + 7) & ~7

/** A byte string on the heap. */
export const stringBytes = (length: number): number => rounded(16 + length)

/** Everything that hangs on a value; the entry that leads to it is not counted. */
export function valueBytes(value: Value): number {
  if (typeof value === 'string') return stringBytes(value.length)
  // A small integer needs no object of its own.
  if (typeof value === 'number') return (value | 0) === value ? 0 : 16
  if (value instanceof Bytes) return OBJECT + 2 * WORD + TYPED_ARRAY + value.data.length
  return listBytes(value)
}

function listBytes({ items }: List): number {
  const perItem = WORD + 16 + 4
  return 4 * OBJECT + items.bytes + items.length * perItem
}

/** A key with its value. */
export const entryBytes = (key: string, value: Value): number =>
  ENTRY_BYTES + stringBytes(key.length) + valueBytes(value)
