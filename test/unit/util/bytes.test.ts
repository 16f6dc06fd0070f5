import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareBytes,
  decodeUtf8,
  encodeUtf8,
  equalsConstantTime,
  flatten,
  fromBytes,
  isAscii,
  lowerAscii,
  toBytes,
  upperAscii,
  writeBytes,
} from '../../../src/util/bytes.ts'

/** Code units of any kind, surrogates without partners among them. */
const anyText = fc
  .array(fc.oneof(fc.nat({ max: 0xffff }), fc.integer({ min: 0xd7f0, max: 0xe010 })))
  .map((units) => String.fromCharCode(...units))

/** Bytes that are often nearly UTF-8. */
const anyBytes = fc
  .array(
    fc.oneof(
      fc.nat({ max: 255 }),
      fc.constantFrom(0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4),
    ),
    { maxLength: 40 },
  )
  .map((bytes) => Uint8Array.from(bytes))

describe('UTF-8', () => {
  test('is encoded as TextEncoder does, lone surrogates included', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(encodeUtf8(text)).toBe(latin1(new TextEncoder().encode(text)))
      }),
      { numRuns: 2000 },
    )
  })

  test('is decoded as TextDecoder does, ill-formed sequences included', () => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(decodeUtf8(latin1(bytes))).toBe(decoder.decode(bytes))
      }),
      { numRuns: 5000 },
    )
  })

  test('long texts come back', () => {
    const text = 'aé€😀'.repeat(10_000)
    expect(decodeUtf8(encodeUtf8(text))).toBe(text)
    expect(encodeUtf8(text).length).toBe(100_000)
    expect(encodeUtf8('\ud800')).toBe('\xef\xbf\xbd')
  })

  test('ASCII is passed through', () => {
    expect(isAscii('')).toBe(true)
    expect(isAscii('\x7f')).toBe(true)
    expect(isAscii('\x80')).toBe(false)
    expect(isAscii(`${'a'.repeat(1000)}\u0080`)).toBe(false)
    expect(isAscii(`${'a'.repeat(1000)}\u1234`)).toBe(false)
    expect(isAscii('a'.repeat(1000))).toBe(true)
  })
})

describe('bytes', () => {
  test('come back from a byte string, at every length', () => {
    for (let length = 0; length < 80; length++) roundTrip(length)
    for (const length of [4095, 4096, 4097, 8192, 100_003]) roundTrip(length)
  })

  test('are taken from and written to the place that is named', () => {
    const bytes = Uint8Array.from({ length: 50 }, (_, i) => i)
    expect(fromBytes(bytes, 10, 13)).toBe('\x0a\x0b\x0c')
    expect(fromBytes(bytes, 48)).toBe('\x30\x31')
    expect(fromBytes(bytes, 5, 5)).toBe('')
    expect(writeBytes('\xff\x00\xfe', bytes, 7)).toBe(10)
    expect([...bytes.subarray(6, 11)]).toEqual([6, 255, 0, 254, 10])
  })

  test('flatten copies slices and ropes of any length', () => {
    const big = 'abcdefghijklmnopqrstuvwxyz'.repeat(100)
    for (let length = 0; length < 60; length++) {
      const slice = big.slice(5, 5 + length)
      expect(flatten(slice)).toBe(slice)
    }
    let rope = ''
    for (let i = 0; i < 1000; i++) rope += `\xff${i}`
    expect(flatten(rope)).toBe(rope)
    expect(flatten('é€'.repeat(20))).toBe('é€'.repeat(20))
  })

  test('compare as memcmp does', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(compareBytes(latin1(a), latin1(b))).toBe(Buffer.compare(a, b))
      }),
    )
  })
})

test('only ASCII letters change their case', () => {
  expect(lowerAscii('GeT\xc0\xd6Z')).toBe('get\xc0\xd6z')
  expect(upperAscii('get\xe0\xb5\xffz')).toBe('GET\xe0\xb5\xffZ')
  expect(lowerAscii('A[\\]^_`')).toBe('a[\\]^_`')
  expect(upperAscii('z{|}~')).toBe('Z{|}~')
  expect(lowerAscii('İ')).toBe('İ')
})

test('equalsConstantTime looks at every character, wherever the first difference is', () => {
  const looks = (given: string): number => {
    let count = 0
    const counting = {
      length: given.length,
      charCodeAt(i: number) {
        count++
        return given.charCodeAt(i)
      },
    }
    equalsConstantTime(counting as unknown as string, 'secret')
    return count
  }
  expect(['secret', 'Xecret', 'secreX', 'XXXXXX'].map(looks)).toEqual([6, 6, 6, 6])
})

test('equalsConstantTime is equality', () => {
  expect(equalsConstantTime('abc', 'abc')).toBe(true)
  expect(equalsConstantTime('abc', 'abd')).toBe(false)
  expect(equalsConstantTime('abc', 'abcd')).toBe(false)
  expect(equalsConstantTime('', '')).toBe(true)
})

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

function roundTrip(length: number): void {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 255)
  const text = fromBytes(bytes)
  if (text !== latin1(bytes)) throw new Error(`length ${length}`)
  expect(toBytes(text)).toEqual(bytes)
}
