/**
 * Intsets: integers in ascending order, all as wide as the widest needs.
 *
 *     bytes of each: 2, 4 or 8 (4) | how many (4) | integers, the lowest byte first
 */
import { type Integer, normalize } from '../util/integer.ts'
import { MalformedRdb } from './errors.ts'

const HEADER = 8

/** The integers, ascending. All of it is checked. */
export function readIntset(bytes: Uint8Array): Integer[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < HEADER) return malformed('it has no header')
  const width = view.getUint32(0, true)
  const count = view.getUint32(4, true)
  if (width !== 2 && width !== 4 && width !== 8) return malformed('its integers are of no width')
  if (count === 0 || HEADER + width * count !== bytes.length) return malformed('its size is wrong')
  const integers: Integer[] = []
  for (let at = HEADER; at < bytes.length; at += width) {
    const n =
      width === 2
        ? view.getInt16(at, true)
        : width === 4
          ? view.getInt32(at, true)
          : normalize(view.getBigInt64(at, true))
    const before = integers[integers.length - 1]
    if (before !== undefined && before >= n) return malformed('it is not in order')
    integers.push(n)
  }
  return integers
}

/** The intset of integers that ascend; at least one. */
export function writeIntset(integers: readonly Integer[]): Uint8Array {
  const least = integers[0] as Integer
  const most = integers[integers.length - 1] as Integer
  const width =
    least >= -32768 && most < 32768 ? 2 : least >= -2147483648 && most < 2147483648 ? 4 : 8
  const bytes = new Uint8Array(HEADER + width * integers.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, width, true)
  view.setUint32(4, integers.length, true)
  let at = HEADER
  for (const n of integers) {
    if (width === 2) view.setInt16(at, n as number, true)
    else if (width === 4) view.setInt32(at, n as number, true)
    else view.setBigInt64(at, BigInt(n), true)
    at += width
  }
  return bytes
}

function malformed(reason: string): never {
  throw new MalformedRdb(`not an intset: ${reason}`)
}
