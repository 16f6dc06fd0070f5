/**
 * The payload of DUMP and RESTORE: one value, and a footer.
 *
 *     form (1) | value | version (2, the lowest byte first) | CRC-64 of all before (8, likewise)
 *
 * A checksum of zero says that there is none.
 */
import type { Value } from '../types/value.ts'
import { crc64 } from '../util/crc.ts'
import type { Limits } from './codec.ts'
import { MalformedRdb, WrongFooter } from './errors.ts'
import { OP_KEY_META, RDB_VERSION } from './format.ts'
import { skipKeyMeta } from './module.ts'
import { RdbReader } from './reader.ts'
import { formOf, readWhole, writeValue } from './value.ts'
import { type RdbOptions, RdbWriter } from './writer.ts'

const CHECKSUM = 8
/** Bytes behind what is in a payload. */
export const FOOTER: number = 2 + CHECKSUM

/** A value as bytes of its own. */
export function dumpValue(value: Value, options: RdbOptions = {}): Uint8Array {
  const steps = dumpSteps(value, options)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** The same in steps. They must be run to their end before the value changes. */
export function* dumpSteps(value: Value, options: RdbOptions = {}): Generator<void, Uint8Array> {
  const to = new RdbWriter(options)
  const form = formOf(value, to)
  to.byte(form)
  const steps = writeValue(to, value, form)
  if (steps !== null) yield* steps
  return writeFooter(to)
}

/** Close a payload and take it. */
export function writeFooter(to: RdbWriter): Uint8Array {
  to.byte(to.version & 255)
  to.byte(to.version >> 8)
  const { high, low } = crc64(to.bytes, 0, to.size)
  to.uint32(low)
  to.uint32(high)
  return to.take()
}

/** The value of a payload. Throws `WrongFooter` or `MalformedRdb`. `unsealed`: whatever the checksum. */
export function restoreValue(payload: Uint8Array, limits: Limits, unsealed = false): Value {
  checkFooter(payload, unsealed)
  const from = new RdbReader(payload, 0, payload.length - FOOTER)
  let form = from.byte()
  if (form === OP_KEY_META) {
    skipKeyMeta(from)
    form = from.byte()
  }
  try {
    return readWhole(from, form, limits)
  } catch (error) {
    if (error instanceof MalformedRdb) error.form = form
    throw error
  }
}

/** Throws `WrongFooter`. */
export function checkFooter(payload: Uint8Array, unsealed: boolean): void {
  const at = payload.length - FOOTER
  if (at < 0) throw new WrongFooter('a payload without a footer')
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const version = view.getUint16(at, true)
  if (version > RDB_VERSION) throw new WrongFooter(`a payload of the version ${version}`)
  const low = view.getUint32(at + 2, true)
  const high = view.getUint32(at + 6, true)
  if (unsealed || (low === 0 && high === 0)) return
  const sum = crc64(payload, 0, at + 2)
  if (sum.low !== low || sum.high !== high) throw new WrongFooter('a checksum that does not match')
}
