// biome-ignore-all lint/style/noNonNullAssertion: every index is checked against the end, in hot code.
/**
 * Ziplists, which listpacks replaced in Redis 7, and zipmaps, which these replaced in 2.6. They are only
 * read.
 *
 *     bytes (4) | offset of the last element (4) | elements (2) | element … | 0xff
 *
 * An element begins with the size of the one before it, in one byte or, behind 0xfe, in four; then
 * comes a head that tells its kind, and its bytes. As each size depends on the element before, one
 * insertion could change them all.
 */
import { fromBytes } from '../util/bytes.ts'
import { normalize } from '../util/integer.ts'
import { MalformedRdb } from './errors.ts'

const HEADER = 10
const END = 0xff
const UNCOUNTED = 0xffff
/** The size of the element before takes four more bytes. */
const LONG = 0xfe

const INTEGER_16 = 0xc0
const INTEGER_32 = 0xd0
const INTEGER_64 = 0xe0
const INTEGER_24 = 0xf0
const INTEGER_8 = 0xfe
/** From here on, the head is the integer: 0 to 12. */
const IMMEDIATE = 0xf1
const LAST_IMMEDIATE = 0xfd

/** The elements of a ziplist, integers in decimal. All of it is checked. */
export function readZiplist(bytes: Uint8Array): string[] {
  const size = bytes.length
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  if (size <= HEADER || view.getUint32(0, true) !== size || bytes[size - 1] !== END) {
    return malformed('its size is wrong')
  }
  const elements: string[] = []
  const end = size - 1
  let at = HEADER
  let last = HEADER
  let before = 0
  while (at < end) {
    const start = at
    let previous = bytes[at++]!
    if (previous === LONG) {
      if (at + 4 > end) return malformed('an element is cut off')
      previous = view.getUint32(at, true)
      at += 4
    }
    if (previous !== before || at >= end) return malformed('the size of an element is wrong')
    const head = bytes[at++]!
    if (head < INTEGER_16) {
      const more = head < 0x40 ? 0 : head < 0x80 ? 1 : 4
      if (at + more > end) return malformed('an element is cut off')
      let length = head & 0x3f
      if (more === 1) length = (length << 8) | bytes[at]!
      else if (more === 4) length = view.getUint32(at)
      at += more
      if (length > end - at) return malformed('an element is cut off')
      elements.push(fromBytes(bytes, at, at + length))
      at += length
    } else if (head >= IMMEDIATE && head <= LAST_IMMEDIATE) elements.push(`${head - IMMEDIATE}`)
    else {
      const width = widthOf(head)
      if (at + width > end) return malformed('an element is cut off')
      elements.push(integerAt(view, at, width))
      at += width
    }
    before = at - start
    last = start
  }
  if (view.getUint32(4, true) !== last) return malformed('its end is elsewhere')
  const count = view.getUint16(8, true)
  if (count !== UNCOUNTED && count !== elements.length) return malformed('its count is wrong')
  return elements
}

function widthOf(head: number): number {
  switch (head) {
    case INTEGER_8:
      return 1
    case INTEGER_16:
      return 2
    case INTEGER_24:
      return 3
    case INTEGER_32:
      return 4
    case INTEGER_64:
      return 8
    default:
      return malformed('an element is of an unknown kind')
  }
}

function integerAt(view: DataView, at: number, width: number): string {
  switch (width) {
    case 1:
      return `${view.getInt8(at)}`
    case 2:
      return `${view.getInt16(at, true)}`
    case 3:
      return `${view.getUint16(at, true) + view.getInt8(at + 2) * 65536}`
    case 4:
      return `${view.getInt32(at, true)}`
    default:
      return `${normalize(view.getBigInt64(at, true))}`
  }
}

function malformed(reason: string): never {
  throw new MalformedRdb(`not a ziplist: ${reason}`)
}

// ---- Zipmaps ----------------------------------------------------------------------------------

/**
 * The fields and values of a zipmap, in turn: a count, which is not to be trusted from 254 on; for each
 * string its length in one byte or, behind 0xfe, in four; and between the length and the bytes of a value
 * a byte that says how many are unused behind it.
 */
export function readZipmap(bytes: Uint8Array): string[] {
  const size = bytes.length
  if (size < 2 || bytes[size - 1] !== END) return malformedMap('it has no end')
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  const strings: string[] = []
  const end = size - 1
  let at = 1
  while (at < end) {
    const value = strings.length % 2 === 1
    let length = bytes[at++]!
    if (length === END) return malformedMap('it ends too early')
    if (length === LONG) {
      if (at + 4 > end) return malformedMap('a string is cut off')
      length = view.getUint32(at, true)
      at += 4
      // Those who walk by what a length should take would get lost.
      if (length < LONG) return malformedMap('a length is longer than it need be')
    }
    let unused = 0
    if (value) {
      if (at >= end) return malformedMap('a string is cut off')
      unused = bytes[at++]!
    }
    if (length + unused > end - at) return malformedMap('a string is cut off')
    strings.push(fromBytes(bytes, at, at + length))
    at += length + unused
  }
  const count = bytes[0]!
  if (strings.length % 2 !== 0) return malformedMap('a field has no value')
  if (count < LONG && count !== strings.length / 2) return malformedMap('its count is wrong')
  return strings
}

function malformedMap(reason: string): never {
  throw new MalformedRdb(`not a zipmap: ${reason}`)
}
