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
import { type RdbReader, SHORTAGE } from './reader.ts'
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

/** Reading in steps. What is yielded is how many bytes have to come before it goes on; often none. */
export type Reading<T> = Generator<number, T>

/**
 * How to read one form: at once or in steps. Bytes that are not of this form throw `MalformedRdb`. What is
 * read at once is read again from its beginning when bytes are lacking; steps go back by themselves.
 */
export type Decoder =
  | { readonly read: (from: RdbReader, limits: Limits, form: number) => Value }
  | { readonly steps: (from: RdbReader, limits: Limits, form: number) => Reading<Value> }

/** Read a piece, again if not all of it has come. It changes nothing before its last byte is read. */
export function* piece<T>(from: RdbReader, read: () => T): Reading<T> {
  for (;;) {
    const { at } = from
    try {
      return read()
    } catch (error) {
      if (error !== SHORTAGE) throw error
      from.at = at
      yield from.missing
    }
  }
}

/** Read so many pieces, with chances to stop in between. */
export function* pieces(
  from: RdbReader,
  count: number,
  read: (i: number) => void,
  step: number = STEP,
): Reading<void> {
  let i = 0
  while (i < count) {
    const stop = Math.min(count, i + step)
    let at = 0
    try {
      while (i < stop) {
        at = from.at
        read(i)
        i++
      }
    } catch (error) {
      if (error !== SHORTAGE) throw error
      from.at = at
      yield from.missing
      continue
    }
    if (i < count) yield 0
  }
}
