/** What may stand in a line of CLIENT LIST. */
import { invalidClientInfo, invalidClientName } from '../core/errors.ts'

/** Printable ASCII without the space: lines stay apart, and so do the fields of a line. */
const PRINTABLE = /^[!-~]*$/

/** The name, if it is a possible one; empty for none. */
export function checkClientName(name: string): string {
  if (!PRINTABLE.test(name)) throw invalidClientName
  return name
}

/** The value of an attribute that CLIENT SETINFO names. */
export function checkClientInfo(attribute: string, value: string): string {
  if (!PRINTABLE.test(value)) throw invalidClientInfo(attribute)
  return value
}
