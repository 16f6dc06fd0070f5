/** Copies of values: for COPY, and for whoever reads a value while it goes on changing. */
import { Bytes, type StringValue } from './string.ts'
import { ARRAY, HASH, LIST, SET, STREAM, STRING, type Value, ZSET } from './value.ts'
import type { VectorSet } from './vector-set.ts'

/**
 * A value of its own with the same content: what can be edited in place must not be shared by two
 * keys. Byte strings and numbers never change.
 */
export function copyOf(value: Exclude<Value, VectorSet>): Value {
  if (typeof value !== 'object') return value
  if (value instanceof Bytes) {
    const copy = new Bytes(value.data.slice(0, value.length))
    copy.edited = value.edited
    return copy
  }
  return value.copy()
}

/**
 * A large value as it is now, to be walked through while the value itself goes on changing; null if
 * it has no more than so many elements, or is of a type that has no such thing. It takes a step for
 * each hundred elements or more; chunks are shared, and copied when the value changes them.
 */
export function shareOf(value: Value, most: number): Value | null {
  switch (typeof value === 'object' ? value.type : STRING) {
    case LIST:
    case SET:
    case HASH:
    case ZSET:
    case ARRAY:
    case STREAM: {
      const shared = value as Exclude<Value, StringValue | VectorSet>
      return elementsOf(shared) > most ? shared.share() : null
    }
    default:
      return null
  }
}

function elementsOf(value: Exclude<Value, StringValue | VectorSet>): number {
  if (value.type === LIST) return value.length
  if (value.type === ARRAY) return value.count
  if (value.type !== STREAM) return value.size
  let elements = value.length
  for (const group of value.groups.values()) elements += group.pending.size
  return elements
}
