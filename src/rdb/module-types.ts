/** The types of modules that can be read. */
import type { Value } from '../types/value.ts'
import { type Decoder, piece } from './codec.ts'
import { EmptyValue } from './errors.ts'
import { ModuleReader, type ModuleType, moduleName, skipModuleValue } from './module.ts'
import { vectorSetType } from './vector-set.ts'

const MODULE_TYPES: { readonly [name: string]: ModuleType } = { vectorset: vectorSetType }

export const moduleDecoder: Decoder = {
  *steps(from, limits) {
    const { name, version } = moduleName(yield* piece(from, () => from.integer()))
    const type = Object.hasOwn(MODULE_TYPES, name) ? MODULE_TYPES[name] : undefined
    if (type === undefined || version > type.version) {
      return from.fail(`a value of the module type ${name}, version ${version}, which is not known`)
    }
    const pieces = new ModuleReader(from)
    let value: Value
    try {
      value = yield* type.steps(pieces, version, limits)
    } catch (error) {
      // What follows an empty one must still be found.
      if (error instanceof EmptyValue) yield* piece(from, () => skipModuleValue(from))
      throw error
    }
    yield* piece(from, () => pieces.end())
    return value
  },
}
