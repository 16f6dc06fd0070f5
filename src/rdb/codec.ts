/**
 * What a type has to bring so that its values can stand in an RDB.
 *
 * A value that may be large is written and read in steps, so that others get their turn in between:
 * such a codec is a generator. What is one blob (a listpack, an intset) is small by its nature and
 * comes at once.
 */
import type { SliceLimits } from '../types/array.ts'
import type { HashLimits } from '../types/hash.ts'
import type { SetLimits } from '../types/set.ts'
import type { StreamLimits } from '../types/stream.ts'
import type { Value } from '../types/value.ts'
import type { VectorSets } from '../types/vector-set.ts'
import type { ZSetLimits } from '../types/zset.ts'
import type { RdbReader } from './reader.ts'
import type { RdbWriter } from './writer.ts'

/** The rest of something that was begun. */
export type Steps = Generator<void, void>

/** Elements between two chances to stop. */
export const STEP = 1024

/** How to write the values of one type. */
export interface Encoder<V> {
  /** The form in which the writer is going to write this value; it comes before the key. */
  form(value: V, to: RdbWriter): number
  /** Write it. What is returned must be run to its end before the value changes. */
  write(to: RdbWriter, value: V, form: number): Steps | null
}

/** What the configuration says about layouts. A database has it all. */
export interface Limits {
  readonly seed: number
  readonly setLimits: SetLimits
  readonly zsetLimits: ZSetLimits
  readonly arrayLimits: SliceLimits
  readonly hashLimits: HashLimits
  readonly streamLimits: StreamLimits
  readonly vectorSets: VectorSets
}

/** How to read one form: at once or in steps. Bytes that are not of this form throw `MalformedRdb`. */
export type Decoder =
  | { readonly read: (from: RdbReader, limits: Limits, form: number) => Value }
  | { readonly steps: (from: RdbReader, limits: Limits, form: number) => Generator<void, Value> }
