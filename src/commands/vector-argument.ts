/** Vectors as arguments: `[REDUCE dimension] FP32 blob` or `VALUES count component …`. */
import type { Args } from '../core/args.ts'
import {
  type CommandError,
  dimensionMismatch,
  inputMismatch,
  invalidVector,
} from '../core/errors.ts'
import { MOST_DIMENSIONS, type VectorSet } from '../types/vector-set.ts'
import { parseDouble } from '../util/float.ts'
import { parseInteger } from '../util/integer.ts'

/** An integer from `least` to `most`, or this error. */
export function integerFrom(args: Args, least: number, most: number, error: CommandError): number {
  // What is beyond 2^53 is beyond every limit here, or as good as the largest number.
  const n = parseInteger(args.next())
  if (n === undefined || Number(n) < least || Number(n) > most) throw error
  return Number(n)
}

/** The dimension behind REDUCE, or 0. */
export function parseReduction(args: Args): number {
  if (args.left < 3 || !args.take('REDUCE')) return 0
  return integerFrom(args, 1, Infinity, invalidVector)
}

export function parseVector(args: Args): Float32Array {
  if (args.left >= 2 && args.take('FP32')) return floats(args.next())
  if (args.left < 2 || !args.take('VALUES')) throw invalidVector
  const dimension = integerFrom(args, 1, MOST_DIMENSIONS, invalidVector)
  if (args.left < dimension) throw invalidVector
  const components = new Float32Array(dimension)
  for (let i = 0; i < dimension; i++) {
    const component = parseDouble(args.next())
    if (component === undefined) throw invalidVector
    components[i] = component
  }
  return components
}

/** Little endian, four bytes each. */
function floats(blob: string): Float32Array {
  const { length } = blob
  if (length === 0 || length % 4 !== 0 || length > 4 * MOST_DIMENSIONS) throw invalidVector
  const words = new Int32Array(length / 4)
  for (let i = 0, at = 0; at < length; i++, at += 4) {
    words[i] =
      blob.charCodeAt(at) |
      (blob.charCodeAt(at + 1) << 8) |
      (blob.charCodeAt(at + 2) << 16) |
      (blob.charCodeAt(at + 3) << 24)
  }
  return new Float32Array(words.buffer)
}

/** The components as this set has them. */
export function project(set: VectorSet, components: Float32Array): Float32Array {
  const { inputDimension } = set.shape
  if (components.length !== inputDimension) throw inputMismatch(components.length, inputDimension)
  return set.reduce(components)
}

/** For a query, which may have either dimension. */
export function projectQuery(set: VectorSet, components: Float32Array): Float32Array {
  const { dimension, inputDimension } = set.shape
  if (components.length === dimension) return components
  if (inputDimension === 0) throw dimensionMismatch(components.length, dimension)
  return project(set, components)
}
