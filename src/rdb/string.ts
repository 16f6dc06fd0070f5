/** Strings in an RDB. */
import { type StringValue, textOf } from '../types/string.ts'
import type { Decoder, Encoder } from './codec.ts'
import { STRING_PLAIN } from './format.ts'

export const stringEncoder: Encoder<StringValue> = {
  form: () => STRING_PLAIN,
  write(to, value) {
    if (typeof value === 'object') to.blob(value.data, 0, value.length)
    else to.string(textOf(value))
    return null
  },
}

export const stringDecoder: Decoder = { read: (from) => from.stringOrNumber() }
