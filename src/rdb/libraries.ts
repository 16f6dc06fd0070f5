/**
 * The payload of FUNCTION DUMP and FUNCTION RESTORE: texts of libraries as an RDB file has them, and the
 * footer of DUMP behind them.
 */
import { MalformedRdb } from './errors.ts'
import { OP_FUNCTION, OP_FUNCTION_EARLY } from './format.ts'
import { checkFooter, FOOTER, writeFooter } from './payload.ts'
import { RdbReader } from './reader.ts'
import { type RdbOptions, RdbWriter } from './writer.ts'

/** A payload whose footer is right, with something else in it than libraries. */
export class NotALibrary extends MalformedRdb {
  override readonly name: string = 'NotALibrary'
}

export function dumpLibraries(codes: Iterable<string>, options: RdbOptions = {}): Uint8Array {
  const to = new RdbWriter(options)
  for (const code of codes) {
    to.byte(OP_FUNCTION)
    to.string(code)
  }
  return writeFooter(to)
}

/** The texts. Throws `WrongFooter`, `NotALibrary` or `MalformedRdb`. `unsealed`: whatever the checksum. */
export function restoreLibraries(payload: Uint8Array, unsealed = false): string[] {
  checkFooter(payload, unsealed)
  const end = payload.length - FOOTER
  const from = new RdbReader(payload, 0, end)
  const codes: string[] = []
  while (from.left > 0) {
    const form = from.byte()
    if (form === OP_FUNCTION_EARLY) throw new NotALibrary('Pre-GA function format not supported')
    if (form !== OP_FUNCTION) throw new NotALibrary('given type is not a function')
    codes.push(from.string())
  }
  return codes
}
