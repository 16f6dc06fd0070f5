/** Copies of values, for COPY: a value that can be edited in place must not be shared by two keys. */
import { Bytes } from './string.ts'
import type { Value } from './value.ts'
import type { VectorSet } from './vector-set.ts'

/** A value of its own with the same content. Byte strings and numbers never change. */
export function copyOf(value: Exclude<Value, VectorSet>): Value {
  if (typeof value !== 'object') return value
  if (value instanceof Bytes) {
    const copy = new Bytes(value.data.slice(0, value.length))
    copy.edited = value.edited
    return copy
  }
  return value.copy()
}
