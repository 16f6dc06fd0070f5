/** The table of all types and forms: one entry each. */
import {
  ARRAY,
  HASH,
  LIST,
  SET,
  STREAM,
  STRING,
  type Type,
  typeOf,
  type Value,
  type ValueOf,
  VECTOR_SET,
  ZSET,
} from '../types/value.ts'
import { arrayDecoder, arrayEncoder } from './array.ts'
import type { Decoder, Encoder, Limits, Steps } from './codec.ts'
import * as forms from './format.ts'
import {
  hashEncoder,
  packedHashDecoder,
  plainHashDecoder,
  templateDecoder,
  timedHashDecoder,
  timedListpackDecoder,
  zipmapDecoder,
} from './hash.ts'
import { listEncoder, plainListDecoder, quicklistDecoder, ziplistListDecoder } from './list.ts'
import { moduleDecoder } from './module-types.ts'
import type { RdbReader } from './reader.ts'
import { intsetDecoder, listpackSetDecoder, plainSetDecoder, setEncoder } from './set.ts'
import { streamDecoder, streamEncoder } from './stream.ts'
import { stringDecoder, stringEncoder } from './string.ts'
import { vectorSetEncoder } from './vector-set.ts'
import type { RdbWriter } from './writer.ts'
import { packedZSetDecoder, plainZSetDecoder, zsetEncoder } from './zset.ts'

/** How each type is written. */
const ENCODERS: { readonly [T in Type]: Encoder<ValueOf[T]> } = {
  [STRING]: stringEncoder,
  [LIST]: listEncoder,
  [SET]: setEncoder,
  [ZSET]: zsetEncoder,
  [HASH]: hashEncoder,
  [ARRAY]: arrayEncoder,
  [STREAM]: streamEncoder,
  [VECTOR_SET]: vectorSetEncoder,
}

/** How each form is read. */
const DECODERS: { readonly [form: number]: Decoder } = {
  [forms.STRING_PLAIN]: stringDecoder,
  [forms.LIST_PLAIN]: plainListDecoder,
  [forms.LIST_ZIPLIST]: ziplistListDecoder,
  [forms.LIST_QUICKLIST]: quicklistDecoder,
  [forms.LIST_QUICKLIST_2]: quicklistDecoder,
  [forms.SET_PLAIN]: plainSetDecoder,
  [forms.SET_INTSET]: intsetDecoder,
  [forms.SET_LISTPACK]: listpackSetDecoder,
  [forms.ZSET_PLAIN]: plainZSetDecoder,
  [forms.ZSET_2]: plainZSetDecoder,
  [forms.ZSET_ZIPLIST]: packedZSetDecoder,
  [forms.ZSET_LISTPACK]: packedZSetDecoder,
  [forms.HASH_PLAIN]: plainHashDecoder,
  [forms.HASH_ZIPMAP]: zipmapDecoder,
  [forms.HASH_ZIPLIST]: packedHashDecoder,
  [forms.HASH_LISTPACK]: packedHashDecoder,
  [forms.HASH_TIMED_EARLY]: timedHashDecoder,
  [forms.HASH_TIMED]: timedHashDecoder,
  [forms.HASH_LISTPACK_EX_EARLY]: timedListpackDecoder,
  [forms.HASH_LISTPACK_EX]: timedListpackDecoder,
  [forms.HASH_TEMPLATE]: templateDecoder,
  [forms.HASH_TEMPLATE_REF]: templateDecoder,
  [forms.HASH_TEMPLATE_ARRAY]: templateDecoder,
  [forms.HASH_TEMPLATE_ARRAY_REF]: templateDecoder,
  [forms.STREAM_LISTPACKS]: streamDecoder,
  [forms.STREAM_LISTPACKS_2]: streamDecoder,
  [forms.STREAM_LISTPACKS_3]: streamDecoder,
  [forms.STREAM_LISTPACKS_4]: streamDecoder,
  [forms.STREAM_LISTPACKS_5]: streamDecoder,
  [forms.MODULE]: moduleDecoder,
  [forms.ARRAY]: arrayDecoder,
}

// The table is complete by its type; the compiler cannot match type and value.
const encoderOf = (value: Value): Encoder<Value> => ENCODERS[typeOf(value)] as Encoder<Value>

/** The form in which a value is going to be written; it stands before the key. */
export const formOf = (value: Value, to: RdbWriter): number => encoderOf(value).form(value, to)

/**
 * Write a value in this form. What is returned must be run to its end, nothing else may be written
 * meanwhile, and the value must not change.
 */
export const writeValue = (to: RdbWriter, value: Value, form: number): Steps | null =>
  encoderOf(value).write(to, value, form)

/** How objects of this form are read. */
export function decoderOf(from: RdbReader, form: number): Decoder {
  return DECODERS[form] ?? from.fail(`an object of the unknown form ${form}`)
}

/** Read a value of this form at once. */
export function readWhole(from: RdbReader, form: number, limits: Limits): Value {
  const decoder = decoderOf(from, form)
  if ('read' in decoder) return decoder.read(from, limits, form)
  const steps = decoder.steps(from, limits, form)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
