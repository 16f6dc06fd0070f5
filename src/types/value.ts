/**
 * What a key can hold.
 *
 * A string is a byte string, a number or, once it was edited in place, `Bytes`; every other type
 * is a class that carries its tag. So the commonest values need no object around them: that saves
 * about 40 bytes a key (PERF.md), and the dictionary's value column is the only way to them.
 */
import type { ArrayValue } from './array.ts'
import type { Hash } from './hash.ts'
import type { List } from './list.ts'
import type { SetValue } from './set.ts'
import type { Stream } from './stream.ts'
import type { StringValue } from './string.ts'
import type { VectorSet } from './vector-set.ts'
import type { ZSet } from './zset.ts'

export const STRING = 0
export const LIST = 1
export const SET = 2
export const ZSET = 3
export const HASH = 4
/** Redis's number for the types of modules, of which this is the only one. */
export const VECTOR_SET = 5
export const STREAM = 6
export const ARRAY = 8

export type Type =
  | typeof STRING
  | typeof LIST
  | typeof SET
  | typeof ZSET
  | typeof HASH
  | typeof ARRAY
  | typeof STREAM
  | typeof VECTOR_SET

export interface ValueOf {
  [STRING]: StringValue
  [LIST]: List
  [SET]: SetValue
  [HASH]: Hash
  [ZSET]: ZSet
  [ARRAY]: ArrayValue
  [STREAM]: Stream
  [VECTOR_SET]: VectorSet
}

export type Value = ValueOf[Type]

const NAMES: Readonly<Record<number, string>> = {
  [STRING]: 'string',
  [LIST]: 'list',
  [SET]: 'set',
  [ZSET]: 'zset',
  [HASH]: 'hash',
  [STREAM]: 'stream',
  [ARRAY]: 'array',
  [VECTOR_SET]: 'vectorset',
}

export const typeOf = (value: Value): Type => (typeof value === 'object' ? value.type : STRING)

/** As TYPE names it. */
export const typeName = (value: Value): string => NAMES[typeOf(value)] as string

/** Every name that TYPE can answer and SCAN's TYPE option takes. */
export const TYPE_NAMES: readonly string[] = Object.values(NAMES)
