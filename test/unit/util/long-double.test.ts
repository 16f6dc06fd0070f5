import { describe, expect, it } from 'vitest'
import {
  addLongDouble,
  formatLongDoubleG17,
  type LongDouble,
  longDoubleOf,
  parseLongDouble,
  truncateLongDouble,
} from '../../../src/util/long-double.ts'

const parsed = (text: string): LongDouble => parseLongDouble(text) as LongDouble

describe('a long double', () => {
  // What printf("%.17Lg") makes of strtold, on x86-64.
  it.each([
    ['0.1', '0.1'],
    ['123456789012345678', '1.2345678901234568e+17'],
    ['99999999999999999', '99999999999999999'],
    ['99999999999999999.5', '1e+17'],
    ['100000000000000000', '1e+17'],
    ['9007199254740993', '9007199254740993'],
    ['9223372036854775807', '9.2233720368547758e+18'],
    ['1e20', '1e+20'],
    ['0.0001', '0.0001'],
    ['0.00001', '1e-05'],
    ['0.000123456789', '0.000123456789'],
    ['-2.5', '-2.5'],
    ['1234567.891', '1234567.891'],
    ['1e4000', '1e+4000'],
    ['-1e-4000', '-1e-4000'],
    ['9.99999999999999999', '10'],
    ['-0', '-0'],
    ['-0.0', '-0'],
    ['inf', 'inf'],
    ['-inf', '-inf'],
  ])('%s prints as %s with seventeen digits', (text, printed) => {
    expect(formatLongDoubleG17(parsed(text))).toBe(printed)
  })

  it('made of a double is that double, and prints more digits than it took to write it', () => {
    expect(formatLongDoubleG17(longDoubleOf(20.1))).toBe('20.100000000000001')
    expect(formatLongDoubleG17(longDoubleOf(5e-324))).toBe('4.9406564584124654e-324')
    expect(formatLongDoubleG17(longDoubleOf(-1.7976931348623157e308))).toBe(
      '-1.7976931348623157e+308',
    )
    expect(formatLongDoubleG17(longDoubleOf(-0))).toBe('-0')
    expect(formatLongDoubleG17(longDoubleOf(2 ** 70))).toBe('1.1805916207174113e+21')
    expect(formatLongDoubleG17(longDoubleOf(-(2n ** 63n)))).toBe('-9.2233720368547758e+18')
    expect(formatLongDoubleG17(longDoubleOf(0.5))).toBe('0.5')
  })

  it('that is infinity less infinity prints as the hardware has it', () => {
    expect(formatLongDoubleG17(addLongDouble(parsed('inf'), parsed('-inf')))).toBe('-nan')
  })

  it('is cut off towards zero', () => {
    const cut = (text: string) => truncateLongDouble(parsed(text))
    expect(['7.9', '-7.9', '0.1', '-0', '12'].map(cut)).toEqual([7, -7, 0, 0, 12])
    expect(cut('9223372036854775807')).toBe(9223372036854775807n)
    expect(cut('1e20')).toBe(10n ** 20n)
    expect(cut('inf')).toBe(undefined)
  })
})
