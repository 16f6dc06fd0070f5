import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addIntegers,
  formatInteger,
  isInt64,
  MAX_INT64,
  MIN_INT64,
  negate,
  normalize,
  parseInteger,
  parseUnsigned,
  parseUnsignedLoosely,
} from '../../../src/util/integer.ts'

const nearEdges = fc.oneof(
  fc.bigInt({ min: MIN_INT64 - 5n, max: MAX_INT64 + 5n }),
  fc.bigInt({ min: -20n, max: 20n }),
  fc.bigInt({ min: 2n ** 53n - 5n, max: 2n ** 53n + 5n }),
  fc.bigInt({ min: -(2n ** 53n) - 5n, max: 5n - 2n ** 53n }),
  fc.bigInt({ min: MAX_INT64 - 5n, max: MAX_INT64 + 5n }),
  fc.bigInt({ min: MIN_INT64 - 5n, max: MIN_INT64 + 5n }),
)

const fits = (n: bigint) => n >= MIN_INT64 && n <= MAX_INT64

describe('parseInteger', () => {
  test('reads every int64 exactly, as a number where that is safe', () => {
    fc.assert(
      fc.property(nearEdges, (n) => {
        const parsed = parseInteger(`${n}`)
        expect(parsed).toBe(fits(n) ? normalize(n) : undefined)
        if (parsed !== undefined) expect(formatInteger(parsed)).toBe(`${n}`)
        expect(parseUnsigned(`${n}`)).toBe(n >= 0n ? normalize(n) : undefined)
      }),
      { numRuns: 2000 },
    )
  })

  test('takes the canonical form only', () => {
    // biome-ignore format: a list
    const refused = [
      '', '-', '+1', '-0', '00', '01', '-01', ' 1', '1 ', '1.0', '1e3', '0x1', '1\0', '--1', '1-',
      'a', '9223372036854775808', '-9223372036854775809', '99999999999999999999', '12345678901234567a',
      '\xb2', '000000000000000001',
    ]
    for (const text of refused) expect([text, parseInteger(text)]).toEqual([text, undefined])
    expect(parseInteger('0')).toBe(0)
    expect(parseInteger('-7')).toBe(-7)
    expect(parseInteger('-9223372036854775808')).toBe(MIN_INT64)
  })

  test('unsigned goes up to 2^64 - 1', () => {
    expect(parseUnsigned('18446744073709551615')).toBe(2n ** 64n - 1n)
    for (const text of ['18446744073709551616', '-1', '-0', '01', '', '1844674407370955161x']) {
      expect([text, parseUnsigned(text)]).toEqual([text, undefined])
    }
  })
})

test('an unsigned integer read loosely is what C makes of it, unless it is a strict one', () => {
  for (const [text, expected] of [
    ['5', 5],
    ['007', 7],
    ['+7', 7],
    [' \t\n\v\f\r7', 7],
    ['-0', 0],
    ['-07', 2n ** 64n - 7n],
    ['5\u0000x', 5],
    ['0018446744073709551615', 2n ** 64n - 1n],
    ['-9223372036854775809', 2n ** 63n - 1n],
    ['-7', undefined],
    ['-9223372036854775808', undefined],
    ['18446744073709551616', undefined],
    ['0018446744073709551616', undefined],
    ['', undefined],
    ['\u00007', undefined],
    ['7 ', undefined],
    ['+ 7', undefined],
    ['--7', undefined],
    ['0x7', undefined],
    ['7.0', undefined],
  ] as const) {
    expect([text, parseUnsignedLoosely(text)]).toEqual([text, expected])
  }
})

test('sums and opposites are exact or refused', () => {
  fc.assert(
    fc.property(nearEdges.filter(fits), nearEdges.filter(fits), (a, b) => {
      expect(addIntegers(normalize(a), normalize(b))).toBe(
        fits(a + b) ? normalize(a + b) : undefined,
      )
      expect(negate(normalize(a))).toBe(fits(-a) ? normalize(-a) : undefined)
      expect(isInt64(normalize(a))).toBe(true)
    }),
    { numRuns: 2000 },
  )
  expect(Object.is(negate(0), 0)).toBe(true)
  expect([isInt64(MAX_INT64 + 1n), isInt64(MIN_INT64 - 1n), isInt64(0.5)]).toEqual([
    false,
    false,
    false,
  ])
})
