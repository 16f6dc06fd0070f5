/** The conditions of SET and DELEX: what the value of a key, or its digest, must be or not be. */
import { invalidDigest } from '../core/errors.ts'
import { type StringValue, textOf } from '../types/string.ts'
import { xxh3 } from '../util/xxh3.ts'

/** Whether a condition holds for the value of a key that exists. */
export function holds(condition: string, value: StringValue, operand: string): boolean {
  switch (condition) {
    case 'IFEQ':
      return textOf(value) === operand
    case 'IFNE':
      return textOf(value) !== operand
    case 'IFDEQ':
      return hasDigest(value, operand)
    default:
      return !hasDigest(value, operand)
  }
}

/** Redis checks the length of a digest and nothing else: sixteen other letters just never match. */
function hasDigest(value: StringValue, digest: string): boolean {
  if (digest.length !== 16) throw invalidDigest
  return xxh3(textOf(value)) === digest.toLowerCase()
}
