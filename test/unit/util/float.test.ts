import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bitLength, formatDouble, formatG17, parseDouble } from '../../../src/util/float.ts'
import {
  addLongDouble,
  formatLongDouble,
  isFiniteLongDouble,
  parseLongDouble,
} from '../../../src/util/long-double.ts'

describe('parseDouble', () => {
  test('reads what strtod reads', () => {
    const cases: [string, number][] = [
      ['0', 0],
      ['3.0', 3],
      ['+5', 5],
      ['5.', 5],
      ['.5', 0.5],
      ['-1.5e-3', -0.0015],
      ['123456789012345678', Number('123456789012345680')],
      ['inf', Infinity],
      ['+Infinity', Infinity],
      ['-INF', -Infinity],
      ['0x1p3', 8],
      ['0X.8', 0.5],
      ['-0xff', -255],
      ['0x1.fffffffffffffp1023', Number.MAX_VALUE],
      ['0x1.fffffffffffff8p0', 2],
      ['0x1p-1074', 5e-324],
      ['0x1.8p-1075', 5e-324],
      ['4.9e-324', 5e-324],
      ['0e-999', 0],
      ['0x0p99999', 0],
    ]
    for (const [text, n] of cases) expect([text, parseDouble(text)]).toEqual([text, n])
    expect(Object.is(parseDouble('-0'), -0)).toBe(true)
    expect(Object.is(parseDouble('-0x0'), -0)).toBe(true)
  })

  test('refuses the rest, what is out of range included', () => {
    // biome-ignore format: a list
    const refused = [
      '', ' 1', '1 ', '.', '-', '1e', '1e+', '0x', '0x.', '0x1p', '1_0', '1,5', 'nan', '-nan', 'nan(1)',
      'infin', '1\0', '1e999', '-1e999', '1e-400', '0x1p1024', '0x1p-1076', '--1', '1.2.3', 'e5',
    ]
    for (const text of refused) expect([text, parseDouble(text)]).toEqual([text, undefined])
  })

  test('reads back what either format prints', () => {
    fc.assert(
      fc.property(fc.double(), (n) => {
        if (Number.isNaN(n)) return
        expect(Object.is(parseDouble(formatDouble(n)), n)).toBe(true)
        expect(Object.is(parseDouble(formatG17(n)), n)).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('formatDouble', () => {
  test('prints what Redis 8 prints', () => {
    // The answers come from the fpconv library of Redis 8.6.3.
    const cases: [number, string][] = [
      [0.1, '0.1'],
      [1e20, '1e+20'],
      [1e21, '1e+21'],
      [2.5e22, '24999999999999998000000'],
      [1e23, '99999999999999990000000'],
      [1e-7, '1e-7'],
      [1e-6, '0.000001'],
      [1e-5, '0.00001'],
      [1e300, '1e+300'],
      [12.34, '12.34'],
      [3.3, '3.3'],
      [0.1 + 0.2, '0.30000000000000004'],
      [5.416703949e-15, '5.4167039490000004e-15'],
      [1327404536773246.8, '1327404536773246.7'],
      [1690000000.1234567, '1.6900000001234567e+9'],
      [1690000000.123456, '1690000000.123456'],
      [12345678.12345679, '1.234567812345679e+7'],
      [1234.123456789, '1234.123456789'],
      [0.0012345678912, '0.0012345678912'],
      [0.00012345678912, '1.2345678912e-4'],
      [5e-324, '5e-324'],
      [Number.MAX_VALUE, '1.7976931348623157e+308'],
      [2.2250738585072014e-308, '2.2250738585072014e-308'],
      [2 ** 62 + 2048, '4611686018427390000'],
      [9.3e18, '9.3e+18'],
      [-1.5e-9, '-1.5e-9'],
      [-0.25, '-0.25'],
      [2 ** 70, '1180591620717411300000'],
      // These are integers to Redis and do not reach fpconv.
      [3, '3'],
      [-0, '-0'],
      [1e17, '100000000000000000'],
      [2 ** 62, '4611686018427387904'],
      [-(2 ** 60), '-1152921504606846976'],
      [Infinity, 'inf'],
      [-Infinity, '-inf'],
      [Number.NaN, 'nan'],
    ]
    for (const [n, text] of cases) expect([n, formatDouble(n)]).toEqual([n, text])
  })
})

/** The first seventeen digits of a positive double and its power of ten, by exact arithmetic. */
function exactly(n: number): string {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, n)
  const bits = view.getBigUint64(0)
  const field = Number(bits >> 52n)
  const mantissa = (bits & 0xfffffffffffffn) | (field === 0 ? 0n : 1n << 52n)
  const shift = Math.max(1, field) - 1075
  let top = shift > 0 ? mantissa << BigInt(shift) : mantissa
  let bottom = shift > 0 ? 1n : 1n << BigInt(-shift)
  let power = 0
  for (; top >= 10n ** 17n * bottom; power++) bottom *= 10n
  for (; top < 10n ** 16n * bottom; power--) top *= 10n
  let digits = top / bottom
  const rest = 2n * (top % bottom)
  if (rest > bottom || (rest === bottom && digits % 2n === 1n)) digits++
  return `${digits}e${power}`
}

test('formatG17 has the first seventeen digits of the exact value, rounded', () => {
  const dyadic = fc
    .tuple(fc.maxSafeNat(), fc.integer({ min: 0, max: 60 }))
    .map(([n, power]) => (n + 1) / 2 ** power)
  const any = fc.double({ noNaN: true, min: 1e-12, max: 1e25 })
  fc.assert(
    fc.property(fc.oneof(dyadic, any), (n) => {
      const text = formatG17(n)
      const [, whole = '', fraction = '', power = '0'] =
        /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text) ?? []
      const digits = BigInt(whole + fraction)
      const places = fraction.length - Number(power)
      // Zeros at the end are not printed.
      const [all, exponent] = exactly(n).split('e') as [string, string]
      const kept = all.replace(/0+$/, '')
      expect(`${digits}`.replace(/0+$/, '')).toBe(kept)
      expect(`${digits}`.length - places).toBe(all.length + Number(exponent))
    }),
    { numRuns: 3000 },
  )
})

test('formatG17 is %.17g, with ties to even', () => {
  const cases: [number, string][] = [
    [0.1, '0.10000000000000001'],
    [1e-7, '9.9999999999999995e-08'],
    [1e17, '1e+17'],
    [1e16, '10000000000000000'],
    [1e300, '1.0000000000000001e+300'],
    [123456789.12345679, '123456789.12345679'],
    [0.0001, '0.0001'],
    [0.00001, '1.0000000000000001e-05'],
    [2 ** 50 + 0.25, '1125899906842624.2'],
    [2 ** 50 + 0.75, '1125899906842624.8'],
    [-0, '-0'],
    [Infinity, 'inf'],
  ]
  for (const [n, text] of cases) expect([n, formatG17(n)]).toEqual([n, text])
})

test('bitLength counts bits', () => {
  for (let i = 0; i < 200; i++) {
    expect(bitLength(1n << BigInt(i))).toBe(i + 1)
    expect(bitLength((1n << BigInt(i)) - 1n)).toBe(i)
  }
})

describe('long double', () => {
  const sum = (a: string, b: string) => {
    const x = parseLongDouble(a)
    const y = parseLongDouble(b)
    if (x === undefined || y === undefined) return undefined
    const result = addLongDouble(x, y)
    return isFiniteLongDouble(result) ? formatLongDouble(result) : 'not finite'
  }

  test('sums have the digits of x86-64', () => {
    // From INCRBYFLOAT of redis-server 7.0.15; thousands more in test/compat/long-double.test.ts.
    const cases: [string, string, string | undefined][] = [
      ['0.1', '0.2', '0.3'],
      ['3.0', '0.000', '3'],
      ['5.0e3', '200', '5200'],
      ['9007199254740993', '1', '9007199254740994'],
      ['18446744073709551615', '1', '18446744073709551616'],
      ['18446744073709551616', '1', '18446744073709551616'],
      ['1', '-1', '0'],
      ['-0.000000000000000000001', '0', '0'],
      ['0.5', '-1', '-0.5'],
      ['0x10', '0x.8', '16.5'],
      ['1e4932', '1e4932', 'not finite'],
      ['inf', '1', 'not finite'],
      ['inf', '-inf', 'not finite'],
      ['nan', '1', undefined],
      ['1e5000', '1', undefined],
      ['1 ', '1', undefined],
      ['1'.repeat(5200), '1', undefined],
    ]
    for (const [a, b, expected] of cases) expect([a, b, sum(a, b)]).toEqual([a, b, expected])
  })

  test('whole numbers stay numbers, and agree with the long way', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
        const long = sum(`${a}.0`, `${b}e0`)
        expect(sum(`${a}`, `${b}`)).toBe(long)
        expect(long).toBe(`${BigInt(a) + BigInt(b)}`)
      }),
    )
    expect(parseLongDouble('123')).toBe(123)
  })
})
