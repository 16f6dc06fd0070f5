import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  before,
  END,
  HEAD,
  integerSize,
  isListpack,
  readInteger,
  readString,
  skip,
  stringSize,
  writeHead,
  writeInteger,
  writeString,
} from '../../../src/structs/listpack.ts'
import type { Integer } from '../../../src/util/integer.ts'

const EDGES: Integer[] = [
  ...[0, 1, 127, 128, 4095, 4096, -1, -4096, -4097, 32767, 32768, -32768, -32769],
  ...[8388607, 8388608, -8388608, -8388609, 2147483647, 2147483648, -2147483648, -2147483649],
  ...[2 ** 53 - 1, 9007199254740993n, 9223372036854775807n, -9223372036854775808n],
]
const LENGTHS = [0, 1, 63, 64, 125, 126, 127, 128, 4095, 4096, 16380, 16381, 16382, 16383, 20000]

/** A listpack of these elements. */
function pack(elements: readonly (string | Integer)[]): { bytes: Uint8Array; places: number[] } {
  const size = (e: string | Integer) => (typeof e === 'string' ? stringSize(e) : integerSize(e))
  const bytes = new Uint8Array(elements.reduce<number>((sum, e) => sum + size(e), HEAD + 1))
  const places: number[] = []
  let at = HEAD
  for (const e of elements) {
    places.push(at)
    at = typeof e === 'string' ? writeString(bytes, at, e) : writeInteger(bytes, at, e)
  }
  expect(at).toBe(bytes.length - 1)
  bytes[at] = END
  writeHead(bytes, elements.length)
  return { bytes, places }
}

describe('a listpack', () => {
  it.each(EDGES)('holds the number %s', (n) => {
    const { bytes } = pack([n])
    expect(readInteger(bytes, HEAD)).toBe(n)
    expect(readString(bytes, HEAD)).toBe(String(n))
    // The same number as a string is stored as the number.
    expect(pack([String(n)]).bytes).toEqual(bytes)
  })

  it.each(LENGTHS)('holds a string of %i bytes', (length) => {
    const text = '\u00ff'.repeat(length)
    const { bytes } = pack(['a', text, 'b'])
    expect(readString(bytes, skip(bytes, HEAD))).toBe(text)
  })

  it.each(['01', '-0', '+1', '1.0', ' 1', '1e3', '-', '9223372036854775808'])(
    'keeps %s as it is spelled',
    (text) => {
      expect(readString(pack([text]).bytes, HEAD)).toBe(text)
    },
  )

  it('has the bytes that its format says', () => {
    const hex = (elements: (string | Integer)[]) =>
      Buffer.from(pack(elements).bytes).toString('hex')
    expect(hex([])).toBe('070000000000ff')
    expect(hex([1])).toBe('0900000001000101ff')
    expect(hex(['a'])).toBe('0a0000000100816102ff')
    expect(hex([-1])).toBe('0a0000000100dfff02ff')
    expect(hex([4096])).toBe('0b0000000100f1001003ff')
  })

  it('is walked through in both directions', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...EDGES), fc.string({ maxLength: 300 }).map(latin))),
        (elements) => {
          const { bytes, places } = pack(elements)
          const forwards: number[] = []
          for (let at = HEAD; at < bytes.length - 1; at = skip(bytes, at)) forwards.push(at)
          const backwards: number[] = []
          for (let at = bytes.length - 1; at > HEAD; ) {
            at = before(bytes, at)
            backwards.unshift(at)
          }
          expect(forwards).toEqual(places)
          expect(backwards).toEqual(places)
          expect(forwards.map((at) => readString(bytes, at))).toEqual(elements.map(String))
          const found: number[] = []
          expect(isListpack(bytes, found)).toBe(true)
          expect(found).toEqual(places)
        },
      ),
    )
  })

  it('that was cut or changed is none, or is still one that can be walked through', () => {
    const whole = pack(['a', 1, 'b'.repeat(200), 70000, '']).bytes
    for (let length = 0; length < whole.length; length++) {
      expect(isListpack(whole.slice(0, length), [])).toBe(false)
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const bytes = whole.slice()
        bytes[at] = byte
        const places: number[] = []
        if (!isListpack(bytes, places)) return
        for (const place of places) readString(bytes, place)
        expect(places.length).toBe(5)
      }),
      { numRuns: 2000 },
    )
  })
})

function latin(text: string): string {
  return text.replace(/[^\u0020-\u00ff]/g, '?')
}
