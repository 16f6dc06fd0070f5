/** The layout of a value, as OBJECT ENCODING and DEBUG OBJECT name it. */
import { ArrayValue } from './array.ts'
import { Hash, hashEncoding } from './hash.ts'
import { SetValue } from './set.ts'
import { Stream } from './stream.ts'
import { type StringValue, stringEncoding } from './string.ts'
import { LIST, typeOf, type Value, type ValueOf } from './value.ts'
import { VectorSet } from './vector-set.ts'
import { ZSet } from './zset.ts'

/** `listLimit` is `list-max-listpack-size`. */
export function encodingOf(value: Value, listLimit: number): string {
  if (value instanceof SetValue) return value.encoding
  if (value instanceof Hash) return hashEncoding(value)
  if (value instanceof ZSet) return value.encoding
  if (value instanceof ArrayValue) return 'sliced-array'
  if (value instanceof Stream) return 'stream'
  if (value instanceof VectorSet) return 'raw'
  // The tag tells the class, which the compiler cannot see.
  if (typeOf(value) === LIST) return (value as ValueOf[typeof LIST]).encoding(listLimit)
  return stringEncoding(value as StringValue)
}
