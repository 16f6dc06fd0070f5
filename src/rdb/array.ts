/**
 * Arrays in an RDB: how many values, where the last was inserted, and each value with its index.
 *
 * A value says how Redis keeps it: as an integer of 62 bits, as a double without its last two bits, or
 * as a short or a long string. Here the texts are what counts; they are told apart as Redis would.
 */
import { ArrayValue, MAX_INDEX, shortDouble } from '../types/array.ts'
import { formatDouble } from '../util/float.ts'
import { type Integer, parseInteger } from '../util/integer.ts'
import { type Decoder, type Encoder, piece, pieces, STEP, type Steps } from './codec.ts'
import { EmptyValue, NotRepresentable } from './errors.ts'
import { ARRAY, SINCE_ARRAYS } from './format.ts'
import type { RdbReader } from './reader.ts'
import type { RdbWriter } from './writer.ts'

const LONG = 0
const WHOLE = 1
const DECIMAL = 2
const SHORT = 3

/** The longest string that is short. */
const MOST_SHORT = 7
/** Integers from -2^61 to below it. */
const WHOLE_LIMIT = 2n ** 61n

// ---- Writing ----------------------------------------------------------------------------------

export const arrayEncoder: Encoder<ArrayValue> = {
  form(_, to) {
    if (to.version >= SINCE_ARRAYS || to.newer) return ARRAY
    throw new NotRepresentable(`RDB ${to.version} has no form for arrays`)
  },
  write: (to, array) => writeArray(to, array),
}

function* writeArray(to: RdbWriter, array: ArrayValue): Steps {
  to.length(array.count)
  const { lastInserted } = array
  to.length(lastInserted === null ? 0 : 1)
  if (lastInserted !== null) to.length(lastInserted)
  let from: Integer | null = 0
  while (from !== null) {
    let left = STEP
    let next: Integer | null = null
    array.scan(from, MAX_INDEX, (text, index) => {
      if (left-- > 0) writeItem(to, index, text)
      else next = index
      return next === null
    })
    from = next
    if (next !== null) yield
  }
}

function writeItem(to: RdbWriter, index: Integer, text: string): void {
  to.length(index)
  const whole = parseInteger(text)
  if (whole !== undefined && whole >= -WHOLE_LIMIT && whole < WHOLE_LIMIT) {
    to.length(WHOLE)
    to.int64(whole)
    return
  }
  const double = shortDouble(text)
  if (double !== undefined) {
    to.length(DECIMAL)
    to.double(double)
    return
  }
  to.length(text.length <= MOST_SHORT ? SHORT : LONG)
  to.string(text)
}

// ---- Reading ----------------------------------------------------------------------------------

/** An index, a kind and a string of no length take a byte each. */
const LEAST_ITEM = 3

export const arrayDecoder: Decoder = {
  *steps(from, { arrayLimits }) {
    const count = yield* piece(from, () => from.length(LEAST_ITEM))
    const array = new ArrayValue(arrayLimits)
    yield* piece(from, () => {
      const inserted = from.length()
      if (inserted > 1) from.fail('an array was inserted into or it was not')
      if (inserted === 1) array.lastInserted = readIndex(from)
    })
    yield* pieces(from, count, () => {
      const index = readIndex(from)
      if (!array.set(index, readText(from))) from.fail('an array has an index twice')
    })
    if (count === 0) throw new EmptyValue('an array without values')
    return array
  },
}

function readIndex(from: RdbReader): Integer {
  const index = from.integer()
  return index > MAX_INDEX ? from.fail('an index is too great') : index
}

function readText(from: RdbReader): string {
  switch (from.integer()) {
    case WHOLE:
      return `${from.int64()}`
    case DECIMAL: {
      const n = from.double()
      if (!Number.isFinite(n)) return from.fail('an array has a decimal that is no number')
      const text = formatDouble(n)
      return /[.e]/.test(text) ? text : `${text}.0`
    }
    case SHORT:
    case LONG:
      return from.string()
    default:
      return from.fail('a value of an unknown kind')
  }
}
