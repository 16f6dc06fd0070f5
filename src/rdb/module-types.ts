/** The types of modules that can be read. */
import type { Decoder } from './codec.ts'
import { ModuleReader, type ModuleType, moduleName } from './module.ts'
import { vectorSetType } from './vector-set.ts'

const MODULE_TYPES: { readonly [name: string]: ModuleType } = { vectorset: vectorSetType }

export const moduleDecoder: Decoder = {
  *steps(from, limits) {
    const { name, version } = moduleName(from.integer())
    const type = Object.hasOwn(MODULE_TYPES, name) ? MODULE_TYPES[name] : undefined
    if (type === undefined || version > type.version) {
      return from.fail(`a value of the module type ${name}, version ${version}, which is not known`)
    }
    const pieces = new ModuleReader(from)
    const value = yield* type.steps(pieces, version, limits)
    pieces.end()
    return value
  },
}
